/**
 * From what was measured to what is said: validation chooses, the test reports. Nothing here looks at test numbers to choose a
 * row, a reference or an option.
 */
import { assert } from '../domain/errors.js'
import type { Random } from '../domain/random.js'
import { type Difference, differenceOf, holm, type Interval, intervalOf, resampleMeans, type UserColumn } from './bootstrap.js'
import type { MeasuredColumn } from './measure.js'
import { coverage, coverageCard, type Exposures, gini, giniCard, rankingMetrics } from './metrics/index.js'
import type { Slice } from './slices.js'
import type { Tasks } from './tasks.js'
import { type Average, userColumn } from './user-columns.js'

/** A single model, a plan that blends several, a model of another program, or what chance reaches. */
export type RowKind = 'model' | 'plan' | 'peer' | 'baseline'

/** One line of the table, measured on both folds. */
export interface MeasuredRow {
  readonly name: string
  readonly kind: RowKind
  /** tasks × columns, as `Measure.measure` wrote them. */
  readonly validation: Float64Array
  readonly test: Float64Array
  /** How often each title was shown within the cut-off, over the lists of the test. */
  readonly exposures: Exposures
  readonly trainSeconds: number
  readonly peakMemoryMb: number
}

/** What the tables of a fold mean: all rows were asked the same tasks and measured by the same columns. */
export interface MeasuredFold {
  readonly tasks: Tasks
  readonly columns: readonly MeasuredColumn[]
}

export interface CompareOptions {
  readonly random: Random
  /** The cut-off of the headline, as given to `createMeasure`. */
  readonly at: number
  readonly average?: Average
  /** Draws of the bootstrap. Default 2,000. */
  readonly draws?: number
}

/** A difference with its p-value adjusted for the number of rows compared (Holm). */
export interface AdjustedDifference extends Difference {
  readonly adjustedP: number
}

export interface ComparedRow {
  readonly name: string
  readonly kind: RowKind
  /** The headline metric on validation: what the choice was made by. */
  readonly validation: number
  /** By column name, on the test. `low` and `high` are NaN for counts over all lists (coverage, Gini), which users do not average. */
  readonly metrics: Readonly<Record<string, Interval>>
  /** The ranking metrics at the headline's cut-off again, averaged the other way: over questions where `metrics` averages over users. */
  readonly otherAverage: Readonly<Record<string, Interval>>
  /** The headline metric on each slice of the test, by slice name. NaN where the slice is empty. */
  readonly slices: Readonly<Record<string, Interval>>
  /** The headline metric above that of the reference row. Undefined on the reference itself, and without one. */
  readonly difference: AdjustedDifference | undefined
  readonly trainSeconds: number
  readonly peakMemoryMb: number
}

export interface Comparison {
  /** The headline metric, e.g. `ndcg@10`. */
  readonly metric: string
  /** The row that is best on validation. */
  readonly chosen: string
  /** The single model, ours or a peer's, that is best on validation: what the others are compared with. Undefined when there is none. */
  readonly reference: string | undefined
  readonly rows: readonly ComparedRow[]
}

/** Compares rows. Equal ones on validation: the first wins. */
export function compare(
  folds: { readonly validation: MeasuredFold; readonly test: MeasuredFold & { readonly slices: readonly Slice[] } },
  rows: readonly MeasuredRow[],
  { random, at, average = 'users', draws = 2000 }: CompareOptions,
): Comparison {
  assert(rows.length > 0, 'rows to compare')
  const metric = `ndcg@${at}`
  const validation = rows.map((row) => meanOf(columnNamed(folds.validation, row.validation, metric, average)))
  const chosen = bestOf(validation, (row) => rows[row].kind !== 'baseline')
  const reference = bestOf(validation, (row) => rows[row].kind === 'model' || rows[row].kind === 'peer')

  // One bootstrap for everything: the same draws of users for every metric and slice of every row.
  const names = folds.test.columns.filter(({ slice }) => slice === undefined).map(({ name }) => name)
  const again = rankingNames(folds.test, at)
  const width = names.length + folds.test.slices.length + again.length
  const otherWay = average === 'users' ? 'events' : 'users'
  const columns = rows.flatMap((row) => [
    ...names.map((name) => columnNamed(folds.test, row.test, name, average)),
    ...folds.test.slices.map((slice) => sliceColumn(folds.test, row.test, metric, slice, average)),
    ...again.map((name) => columnNamed(folds.test, row.test, name, otherWay)),
  ])
  const resampled = resampleMeans(columns, { random, draws })
  const headline = (row: number): number => row * width + names.indexOf(metric)
  const differences = adjustedDifferences(rows.length, reference, (row, other) =>
    differenceOf(resampled, headline(row), headline(other)),
  )
  const intervals = (row: number, from: number, keys: readonly string[]): Record<string, Interval> =>
    Object.fromEntries(keys.map((key, at) => [key, intervalOf(resampled, row * width + from + at)]))

  return {
    metric,
    chosen: rows[chosen].name,
    reference: rows[reference]?.name,
    rows: rows.map(({ name, kind, exposures, trainSeconds, peakMemoryMb }, row) => ({
      name,
      kind,
      validation: validation[row],
      metrics: { ...intervals(row, 0, names), ...exposureMetrics(exposures, at) },
      slices: intervals(
        row,
        names.length,
        folds.test.slices.map((slice) => slice.name),
      ),
      otherAverage: intervals(row, names.length + folds.test.slices.length, again),
      difference: differences[row],
      trainSeconds,
      peakMemoryMb,
    })),
  }
}

/** The metrics of a ranked list against its targets, at one cut-off. */
function rankingNames({ columns }: MeasuredFold, at: number): string[] {
  const isRanking = new Set(rankingMetrics.map((metric) => `${metric.name}@${at}`))
  return columns.filter(({ name, slice }) => slice === undefined && isRanking.has(name)).map(({ name }) => name)
}

/** The highest of the eligible rows, −1 when none is. A row whose mean is unknown never wins. */
function bestOf(means: readonly number[], isEligible: (row: number) => boolean): number {
  return means.reduce((best, mean, row) => {
    if (!isEligible(row)) return best
    return best === -1 || mean > means[best] || Number.isNaN(means[best]) ? row : best
  }, -1)
}

function columnNamed(fold: MeasuredFold, values: Float64Array, name: string, average: Average, only?: Slice): UserColumn {
  const width = fold.columns.length
  const column = fold.columns.findIndex((each) => each.name === name)
  assert(column >= 0, `a column ${name}`)
  assert(values.length === fold.tasks.count * width, 'a number for each task and column')
  return userColumn(fold.tasks, { values, width, column }, { average, ...(only && { only: only.members }) })
}

function sliceColumn(fold: MeasuredFold, values: Float64Array, metric: string, slice: Slice, average: Average): UserColumn {
  if (slice.of === 'tasks') return columnNamed(fold, values, metric, average, slice)
  return columnNamed(fold, values, `${metric} of ${slice.name}`, average)
}

function meanOf({ sums, weights }: UserColumn): number {
  return sums.reduce((sum, value) => sum + value, 0) / weights.reduce((sum, value) => sum + value, 0)
}

function exposureMetrics(exposures: Exposures, at: number): Record<string, Interval> {
  const counted = (mean: number): Interval => ({ mean, low: Number.NaN, high: Number.NaN })
  return {
    [`${coverageCard.name}@${at}`]: counted(coverage(exposures)),
    [`${giniCard.name}@${at}`]: counted(gini(exposures)),
  }
}

function adjustedDifferences(
  rows: number,
  reference: number,
  between: (row: number, other: number) => Difference,
): readonly (AdjustedDifference | undefined)[] {
  if (reference < 0) return Array.from({ length: rows }, () => undefined)
  const rivals = Array.from({ length: rows }, (_, row) => row).filter((row) => row !== reference)
  const differences = rivals.map((row) => between(row, reference))
  const adjusted = holm(differences.map(({ p }) => p))
  const result = new Array<AdjustedDifference | undefined>(rows).fill(undefined)
  rivals.forEach((row, at) => {
    result[row] = { ...differences[at], adjustedP: adjusted[at] }
  })
  return result
}
