import type { Random } from '../domain/random.js'
import type { MeasuredColumn, MeasureOptions } from '../evaluation/measure.js'
import { ndcg, recall } from '../evaluation/metrics/index.js'
import type { Fold } from '../evaluation/splits.js'
import type { Dataset } from '../features/dataset.js'
import { has } from '../math/bitmap.js'
import { randomValues } from './random-row.js'

/** How well the withheld items of a fold are put in order among themselves: more columns. None where nothing is withheld. */
export interface AmongNew {
  readonly columns: readonly MeasuredColumn[]
  /** tasks × columns. */
  valuesOf(row: number): Float64Array
  /** The same of lists in a random order. */
  ofChance(random: Random): Float64Array
  /** The same, all NaN: for rows that ranked the whole catalogue only. */
  readonly unknown: Float64Array
  /** A table of the whole catalogue's columns with these to their right. */
  beside(whole: Float64Array, among: Float64Array): Float64Array
}

interface Asked {
  readonly columns: readonly MeasuredColumn[]
  valuesOf(row: number): Float64Array
}

/** @param measureFold asks everybody again, with some rows excluded */
export async function createAmongNew(
  fold: Fold,
  dataset: Dataset,
  at: number,
  measureFold: (measure: MeasureOptions, exclude: readonly number[]) => Promise<Asked>,
): Promise<AmongNew> {
  const { withheld, tasks } = fold
  if (withheld === undefined) {
    const none = new Float64Array(0)
    return { columns: [], valuesOf: () => none, ofChance: () => none, unknown: none, beside: (whole) => whole }
  }
  const known = Array.from({ length: dataset.itemCount }, (_, row) => row).filter((row) => !has(withheld, row))
  const measure: MeasureOptions = { at, recallAt: [20] }
  const { columns, valuesOf } = await measureFold(measure, known)
  const kept = columns.flatMap(({ card }, column) => (card === ndcg || card.name === recall.name ? [column] : []))
  const pick = (values: Float64Array): Float64Array => {
    const picked = new Float64Array(tasks.count * kept.length)
    for (let task = 0; task < tasks.count; task++) {
      kept.forEach((column, to) => {
        picked[task * kept.length + to] = values[task * columns.length + column]
      })
    }
    return picked
  }
  return {
    columns: kept.map((column) => ({ ...columns[column], name: `${columns[column].name} among new` })),
    valuesOf: (row) => pick(valuesOf(row)),
    ofChance: (random) => pick(randomValues(fold, dataset, measure, random, withheld).values),
    unknown: new Float64Array(tasks.count * kept.length).fill(Number.NaN),
    beside: (whole, among) => beside(whole, among, tasks.count),
  }
}

function beside(left: Float64Array, right: Float64Array, rows: number): Float64Array {
  const [leftWidth, rightWidth] = [left.length / rows, right.length / rows]
  const joined = new Float64Array(left.length + right.length)
  for (let row = 0; row < rows; row++) {
    joined.set(left.subarray(row * leftWidth, (row + 1) * leftWidth), row * (leftWidth + rightWidth))
    joined.set(right.subarray(row * rightWidth, (row + 1) * rightWidth), row * (leftWidth + rightWidth) + leftWidth)
  }
  return joined
}
