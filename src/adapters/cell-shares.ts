import type { Gradients, TierList } from './fit-tier.js'
import { ALWAYS } from './query-side.js'

/** Fewer pairs of lists than this say nothing of how far apart a user's cells are. */
const LEAST_PAIRS = 1_000

/**
 * How far a user's cells are apart, as a share of how far users are: 1 for the row that always speaks. For the cells of a facet (parts of the
 * day, devices): along the leading directions, how much more alike two lists of one user are in the same cell than in different ones, over how alike
 * they are in different ones. `byDefault` where the lists do not tell. One number per cell.
 *
 * @param directions v_jᵀ F^-½, the leading ones first
 */
export function cellShares(
  cells: readonly string[],
  lists: readonly TierList[],
  { users, errors }: Gradients,
  directions: Float64Array,
  rank: number,
  byDefault: number,
): Float64Array {
  const shares = new Float64Array(cells.length).fill(byDefault)
  shares[cells.indexOf(ALWAYS)] = 1
  const d = lists.length === 0 ? 0 : errors.length / lists.length
  const along = new Float64Array(lists.length * rank)
  for (let list = 0; list < lists.length; list++) {
    for (let j = 0; j < rank; j++) {
      for (let f = 0; f < d; f++) along[list * rank + j] += directions[j * d + f] * errors[list * d + f]
    }
  }
  for (const facet of new Set(cells.filter((cell) => cell !== ALWAYS).map(facetOf))) {
    const members = cells.flatMap((cell, k) => (facetOf(cell) === facet ? [k] : []))
    const cellOf = lists.map(({ query }) => members.find((k) => query !== undefined && query[k] !== 0) ?? -1)
    const { same, different } = likeness(users, cellOf, along, rank)
    if (same.pairs < LEAST_PAIRS || different.pairs < LEAST_PAIRS) continue
    const whole = Math.max(different.sum / different.pairs, 1e-9)
    const more = same.sum / same.pairs - different.sum / different.pairs
    for (const k of members) shares[k] = Math.max(0, Math.min(MOST, more / whole))
  }
  return shares
}

/** Nobody is taken to differ more from themselves than four times as much as from others: the denominator is itself uncertain. */
const MOST = 4

function facetOf(cell: string): string {
  return cell.split(':')[0]
}

interface Alike {
  readonly sum: number
  readonly pairs: number
}

/** Sum over directions and over pairs of lists of one user, in the same cell and in different ones. Lists without a cell (−1) are left out. */
function likeness(
  users: Uint32Array,
  cellOf: readonly number[],
  along: Float64Array,
  rank: number,
): { readonly same: Alike; readonly different: Alike } {
  const same = { sum: 0, pairs: 0 }
  const different = { sum: 0, pairs: 0 }
  for (let from = 0, to = 0; from < users.length; from = to) {
    while (to < users.length && users[to] === users[from]) to++
    for (let s = from; s < to; s++) {
      for (let t = from; t < s; t++) {
        if (cellOf[s] < 0 || cellOf[t] < 0) continue
        const into = cellOf[s] === cellOf[t] ? same : different
        into.pairs++
        for (let j = 0; j < rank; j++) into.sum += along[s * rank + j] * along[t * rank + j]
      }
    }
  }
  return { same, different }
}
