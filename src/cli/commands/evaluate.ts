import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { SonaError } from '../../domain/errors.js'
import type { Average } from '../../evaluation/user-columns.js'
import { packageVersion } from '../../http/package-version.js'
import type { Corpus } from '../../jobs/corpus.js'
import { type EvaluateOptions, type EvaluationRow, evaluate } from '../../jobs/evaluate.js'
import { evaluationHtml, evaluationJson, evaluationTable } from '../../jobs/evaluate-report.js'
import { evaluationSplit } from '../../jobs/evaluation-split.js'
import { prequential } from '../../jobs/prequential.js'
import { prequentialHtml } from '../../jobs/prequential-page.js'
import { prequentialJson, prequentialTable } from '../../jobs/prequential-report.js'
import { stagesOf } from '../../jobs/prequential-split.js'
import type { RankedFile } from '../../jobs/ranked-lists.js'
import { writeSplit } from '../../jobs/split-files.js'
import { textVectorsBy } from '../../jobs/text-vectors.js'
import { algorithms } from '../../models/index.js'
import { defaultPlan, hybridPlans, singleModelPlan } from '../../pipeline/default-plan.js'
import { between, type CommonOptions, command, interruption, wholeNumber } from '../command.js'
import { readPlan } from '../plan-file.js'
import { readCorpus } from '../read-corpus.js'
import { createTerminal, type Progress, type Terminal } from '../terminal.js'

const protocols = ['global-time', 'leave-last-out', 'random', 'new-items'] as const
const DEFAULT_AT = { 'global-time': 10, 'leave-last-out': 10, random: 10, 'new-items': 20 } as const

interface EvaluateCommandOptions extends CommonOptions {
  readonly from?: string
  readonly metadata?: readonly string[]
  readonly protocol: (typeof protocols)[number]
  readonly relevant?: number
  readonly randomTrain?: number
  readonly perUser?: number
  readonly average: Average
  readonly at?: number
  readonly models?: string
  readonly plan?: readonly string[]
  readonly tower?: string
  readonly ranked?: readonly string[]
  readonly writeSplit?: string
  readonly prequential?: boolean
  readonly questions?: number
  readonly played: number
  readonly seed: number
  readonly threads: number
  readonly report?: string
}

export function evaluateCommand(): Command {
  const known = [...algorithms.keys()].join(',')
  return command('evaluate', 'Train on the past, ask about the future, compare models and plans: a table, JSON and a page.')
    .option('--from <source>', 'data without a store between: movielens:<dir>, csv:<file>; default: what was imported')
    .option('--metadata <source...>', 'with --from: more about its films, from tmdb:<dir> or wikipedia:<dir>')
    .addOption(new Option('--protocol <name>', 'how past and future are told apart').choices(protocols).default('global-time'))
    .option('--relevant <rating>', 'only targets rated at least this, on a scale of 1 to 5 (e.g. 4); default: all', between(1, 5))
    .option(
      '--random-train <share>',
      "random: the share of each user's events that models learn from (default: 0.75)",
      between(0.1, 0.9),
    )
    .option(
      '--per-user <n>',
      'at most so many questions of each user, drawn by the seed; default: all',
      wholeNumber(1, 1_000_000),
    )
    .addOption(
      new Option('--average <over>', 'every user counts the same, or every question; the JSON has both')
        .choices(['users', 'events'])
        .default('users'),
    )
    .option('--at <k>', 'how long the lists are (default: 10; 20 for new-items)', wholeNumber(1, 100))
    .option('--models <names>', `single models to compare, separated by commas (of ${known}); default: all`)
    .option('--plan <file...>', 'plans of your own (JSON), one more row each')
    .option(
      '--tower <version>',
      'models that read texts read them by the model of this encoder, see `sona encoders list`; default: one fitted on the catalogue',
    )
    .option('--ranked <name:file...>', 'lists that other programs wrote for the files of --write-split, one more row each')
    .option('--write-split <dir>', 'write what another program needs to learn and to answer on exactly this split, and stop')
    .option('--prequential', 'play the test period event by event (predict, score, learn): what per-user adapters are worth')
    .option(
      '--questions <n>',
      'prequential: about so many events, of whole users drawn by the seed; default: all',
      wholeNumber(1, 100_000_000),
    )
    .option(
      '--played <share>',
      'prequential: the share of events, the newest, that are played; what is shared is taught on as many before them',
      between(0.02, 0.45),
      0.1,
    )
    .option('--seed <number>', 'same data and same seed give the same table', wholeNumber(0, 2 ** 31), 1)
    .option(
      '--threads <number>',
      'how many train and ask at the same time; the numbers do not depend on it',
      wholeNumber(1, 64),
      2,
    )
    .option(
      '--report <dir>',
      'where evaluation.json and evaluation.html go; default: <home>/evaluations/<data>-<protocol or prequential>',
    )
    .action(async (options: EvaluateCommandOptions) => {
      const terminal = createTerminal(options.json === true)
      const data = options.from ?? 'store'
      if (options.writeSplit !== undefined) return await writeSplitOf(options, options.writeSplit, data, terminal)
      if (options.prequential === true) return await playEvents(options, data, terminal)
      const rows = await rowsOf(options)
      const progress = terminal.progress('Evaluating')
      const evaluation = await evaluate({
        corpus: await corpusOf(options, terminal, progress),
        data,
        command: commandLine(options),
        versions: { sona: packageVersion(), node: process.versions.node },
        protocol: options.protocol,
        split: splitOf(options),
        ranked: (options.ranked ?? []).map(rankedFile),
        rows,
        at: options.at ?? DEFAULT_AT[options.protocol],
        average: options.average,
        seed: options.seed,
        threads: options.threads,
        signal: interruption(),
        onProgress: (stage, done, total) => progress.at(done, total, stage),
      })
      progress.end()
      const files = await writeReport(reportDirectory(options, data), evaluation, await evaluationHtml(evaluation))
      terminal.line(evaluationTable(evaluation))
      terminal.result(evaluationJson(evaluation))
      terminal.note(`Written: ${files.join(', ')}`)
    })
}

async function playEvents(options: EvaluateCommandOptions, data: string, terminal: Terminal): Promise<void> {
  const progress = terminal.progress('Evaluating')
  const { perUser, questions, seed, threads } = options
  const played = await prequential({
    corpus: await corpusOf(options, terminal, progress),
    data,
    command: commandLine(options),
    plan: options.plan === undefined ? defaultPlan : await readPlan(options.plan[0]),
    stages: stagesOf(options.played),
    at: options.at ?? 10,
    seed,
    threads,
    ...(perUser && { perUser }),
    ...(questions && { questions }),
    signal: interruption(),
    onProgress: (stage, done, total) => progress.at(done, total, stage),
  })
  progress.end()
  const files = await writeReport(reportDirectory(options, data), prequentialJson(played), await prequentialHtml(played))
  terminal.line(prequentialTable(played))
  terminal.result(prequentialJson(played))
  terminal.note(`Written: ${files.join(', ')}`)
}

function reportDirectory({ report, home, prequential: isPlayed, protocol }: EvaluateCommandOptions, data: string): string {
  const kind = isPlayed === true ? 'prequential' : protocol
  return report ?? join(home, 'evaluations', `${data.replace(/[^\w.-]+/g, '-')}-${kind}`)
}

async function corpusOf(options: EvaluateCommandOptions, terminal: Terminal, progress: Progress): Promise<Corpus> {
  progress.at(0, 0, 'reading the data')
  const corpus = await readCorpus(options, terminal)
  if (options.tower === undefined) return corpus
  return {
    ...corpus,
    texts: await textVectorsBy(options.home, options.tower, corpus.items, (done) => progress.at(done, 1, 'reading texts')),
  }
}

/** What differs from the protocol's defaults. */
function splitOf({ relevant, randomTrain, perUser }: EvaluateCommandOptions): NonNullable<EvaluateOptions['split']> {
  return { ...(relevant && { relevant }), ...(randomTrain && { randomTrain }), ...(perUser && { perUser }) }
}

async function writeSplitOf(options: EvaluateCommandOptions, directory: string, data: string, terminal: Terminal): Promise<void> {
  const corpus = await readCorpus(options, terminal)
  const split = { ...splitOf(options), protocol: options.protocol, seed: options.seed }
  const manifest = await writeSplit(directory, corpus, evaluationSplit(corpus, split), { data, options: split })
  const { fingerprint, validation, test } = manifest
  terminal.line(
    `Wrote split ${fingerprint} to ${directory}: ${validation.questions} questions for validation, ${test.questions} for the test.`,
  )
  terminal.result({ directory, ...manifest })
}

function rankedFile(text: string): RankedFile {
  const [, name = '', path = ''] = /^([^:]+):(.+)$/s.exec(text) ?? []
  if (path === '') throw new SonaError('INVALID_FILE', `Ranked lists are named name:file, not ${text.slice(0, 200)}.`)
  return { name, path }
}

async function rowsOf({ models, plan }: EvaluateCommandOptions): Promise<readonly EvaluationRow[]> {
  const names = models?.split(',').map((name) => name.trim()) ?? [...algorithms.keys()]
  const unknown = names.find((name) => !algorithms.has(name))
  if (unknown !== undefined) {
    throw new SonaError('UNKNOWN_MODEL', `There is no model ${unknown}. Known: ${[...algorithms.keys()].join(', ')}.`)
  }
  return [
    ...names.map((name): EvaluationRow => ({ kind: 'model', plan: singleModelPlan(name) })),
    ...hybridPlans.map((hybrid): EvaluationRow => ({ kind: 'plan', plan: hybrid })),
    ...(await Promise.all((plan ?? []).map(async (file) => ({ kind: 'plan', plan: await readPlan(file) }) as const))),
  ]
}

function commandLine(options: EvaluateCommandOptions): string {
  const {
    from,
    metadata = [],
    protocol,
    relevant,
    randomTrain,
    perUser,
    average,
    at,
    models,
    plan = [],
    ranked = [],
    tower,
  } = options
  const parts: readonly (readonly [name: string, value: string | number | undefined])[] = [
    ['from', from],
    ['metadata', metadata.join(' ') || undefined],
    ['protocol', protocol],
    ['relevant', relevant],
    ['random-train', protocol === 'random' ? randomTrain : undefined],
    ['per-user', perUser],
    ['prequential', options.prequential === true ? '' : undefined],
    ['played', options.prequential === true ? options.played : undefined],
    ['questions', options.questions],
    ['average', average === 'users' ? undefined : average],
    ['at', at],
    ['models', models],
    ['plan', plan.join(' ') || undefined],
    ['tower', tower],
    ['ranked', ranked.join(' ') || undefined],
    ['seed', options.seed],
  ]
  return `sona evaluate${parts.map(([name, value]) => (value === undefined ? '' : ` --${name} ${value}`)).join('')}`
}

async function writeReport(directory: string, result: object, page: string): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true })
  const json = join(directory, 'evaluation.json')
  const html = join(directory, 'evaluation.html')
  await writeFile(json, `${JSON.stringify(result, undefined, 1)}\n`)
  await writeFile(html, page)
  return [json, html]
}
