import { entriesPerItem } from '../features/coverage.js'
import { type EntryWeight, interactionMatrix } from '../features/interactions.js'
import { type Csr, transpose } from '../math/csr.js'
import { createTopRows, productOf } from '../math/top-rows.js'
import { headerOf } from './artifact.js'
import type { Algorithm, Model } from './model.js'
import { type Neighbours, neighbourModel, restoredNeighbours } from './neighbour-model.js'

/**
 * Item kNN — items are alike when the same people touched them.
 *
 *   s[i,j] = y_iᵀy_j / (‖y_i‖^(2(1 − a)) · ‖y_j‖^(2a) + shrinkage),   s[i,i] = 0          Y: users × items, weighted
 *   score(j) = Σ over the history of weight · s[i,j],  over the `neighbours` highest s of each row
 *
 * Weights of what user u and item i have in common (x, of X):
 *   none    x
 *   tf-idf  x · idf_u                                                     idf_u = ln(1 + items / items of u)
 *   bm25    x · idf_u · (k + 1) / (k · (1 − b + b · users of i / mean) + x)
 *
 * Sarwar et al., "Item-Based Collaborative Filtering Recommendation Algorithms", WWW 2001; shrinkage as in Bell & Koren, KDD Cup 2007;
 * BM25 by Robertson & Zaragoza, "The Probabilistic Relevance Framework", 2009, users being the terms that items are made of;
 * a as in Aiolli, "Efficient Top-N Recommendation for Very Large Scale Binary Rated Datasets", RecSys 2013.
 *
 * Cost    O(Σ over users of items²) time to train, items · neighbours memory; one sparse row per history item to score.
 * Choose  catalogues too large for a dense matrix, and where a recommendation must be explained by one title that is like it.
 * Avoid   as the only source on dense data: it knows pairs only, and the models that weigh all items at once say more.
 */
export interface ItemKnnOptions {
  /** What a common user counts for: all the same, or fans of little more than those who touch everything. */
  readonly weighting: 'none' | 'tf-idf' | 'bm25'
  /** k of bm25. Typical 1 to 200. */
  readonly saturation: number
  /** b of bm25: 0 to 1, how much popular items are held back. */
  readonly lengthPenalty: number
  /** a: 0.5 is the cosine; more holds popular answers back, less lets them pass. Typical 0.2 to 0.8. */
  readonly asymmetry: number
  /** So many common users, as it were, who speak against every pair. Typical 0 to 100. */
  readonly shrinkage: number
  /** What an entry counts: one, or its engagement. */
  readonly weight: EntryWeight
  /** How many neighbours each item keeps, the most alike. Typical 20 to 500. */
  readonly neighbours: number
  /** How the history fades, in places, unless a plan says otherwise. Typical 2 to 50. 0: it does not fade. */
  readonly recencyHalfLifePositions: number
}

export const itemKnn: Algorithm<ItemKnnOptions> = {
  name: 'item-knn',

  defaults: {
    weighting: 'bm25',
    saturation: 100,
    lengthPenalty: 0.5,
    asymmetry: 0.35,
    shrinkage: 10,
    weight: 'one',
    neighbours: 500,
    recencyHalfLifePositions: 2,
  },

  space: {
    weighting: { choices: ['none', 'tf-idf', 'bm25'] },
    saturation: { from: 1, to: 500, scale: 'log' },
    lengthPenalty: { from: 0, to: 1, scale: 'linear' },
    asymmetry: { from: 0, to: 1, scale: 'linear' },
    shrinkage: { from: 1, to: 200, scale: 'log', or: 0 },
  },

  train(data, options, { checkpoint }) {
    const touched = interactionMatrix(data, Int32Array.from(data.itemNos.keys()), data.itemCount, options.weight)
    const users = weighted(touched, options)
    const items = transpose(users)
    const norms = squaredNorms(items)
    const asked = norms.map((norm) => norm ** (1 - options.asymmetry))
    const answered = norms.map((norm) => norm ** options.asymmetry)
    const rows = createTopRows(data.itemCount, options.neighbours)
    const common = productOf(items, users)
    for (let item = 0; item < data.itemCount; item++) {
      if (item % 64 === 0) checkpoint(item / data.itemCount)
      const { columns, sums } = common(item)
      rows.add(columns, (j) => (j === item ? 0 : sums[j] / (asked[item] * answered[j] + options.shrinkage)))
    }
    checkpoint(1)
    const header = headerOf('item-knn', options, data)
    return modelOf({ header, itemNos: data.itemNos, rows: rows.build(), counts: entriesPerItem(data) })
  },

  restore: (artifact) => modelOf(restoredNeighbours(artifact)),
}

function modelOf(neighbours: Neighbours): Model {
  const { recencyHalfLifePositions } = neighbours.header.options as unknown as ItemKnnOptions
  return neighbourModel(neighbours, recencyHalfLifePositions > 0 ? { halfLifePositions: recencyHalfLifePositions } : {})
}

/** X → Y. */
function weighted(x: Csr, { weighting, saturation, lengthPenalty }: ItemKnnOptions): Csr {
  if (weighting === 'none') return x
  const users = new Uint32Array(x.columns)
  for (const item of x.index) users[item]++
  const mean = x.index.length / Math.max(1, x.columns)
  const value = new Float32Array(x.value.length)
  for (let user = 0; user < x.rows; user++) {
    const inverseFrequency = Math.log(1 + x.columns / (x.start[user + 1] - x.start[user]))
    for (let at = x.start[user]; at < x.start[user + 1]; at++) {
      const length = 1 - lengthPenalty + (lengthPenalty * users[x.index[at]]) / mean
      const held = weighting === 'bm25' ? (saturation + 1) / (saturation * length + x.value[at]) : 1
      value[at] = x.value[at] * inverseFrequency * held
    }
  }
  return { ...x, value }
}

function squaredNorms({ rows, start, value }: Csr): Float64Array {
  const norms = new Float64Array(rows)
  for (let row = 0; row < rows; row++) for (let at = start[row]; at < start[row + 1]; at++) norms[row] += value[at] ** 2
  return norms
}
