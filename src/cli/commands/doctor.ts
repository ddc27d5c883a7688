import type { Command } from 'commander'
import { SonaError } from '../../domain/errors.js'
import { type CommonOptions, command, withStore } from '../command.js'

export function doctorCommand(): Command {
  return command('doctor', 'Compare the database with what this Sona expects, and say what survives a power cut.').action(
    (options: CommonOptions) =>
      withStore(options, async (store, terminal) => {
        const [diagnosis, counts, models] = await Promise.all([store.diagnose(), store.counts(), store.artifacts.list()])
        terminal.line(
          `Database    ${diagnosis.database}, PostgreSQL ${diagnosis.version}, pgvector ${diagnosis.pgvector ?? 'missing'}`,
        )
        terminal.line(`Schema      migration ${diagnosis.migration.applied} of ${diagnosis.migration.expected}`)
        terminal.line(`Content     ${counts.items} items, ${counts.users} users, ${counts.events} events`)
        terminal.line(
          `Models      ${models.length === 0 ? 'none published yet: run `sona train`' : `version ${models[0].version}`}`,
        )
        for (const { name, bytes, createdAt } of models) {
          terminal.line(`            ${name}, ${(bytes / 2 ** 20).toFixed(1)} MiB, ${new Date(createdAt).toISOString()}`)
        }
        terminal.line(`Durability  ${diagnosis.durability}`)
        for (const problem of diagnosis.problems) terminal.line(`Problem     ${problem}`)
        terminal.result({ ...diagnosis, counts, models })
        if (diagnosis.problems.length > 0) {
          throw new SonaError('SCHEMA_MISMATCH', `${diagnosis.problems.length} problem(s) found: ${diagnosis.problems.join(' ')}`)
        }
        terminal.line('No problems found.')
      }),
  )
}
