import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { useEncoder } from '../../../inference/shelf.js'
import { encodersPage } from '../../../jobs/encoders-report.js'
import { type EncodersReport, trainEncoders } from '../../../jobs/train-encoders.js'
import { type CommonOptions, command, wholeNumber } from '../../command.js'
import { readCorpus } from '../../read-corpus.js'
import { createTerminal, type Terminal } from '../../terminal.js'

interface TrainEncodersCommandOptions extends CommonOptions {
  readonly from?: string
  readonly metadata?: readonly string[]
  readonly name?: string
  readonly tower?: string
  readonly use: boolean
  readonly report?: string
  readonly seed: number
}

export function trainCommand(): Command {
  return command('train', 'Make an encoder of texts, items and users from the catalogue and the events, and put it into use.')
    .option('--from <source>', 'data without a store between: movielens:<dir>, csv:<file>; default: what was imported')
    .option('--metadata <source...>', 'with --from: more about its films, from tmdb:<dir> or wikipedia:<dir>')
    .option(
      '--tower <version>',
      'read texts by the model of this encoder, see `sona encoders list`; default: one fitted on the catalogue',
    )
    .option('--name <name>', 'what to call it; default: catalogue, or after the tower')
    .addOption(new Option('--no-use', 'put it on the shelf, and leave the one in use'))
    .option('--report <dir>', 'write what was made there: encoders.json and encoders.html')
    .option('--seed <number>', 'same data and same seed give the same files', wholeNumber(0, 2 ** 31), 1)
    .action(async (options: TrainEncodersCommandOptions) => {
      const terminal = createTerminal(options.json === true)
      const corpus = await readCorpus(options, terminal)
      const progress = terminal.progress('Training encoders')
      const { manifest, report } = await trainEncoders(options.home, corpus, {
        seed: options.seed,
        ...(options.name && { name: options.name }),
        ...(options.tower && { tower: options.tower }),
        onProgress: (stage, done) => progress.at(done, 1, stage),
      })
      progress.end(manifest.version)
      if (options.use) await useEncoder(options.home, manifest.version)
      tell(report, terminal)
      terminal.line(options.use ? `${manifest.version} is in use.` : `${manifest.version} is on the shelf.`)
      if (options.report !== undefined) await writeReport(manifest.version, report, options.report, terminal)
      terminal.result({ version: manifest.version, dimensions: manifest.dimensions, isInUse: options.use, ...report })
    })
}

function tell(report: EncodersReport, terminal: Terminal): void {
  const { items, withText, withVector, users, events, vocabulary, user, eightBits } = report
  terminal.line(`Learned from ${items} items, ${withText} with a text, and ${events} visits of ${users} users.`)
  if (vocabulary) terminal.line(`  texts  ${vocabulary.words} words and ${vocabulary.parts} parts of words`)
  terminal.line(`  items  ${withVector} have a vector`)
  const { difference, chosen } = user
  const gain = `${difference.mean.toFixed(4)} (${difference.low.toFixed(4)} to ${difference.high.toFixed(4)})`
  const why =
    chosen === 'attention'
      ? 'attention foretells the next item better than the mean that fades'
      : 'the mean that fades: attention is not surely better'
  terminal.line(`  users  ${why}; NDCG@20 ${user.attention.toFixed(4)} and ${user.decayedMean.toFixed(4)}, difference ${gain}`)
  const { whole, small, nearestKept } = eightBits
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
  terminal.line(
    `  8 bits ${megabytes(small.bytes)} MB instead of ${megabytes(whole.bytes)}, ${Math.round(small.itemsPerSecond)} items a second instead of ${Math.round(whole.itemsPerSecond)}; of each title's nearest ten ${(100 * nearestKept).toFixed(1)} % are kept`,
  )
}

async function writeReport(version: string, report: EncodersReport, directory: string, terminal: Terminal): Promise<void> {
  await mkdir(directory, { recursive: true })
  const [json, html] = [join(directory, 'encoders.json'), join(directory, 'encoders.html')]
  await writeFile(json, `${JSON.stringify({ version, ...report }, undefined, 1)}\n`)
  await writeFile(html, encodersPage(version, report))
  terminal.note(`Written: ${json}, ${html}`)
}
