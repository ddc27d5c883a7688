import { assert } from '../../domain/errors.js'
import type { LabelColumn } from '../../features/labels.js'
import type { MetricCard } from './metric.js'

export const diversityCard: MetricCard = {
  name: 'diversity',
  formula:
    'mean over all pairs of the list of 1 − cosine of their item vectors; pairs with an item without a vector are left out',
  source:
    'Ziegler et al., "Improving recommendation lists through topic diversification", WWW 2005; 1 − cosine as Vargas & Castells, RecSys 2011',
  range: '0–1 for genre vectors, 0–2 for others',
  better: 'neither',
}

/** One vector per item, of length 1, or all zeros where nothing is known of the item. */
export interface ItemVectors {
  readonly dimensions: number
  /** items × dimensions, row-major. */
  readonly values: Float32Array
}

/** Copies vectors scaled to length 1. A row that is not finite becomes zeros: nothing is known. */
export function unitVectors(values: Float32Array, dimensions: number): ItemVectors {
  assert(dimensions > 0 && values.length % dimensions === 0, 'vectors of one length')
  const unit = new Float32Array(values.length)
  for (let at = 0; at < values.length; at += dimensions) {
    const row = values.subarray(at, at + dimensions)
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0))
    if (length > 0 && Number.isFinite(length)) for (let d = 0; d < dimensions; d++) unit[at + d] = row[d] / length
  }
  return { dimensions, values: unit }
}

/** Items as vectors of their genres: 1/√genres at each of them. */
export function genreVectors({ start, codes, names }: LabelColumn): ItemVectors {
  const dimensions = Math.max(1, names.length)
  const values = new Float32Array((start.length - 1) * dimensions)
  for (let item = 0; item + 1 < start.length; item++) {
    for (let at = start[item]; at < start[item + 1]; at++) values[item * dimensions + codes[at]] = 1
  }
  return unitVectors(values, dimensions)
}

/** Intra-list diversity of the first k titles. NaN when no pair of them has vectors. */
export function diversity(ranked: ArrayLike<number>, k: number, { dimensions, values }: ItemVectors): number {
  const known: Float32Array[] = []
  for (let place = 0; place < Math.min(k, ranked.length); place++) {
    const vector = values.subarray(ranked[place] * dimensions, (ranked[place] + 1) * dimensions)
    if (vector.some((x) => x !== 0)) known.push(vector)
  }
  // Over all ordered pairs of n unit vectors the cosines add up to |Σv|² − n.
  const n = known.length
  if (n < 2) return Number.NaN
  let squares = 0
  for (let d = 0; d < dimensions; d++) {
    let sum = 0
    for (const vector of known) sum += vector[d]
    squares += sum * sum
  }
  return Math.max(0, 1 - (squares - n) / (n * (n - 1)))
}
