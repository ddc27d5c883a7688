import { entriesPerItem } from '../features/coverage.js'
import { type EntryWeight, interactionMatrix } from '../features/interactions.js'
import { type Csr, transpose } from '../math/csr.js'
import { createTopRows, productOf } from '../math/top-rows.js'
import { headerOf } from './artifact.js'
import type { Algorithm, Model } from './model.js'
import { type Neighbours, neighbourModel, restoredNeighbours } from './neighbour-model.js'

/**
 * Random walk (RP3β) — where a walk of three steps ends: from the user to an item of theirs, to another user of it, to an item of theirs.
 *
 *   W[i,j] = Σ_u (x_ui / Σ_v x_vi)^α · (x_uj / Σ_k x_uk)^α / (Σ_v x_vj)^β,   W[i,i] = 0
 *   score(j) = Σ over the history of weight · W[i,j]
 *
 * P3α: Cooper, Lee, Radzik & Siantos, "Random Walks in Recommender Systems: Exact Computation and Simulations", WWW 2014 Companion.
 * The division by popularity, RP3β: Paudel, Christoffel, Newell & Bernstein, "Updatable, Accurate, Diverse, and Scalable
 * Recommendations for Interactive Applications", TiiS 2017.
 *
 * Cost    O(Σ over users of items²) time to train, items · neighbours memory; one sparse row per history item to score.
 * Choose  sparse data and catalogues too large for a dense matrix; it is made of counts, and nothing in it can fail to converge.
 * Avoid   dense data with clear order, where next-item and transitions say more.
 * Departs from the papers in walking from each item at training time, so that the first step is left to the fading history.
 */
export interface RandomWalkOptions {
  /** α: above 1 the likely steps weigh more, below 1 less. Typical 0.5 to 2. */
  readonly walkExponent: number
  /** β: 0 ranks where walks end, 1 where they end more often than the item's popularity. Typical 0.2 to 0.9. */
  readonly popularityExponent: number
  /** What an entry counts: one, or its engagement. */
  readonly weight: EntryWeight
  /** Events this many days older than the newest of all count half in training. Typical 90 to 1000. 0: age does not matter. */
  readonly eventHalfLifeDays: number
  /** How many ends each item keeps, the likeliest. Typical 100 to 1000. */
  readonly neighbours: number
  /** How the history fades, in places, unless a plan says otherwise. Typical 2 to 50. 0: it does not fade. */
  readonly recencyHalfLifePositions: number
}

export const randomWalk: Algorithm<RandomWalkOptions> = {
  name: 'random-walk',

  defaults: {
    walkExponent: 0.6,
    popularityExponent: 0.55,
    weight: 'one',
    eventHalfLifeDays: 0,
    neighbours: 500,
    recencyHalfLifePositions: 2,
  },

  space: {
    walkExponent: { from: 0.3, to: 2, scale: 'log' },
    popularityExponent: { from: 0, to: 1, scale: 'linear' },
    eventHalfLifeDays: { from: 60, to: 3000, scale: 'log', or: 0 },
  },

  train(data, options, { checkpoint }) {
    const { walkExponent, popularityExponent } = options
    const touched = interactionMatrix(
      data,
      Int32Array.from(data.itemNos.keys()),
      data.itemCount,
      options.weight,
      options.eventHalfLifeDays,
    )
    const popularity = rowSums(transpose(touched))
    const toItem = withProbabilities(touched, walkExponent)
    const toUser = withProbabilities(transpose(touched), walkExponent)
    const correction = popularity.map((count) => count ** -popularityExponent)
    const rows = createTopRows(data.itemCount, options.neighbours)
    const walks = productOf(toUser, toItem)
    for (let item = 0; item < data.itemCount; item++) {
      if (item % 64 === 0) checkpoint(item / data.itemCount)
      const { columns, sums } = walks(item)
      rows.add(columns, (j) => (j === item ? 0 : sums[j] * correction[j]))
    }
    checkpoint(1)
    const header = headerOf('random-walk', options, data)
    return modelOf({ header, itemNos: data.itemNos, rows: rows.build(), counts: entriesPerItem(data) })
  },

  restore: (artifact) => modelOf(restoredNeighbours(artifact)),
}

function modelOf(neighbours: Neighbours): Model {
  const { recencyHalfLifePositions } = neighbours.header.options as unknown as RandomWalkOptions
  return neighbourModel(neighbours, recencyHalfLifePositions > 0 ? { halfLifePositions: recencyHalfLifePositions } : {})
}

function rowSums({ rows, start, value }: Csr): Float64Array {
  const sums = new Float64Array(rows)
  for (let row = 0; row < rows; row++) for (let at = start[row]; at < start[row + 1]; at++) sums[row] += value[at]
  return sums
}

/** Each value over the sum of its row, raised to a power. */
function withProbabilities(csr: Csr, exponent: number): Csr {
  const sums = rowSums(csr)
  const value = new Float32Array(csr.value.length)
  for (let row = 0; row < csr.rows; row++) {
    for (let at = csr.start[row]; at < csr.start[row + 1]; at++) value[at] = (csr.value[at] / sums[row]) ** exponent
  }
  return { ...csr, value }
}
