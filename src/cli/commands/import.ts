import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { openMetadata } from '../../formats/metadata.js'
import { openSource } from '../../formats/source.js'
import { type ImportReport, importFeed } from '../../jobs/import.js'
import { type CommonOptions, command, interruption, withStore } from '../command.js'
import type { Terminal } from '../terminal.js'

interface ImportCommandOptions extends CommonOptions {
  readonly metadata?: readonly string[]
  readonly rejects?: string
}

const MOST_REASONS = 10

export function importCommand(): Command {
  return command('import', 'Bring in a MovieLens directory, or a file of items, events or users (CSV or NDJSON, also .gz).')
    .argument('<what>', 'movielens, items, events or users; also wikipedia, csv, ndjson or vega')
    .argument('[path]', 'the directory or file')
    .option('--metadata <source...>', 'descriptions, cast, directors and keywords from tmdb:<dir> or wikipedia:<dir>')
    .option('--rejects <file>', 'where rejected rows go, as NDJSON (default: <home>/rejects/<time>.ndjson)')
    .addHelpText('after', '\nStop it with Ctrl-C and run it again: what is there already is not written twice.')
    .action((what: string, path: string | undefined, options: ImportCommandOptions) =>
      withStore(options, async (store, terminal) => {
        const now = Date.now()
        const feed = await openSource(path === undefined ? what : `${what}:${path}`, { now })
        const metadata = await Promise.all((options.metadata ?? []).map((name) => openMetadata(name)))
        for (const note of [`Found: ${feed.title}`, ...feed.notes]) terminal.note(note)
        const progress = terminal.progress('Importing')
        const report = await importFeed(store, feed, {
          metadata,
          rejectsFile: options.rejects ?? (await defaultRejects(options.home, now)),
          signal: interruption(),
          onProgress: ({ part, rows, rowsPerSecond }) => progress.at(0, 0, `${rows} ${part}, ${Math.round(rowsPerSecond)}/s`),
        })
        progress.end(report.interrupted ? 'stopped; run it again to go on' : `done in ${report.seconds.toFixed(1)} s`)
        tell(report, terminal)
        const { accepted, rejected, events, users, items, seconds, rejectsFile, duplicates } = report
        terminal.result({ accepted, rejected, duplicates, events, users, items, seconds, ...(rejectsFile && { rejectsFile }) })
        if (report.interrupted) process.exitCode = 1
      }),
    )
}

async function defaultRejects(home: string, now: number): Promise<string> {
  const directory = join(home, 'rejects')
  await mkdir(directory, { recursive: true })
  return join(directory, `${new Date(now).toISOString().replace(/[:.]/g, '-')}.ndjson`)
}

function tell(report: ImportReport, terminal: Terminal): void {
  for (const [part, { accepted, duplicates, seconds }] of Object.entries(report.parts)) {
    const rate = seconds > 0 ? `, ${Math.round((accepted + duplicates) / seconds)}/s` : ''
    terminal.line(
      `  ${part.padEnd(7)} ${accepted} new or changed, ${duplicates} were there already (${seconds.toFixed(1)} s${rate})`,
    )
  }
  for (const [collection, items] of report.enriched) terminal.line(`  ${collection} knew ${items} items`)
  terminal.line(`The store now holds ${report.items} items, ${report.users} users, ${report.events} events.`)
  if (report.rejected === 0) return
  const isOne = report.rejected === 1
  const where = report.rejectsFile === undefined ? '' : `; ${isOne ? 'it is' : 'they are'} in ${report.rejectsFile}`
  terminal.line(`${report.rejected} row${isOne ? '' : 's'} could not be used${where}:`)
  for (const [reason, rows] of [...report.reasons].slice(0, MOST_REASONS)) terminal.line(`  ${rows} × ${reason}`)
}
