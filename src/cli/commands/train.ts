import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import type { UserId } from '../../domain/ids.js'
import { TOLERANCE } from '../../jobs/guard.js'
import { rankerLines, rankerPage } from '../../jobs/ranker-report.js'
import { type Published, trainAndPublish } from '../../jobs/train.js'
import { algorithms } from '../../models/index.js'
import type { RankerReport } from '../../pipeline/learn.js'
import type { PlanSpec } from '../../pipeline/plan.js'
import type { Store } from '../../storage/store.js'
import { between, type CommonOptions, command, interruption, wholeNumber, withStore } from '../command.js'
import { readPlan } from '../plan-file.js'
import type { Terminal } from '../terminal.js'
import { type TrainAdaptersOptions, trainAdapters } from '../train-adapters.js'

interface TrainCommandOptions extends CommonOptions {
  readonly only?: string
  readonly plan?: string
  readonly fresh?: boolean
  readonly report?: string
  readonly adapters?: boolean
  readonly users?: string
  readonly knownEvents?: boolean
  readonly guard: boolean
  readonly tolerance: number
  readonly seed: number
  readonly threads: number
}

export function trainCommand(): Command {
  const known = [...algorithms.keys()].join(',')
  return command('train', 'Train the models and the ranker on everything in the store and publish them under a new version.')
    .option('--only <models>', `only these models and no ranker, separated by commas (of ${known})`)
    .addOption(new Option('--plan <file>', 'the models and the ranker of this plan, with its options').conflicts('only'))
    .option('--fresh', 'begin every model anew, rather than from the published one where that helps (als, gated-recurrence)')
    .option('--no-guard', 'let the new models go live without comparing them with the live ones')
    .option('--tolerance <share>', 'how much worse than the live models still passes, 0 to 1', between(0, 1), TOLERANCE)
    .option('--report <dir>', 'write what the ranker learned there: ranker.json and ranker.html')
    .addOption(
      new Option('--adapters', 'train the adapters of all users with new events, and nothing else').conflicts([
        'only',
        'fresh',
        'report',
      ]),
    )
    .addOption(new Option('--users <ids>', 'the adapters of these users only, separated by commas').implies({ adapters: true }))
    .addOption(
      new Option('--known-events', 'let adapters learn from events too that the models learned from').implies({ adapters: true }),
    )
    .option('--seed <number>', 'same data and same seed give the same models', wholeNumber(0, 2 ** 31), 1)
    .option('--threads <number>', 'models trained at the same time', wholeNumber(1, 64), 2)
    .action(async (options: TrainCommandOptions) => {
      const plan = options.plan === undefined ? undefined : await readPlan(options.plan)
      await withStore(options, (store, terminal) =>
        options.adapters === true
          ? trainAdapters(store, adapterOptions(options, plan), terminal)
          : trainModels(store, options, plan, terminal),
      )
    })
}

function adapterOptions({ users, knownEvents }: TrainCommandOptions, plan: PlanSpec | undefined): TrainAdaptersOptions {
  return {
    ...(plan && { plan }),
    ...(users && { users: users.split(',').map((id) => id.trim() as UserId) }),
    events: knownEvents === true ? 'all' : 'unseen',
  }
}

async function trainModels(
  store: Store,
  options: TrainCommandOptions,
  plan: PlanSpec | undefined,
  terminal: Terminal,
): Promise<void> {
  const models = options.only?.split(',').map((algorithm) => ({ algorithm: algorithm.trim() }))
  const progress = terminal.progress('Training')
  const started = performance.now()
  const published = await trainAndPublish(store, {
    ...(plan && { plan }),
    ...(models && { models }),
    guard: options.guard ? 'guarded' : 'forced',
    tolerance: options.tolerance,
    start: options.fresh === true ? 'anew' : 'warm',
    seed: options.seed,
    threads: options.threads,
    signal: interruption(),
    onProgress(each, stage) {
      const done = each.reduce((sum, model) => sum + model.done, 0)
      const current = each.filter((model) => model.done > 0 && model.done < 1).map(({ model }) => model)
      progress.at(done, each.length, [stage, current.join(', ')].filter(Boolean).join(': '))
    },
  })
  const seconds = (performance.now() - started) / 1000
  progress.end(`version ${published.version} in ${seconds.toFixed(1)} s`)
  tell(published, terminal)
  if (options.report !== undefined && published.ranker) await writeReport(published.ranker, options.report, terminal)
  terminal.result({ ...published, seconds })
}

function tell(
  { events, users, items, models, ranker, version, state, verdict, adaptersBegun }: Published,
  terminal: Terminal,
): void {
  terminal.line(`Trained on ${events} visits of ${users} users to ${items} items.`)
  const width = Math.max(...models.map(({ model }) => model.length))
  for (const { model, seconds, warm, bytes } of models) {
    const size = `${(bytes / 2 ** 20).toFixed(1).padStart(7)} MiB`
    terminal.line(
      `  ${model.padEnd(width)} ${seconds.toFixed(1).padStart(6)} s  ${size}${warm ? '  begun from the model before' : ''}`,
    )
  }
  if (ranker) for (const line of rankerLines(ranker)) terminal.line(line)
  if (adaptersBegun > 0)
    terminal.line(`${adaptersBegun} users who had no adapter have one now, from the events that taught the ranker.`)
  if (state === 'live')
    terminal.line(`Published as version ${version}: ${verdict.because}. A running server takes it over within seconds.`)
  else
    terminal.line(
      `Version ${version} stays a candidate: ${verdict.because}. \`sona models publish ${version}\` makes it live all the same.`,
    )
}

async function writeReport(report: RankerReport, directory: string, terminal: Terminal): Promise<void> {
  await mkdir(directory, { recursive: true })
  const [json, html] = [join(directory, 'ranker.json'), join(directory, 'ranker.html')]
  await writeFile(json, `${JSON.stringify(report, undefined, 1)}\n`)
  await writeFile(html, rankerPage(report))
  terminal.note(`Written: ${json}, ${html}`)
}
