import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { SonaError } from '../../domain/errors.js'
import type { Evaluation } from '../../evaluation/evaluation.js'
import { packageVersion } from '../../http/package-version.js'
import { type EvaluationRow, evaluate } from '../../jobs/evaluate.js'
import { evaluationHtml, evaluationJson, evaluationTable } from '../../jobs/evaluate-report.js'
import { algorithms } from '../../models/index.js'
import { hybridPlans, singleModelPlan } from '../../pipeline/default-plan.js'
import { type CommonOptions, command, interruption, wholeNumber } from '../command.js'
import { readPlan } from '../plan-file.js'
import { readCorpus } from '../read-corpus.js'
import { createTerminal } from '../terminal.js'

const protocols = ['global-time', 'leave-last-out', 'random'] as const

interface EvaluateCommandOptions extends CommonOptions {
  readonly from?: string
  readonly protocol: (typeof protocols)[number]
  readonly at: number
  readonly models?: string
  readonly plan?: string
  readonly seed: number
  readonly threads: number
  readonly report?: string
}

export function evaluateCommand(): Command {
  const known = [...algorithms.keys()].join(',')
  return command('evaluate', 'Train on the past, ask about the future, compare models and plans: a table, JSON and a page.')
    .option('--from <source>', 'data without a store between: movielens:<dir>, csv:<file>; default: what was imported')
    .addOption(new Option('--protocol <name>', 'how past and future are told apart').choices(protocols).default('global-time'))
    .option('--at <k>', 'how long the lists are', wholeNumber(1, 100), 10)
    .option('--models <names>', `single models to compare, separated by commas (of ${known}); default: all`)
    .option('--plan <file>', 'a plan of your own (JSON) as one more row')
    .option('--seed <number>', 'same data and same seed give the same table', wholeNumber(0, 2 ** 31), 1)
    .option(
      '--threads <number>',
      'how many train and ask at the same time; the numbers do not depend on it',
      wholeNumber(1, 64),
      2,
    )
    .option('--report <dir>', 'where evaluation.json and evaluation.html go; default: <home>/evaluations/<data>-<protocol>')
    .action(async (options: EvaluateCommandOptions) => {
      const terminal = createTerminal(options.json === true)
      const rows = await rowsOf(options)
      const progress = terminal.progress('Evaluating')
      progress.at(0, 0, 'reading the data')
      const corpus = await readCorpus(options, terminal)
      const data = options.from ?? 'store'
      const evaluation = await evaluate({
        corpus,
        data,
        command: commandLine(options),
        versions: { sona: packageVersion(), node: process.versions.node },
        protocol: options.protocol,
        rows,
        at: options.at,
        seed: options.seed,
        threads: options.threads,
        signal: interruption(),
        onProgress: (stage, done, total) => progress.at(done, total, stage),
      })
      progress.end()
      const directory =
        options.report ?? join(options.home, 'evaluations', `${data.replace(/[^\w.-]+/g, '-')}-${options.protocol}`)
      const files = await writeReport(evaluation, directory)
      terminal.line(evaluationTable(evaluation))
      terminal.result(evaluationJson(evaluation))
      terminal.note(`Written: ${files.join(', ')}`)
    })
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
    ...(plan === undefined ? [] : [{ kind: 'plan', plan: await readPlan(plan) } as const]),
  ]
}

function commandLine(options: EvaluateCommandOptions): string {
  const from = options.from === undefined ? '' : ` --from ${options.from}`
  const models = options.models === undefined ? '' : ` --models ${options.models}`
  const plan = options.plan === undefined ? '' : ` --plan ${options.plan}`
  return `sona evaluate${from} --protocol ${options.protocol} --at ${options.at}${models}${plan} --seed ${options.seed}`
}

async function writeReport(evaluation: Evaluation, directory: string): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true })
  const json = join(directory, 'evaluation.json')
  const html = join(directory, 'evaluation.html')
  await writeFile(json, `${JSON.stringify(evaluation, undefined, 1)}\n`)
  await writeFile(html, await evaluationHtml(evaluation))
  return [json, html]
}
