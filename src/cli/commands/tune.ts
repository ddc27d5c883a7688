import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { SonaError } from '../../domain/errors.js'
import { createRandom } from '../../domain/random.js'
import { type BeforeTest, beforeTest, type SearchedProtocol } from '../../evaluation/before-test.js'
import type { Catalogue } from '../../features/catalogue.js'
import { packageVersion } from '../../http/package-version.js'
import { type TuningProgress, tune } from '../../jobs/tune.js'
import { tuningPage, tuningTable } from '../../jobs/tuning/report.js'
import { defaultPlan } from '../../pipeline/default-plan.js'
import type { Tuning } from '../../tuning/tuning.js'
import { type CommonOptions, command, interruption, wholeNumber } from '../command.js'
import { readPlan } from '../plan-file.js'
import { readCorpus } from '../read-corpus.js'
import { createTerminal, type Terminal } from '../terminal.js'

const protocols = ['global-time', 'leave-last-out', 'random'] as const
const DEFAULT_MINUTES = 10
const DEFAULT_TRIALS = 27

interface TuneCommandOptions extends CommonOptions {
  readonly from?: string
  readonly protocol: SearchedProtocol
  readonly plan?: string
  readonly budget?: number
  readonly trials?: number
  readonly at: number
  readonly seed: number
  readonly threads: number
  readonly resume?: boolean
  readonly out?: string
  readonly report?: string
}

export function tuneCommand(): Command {
  return command('tune', 'Search options, half-lives and weights on the validation, and write the plan that was found.')
    .option('--from <source>', 'data without a store between: movielens:<dir>, csv:<file>; default: what was imported')
    .addOption(new Option('--protocol <name>', 'how past and future are told apart').choices(protocols).default('global-time'))
    .option('--plan <file>', 'where the search begins; default: the default plan')
    .option(
      '--budget <minutes>',
      `how long it may take; default: ${DEFAULT_MINUTES}, and no limit where --trials is given`,
      minutes,
    )
    .option(
      '--trials <number>',
      `settings to try for each model and each half-life, three times as many weights; default: ${DEFAULT_TRIALS}`,
      wholeNumber(1, 10_000),
    )
    .option('--at <k>', 'how long the lists are', wholeNumber(1, 100), 10)
    .option('--seed <number>', 'same data, seed and trials give the same table', wholeNumber(0, 2 ** 31), 1)
    .option(
      '--threads <number>',
      'how many train and ask at the same time; the numbers do not depend on it',
      wholeNumber(1, 64),
      2,
    )
    .option('--resume', 'go on with the trials in --report instead of starting anew')
    .option('--out <file>', 'where the plan goes; default: plan.json in --report')
    .option('--report <dir>', 'where trials and report go; default: <home>/tunings/<data>-<protocol>')
    .action(async (options: TuneCommandOptions) => {
      const terminal = createTerminal(options.json === true)
      const name = options.from ?? 'store'
      const directory = options.report ?? join(options.home, 'tunings', `${name.replace(/[^\w.-]+/g, '-')}-${options.protocol}`)
      const tuning = await search(options, name, directory, terminal)
      const plan = options.out ?? join(directory, 'plan.json')
      await writeReport(tuning, directory, plan)
      terminal.line(tuningTable(tuning))
      terminal.result(tuning)
      terminal.note(`Written: ${plan}, ${join(directory, 'tuning.json')}, ${join(directory, 'tuning.html')}`)
      terminal.note(`Next: sona evaluate --plan ${plan}, then sona train --plan ${plan}`)
    })
}

async function search(options: TuneCommandOptions, name: string, directory: string, terminal: Terminal): Promise<Tuning> {
  const plan = options.plan === undefined ? defaultPlan : await readPlan(options.plan)
  const started = performance.now() // reading the data is part of the budget
  const progress = terminal.progress('Tuning')
  progress.at(0, 0, 'reading the data')
  const { data, catalogue } = await withoutTest(options, terminal)
  const isOpenEnded = options.trials !== undefined && options.budget === undefined
  const budgetMs = isOpenEnded ? Number.POSITIVE_INFINITY : (options.budget ?? DEFAULT_MINUTES) * 60_000
  const tuning = await tune({
    data,
    catalogue,
    name,
    command: commandLine(options),
    versions: { sona: packageVersion(), node: process.versions.node },
    plan,
    trials: options.trials ?? DEFAULT_TRIALS,
    budgetMs: Math.max(1, budgetMs - (performance.now() - started)),
    at: options.at,
    seed: options.seed,
    threads: options.threads,
    directory,
    resume: options.resume === true,
    signal: interruption(),
    onProgress: (step) => showProgress(step, progress.at, budgetMs),
  })
  progress.end()
  return tuning
}

/** The data, read and cut: what the test asks about is gone before the search begins. */
async function withoutTest(
  options: TuneCommandOptions,
  terminal: Terminal,
): Promise<{ readonly data: BeforeTest; readonly catalogue: Catalogue }> {
  const { dataset, catalogue } = await readCorpus(options, terminal)
  if (dataset.items.length === 0)
    throw new SonaError('EMPTY_CATALOGUE', 'There are no events to tune on. Run `sona import` first.')
  return { data: beforeTest(options.protocol, dataset, createRandom(`${options.seed}/split`)), catalogue }
}

/** By trials made or by time used, whichever is further: either may end the search. */
function showProgress(
  { stage, best, done, total, remainingMs }: TuningProgress,
  at: (done: number, total: number, detail: string) => void,
  budgetMs: number,
): void {
  const used = Number.isFinite(budgetMs) ? 1 - remainingMs / budgetMs : 0
  const left = Number.isFinite(budgetMs) ? `, at most ${Math.ceil(remainingMs / 60_000)} min left` : ''
  const soFar = Number.isNaN(best) ? '' : `, best ${best.toFixed(4)}`
  at(Math.max(done / total, used), 1, `${stage}${soFar}${left}`)
}

async function writeReport(tuning: Tuning, directory: string, plan: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(plan, `${JSON.stringify(tuning.after.plan, undefined, 2)}\n`)
  await writeFile(join(directory, 'tuning.json'), `${JSON.stringify(tuning, undefined, 1)}\n`)
  await writeFile(join(directory, 'tuning.html'), tuningPage(tuning))
}

function commandLine({ from, protocol, plan, budget, trials, at, seed }: TuneCommandOptions): string {
  const given = Object.entries({ from, protocol, plan, budget, trials, at, seed }).filter(([, value]) => value !== undefined)
  return ['sona tune', ...given.map(([name, value]) => `--${name} ${value}`)].join(' ')
}

function minutes(text: string): number {
  const number = Number(text)
  if (number > 0 && number <= 10_000) return number
  throw new InvalidArgumentError('It must be a number of minutes, more than 0 and at most 10,000.')
}
