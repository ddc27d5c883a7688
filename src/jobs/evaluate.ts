import { SonaError } from '../domain/errors.js'
import { createRandom } from '../domain/random.js'
import { compare, type MeasuredRow } from '../evaluation/compare.js'
import { cardsOf, type Evaluation, questionsOf } from '../evaluation/evaluation.js'
import type { MeasureOptions } from '../evaluation/measure.js'
import type { SplitOptions } from '../evaluation/protocols.js'
import { slicesOf } from '../evaluation/slices.js'
import type { Fold, Protocol } from '../evaluation/splits.js'
import type { Average } from '../evaluation/user-columns.js'
import { learns, modelsOf, type PlanSpec } from '../pipeline/plan.js'
import { type ModelSpec, modelName } from '../pipeline/train.js'
import { createAmongNew } from './among-new.js'
import type { Corpus } from './corpus.js'
import { evaluationSplit } from './evaluation-split.js'
import { type LearnedRanker, learnRanker } from './learn-ranker.js'
import { measureFold, type NamedBytes } from './measure-fold.js'
import { randomRow } from './random-row.js'
import { judgeRanked, type RankedFile } from './ranked-lists.js'
import type { TrainedModel } from './train.js'
import { trainOnFold } from './train-fold.js'

/** One line of the table: a plan, and whether it blends or is one model alone. */
export interface EvaluationRow {
  readonly kind: 'model' | 'plan'
  readonly plan: PlanSpec
}

export interface EvaluateOptions {
  readonly corpus: Corpus
  /** For the report: what the data is called, and how these numbers are made again. */
  readonly data: string
  readonly command: string
  readonly versions: Readonly<Record<string, string>>
  readonly protocol: Protocol
  /** What differs from the protocol's defaults. */
  readonly split?: Omit<SplitOptions, 'protocol' | 'seed'>
  /** Lists that other programs wrote for this split, one row each. */
  readonly ranked?: readonly RankedFile[]
  /** How the questions of a user become one number. Default: `users`. */
  readonly average?: Average
  readonly rows: readonly EvaluationRow[]
  readonly at: number
  readonly seed: number
  readonly threads: number
  readonly memoryBudgetBytes?: number
  readonly historyLimit?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (stage: string, done: number, total: number) => void
}

/**
 * Trains on the past, asks `recommend()` itself about the future, and compares the rows: validation chooses, the test reports.
 * Any number of threads gives the same bytes.
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { corpus, protocol, at, seed, average = 'users' } = options
  const rows = withDistinctModels(options.rows)
  assertDistinctNames([...rows.map(({ plan }) => plan.name), ...(options.ranked ?? []).map(({ name }) => name)])
  const { dataset } = corpus
  const split = evaluationSplit(corpus, { ...options.split, protocol, seed })
  const slices = slicesOf(split.test, dataset)
  const measure: MeasureOptions = { at, recallAt: [20, 50, 100], slices, genres: corpus.catalogue.labels.genres }
  const measures = { validation: { ...measure, slices: [] }, test: measure }
  // Before the models are trained: a file that is refused should not cost an hour first.
  const others = await judgeRanked(options.ranked ?? [], { ...options, dataset, split, measure: measures })

  const asked = { ...options, rows }
  const asking = { ...options, catalogue: corpus.catalogue, dataset, plans: rows.map(({ plan }) => plan) }
  const forValidation = await trainOnFold(split.validation, plansOf(rows), options)
  const rankers = await learnOn(split.validation, forValidation, asked)
  const crossed = { rankers: rankers.flatMap(crossedRankers), crossed: true }
  const validation = await measureFold(split.validation, forValidation, measures.validation, { ...asking, ...crossed })
  const isSameTraining = split.test.train.fingerprint === split.validation.train.fingerprint
  const forTest = isSameTraining ? forValidation : await trainOnFold(split.test, plansOf(rows), options)
  const judged = { ...asking, rankers: rankers.map(({ name, bytes }) => ({ model: name, bytes })), crossed: false }
  const test = await measureFold(split.test, forTest, measure, judged)
  const amongNew = await createAmongNew(split.test, dataset, at, (some, exclude) =>
    measureFold(split.test, forTest, some, judged, exclude),
  )

  const measured = rows.map(({ kind, plan }, row): MeasuredRow => {
    const models = forTest.filter(({ model }) => plan.sources.some((source) => source.model === model))
    return {
      name: plan.name,
      kind,
      validation: validation.valuesOf(row),
      test: amongNew.beside(test.valuesOf(row), amongNew.valuesOf(row)),
      exposures: test.exposuresOf(row, corpus.catalogue.count),
      trainSeconds: models.reduce((sum, { seconds }) => sum + seconds, 0),
      peakMemoryMb: Math.max(0, ...models.map(({ peakMemoryMb }) => peakMemoryMb)),
    }
  })
  const chance = split.protocol === 'new-items' ? [randomRow(split, dataset, measures, createRandom(`${seed}/random`))] : []
  for (const row of [...others.rows, ...chance]) {
    const among = row.kind === 'baseline' ? amongNew.ofChance(createRandom(`${seed}/random/among`)) : amongNew.unknown
    measured.push({ ...row, test: amongNew.beside(row.test, among) })
  }
  const columns = [...test.columns, ...amongNew.columns]
  const comparison = compare(
    {
      validation: { tasks: split.validation.tasks, columns: validation.columns },
      test: { tasks: split.test.tasks, columns, slices },
    },
    measured,
    { random: createRandom(`${seed}/bootstrap`), at, average },
  )
  return {
    ...comparison,
    absent: others.absent,
    data: options.data,
    protocol,
    note: split.note,
    users: dataset.userCount,
    items: corpus.catalogue.count,
    events: dataset.items.length,
    seed,
    at,
    average,
    questions: questionsOf(split),
    slices: slices.map(({ name, definition, of, share, users }) => ({ name, definition, of, share, users })),
    cards: cardsOf(columns),
    versions: options.versions,
    rankers: rankers.map(({ row, report }) => ({ row, ...report })),
    command: options.command,
  }
}

function plansOf(rows: readonly EvaluationRow[]): readonly PlanSpec[] {
  return rows.map(({ plan }) => plan)
}

/** Rows are told apart by name: the one that was chosen, and the one that the others are compared with. */
function assertDistinctNames(names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new SonaError('INVALID_PLAN', `Two rows are named ${twice}. Give one of them another name.`)
}

/**
 * The rows with models renamed where two plans mean different things by one name: what comes first keeps it, the other becomes
 * `<plan>/<name>`.
 */
function withDistinctModels(rows: readonly EvaluationRow[]): readonly EvaluationRow[] {
  const meaning = new Map<string, string>()
  return rows.map(({ kind, plan }) => {
    const models: ModelSpec[] = []
    const renamed = new Map<string, string>()
    for (const spec of modelsOf(plan)) {
      const content = JSON.stringify([spec.algorithm, spec.options ?? {}])
      const isTaken = (meaning.get(modelName(spec)) ?? content) !== content
      const name = isTaken ? `${plan.name}/${modelName(spec)}` : modelName(spec)
      meaning.set(name, content)
      renamed.set(modelName(spec), name)
      models.push({ ...spec, name })
    }
    const sources = plan.sources.map((source) => ({ ...source, model: renamed.get(source.model) ?? source.model }))
    return { kind, plan: { ...plan, sources, models, learnedRanker: `ranker of ${plan.name}` } }
  })
}

/** The learned rankers of all rows that have one, taught by the answers of the validation. */
async function learnOn(
  fold: Fold,
  trained: readonly TrainedModel[],
  options: EvaluateOptions,
): Promise<readonly (LearnedRanker & { readonly row: string })[]> {
  const { corpus, rows, ...rest } = options
  const { catalogue, dataset } = corpus
  const learned: (LearnedRanker & { readonly row: string })[] = []
  for (const { plan } of rows) {
    if (!learns(plan)) continue
    learned.push({ row: plan.name, ...(await learnRanker({ plan, catalogue, dataset, tasks: fold.tasks, trained }, rest)) })
  }
  return learned
}

/** Both halves of a ranker, under the names that evaluation threads ask for. */
function crossedRankers({ name, halves }: LearnedRanker): readonly NamedBytes[] {
  return halves.map((bytes, half) => ({ model: `${name}/${half}`, bytes }))
}
