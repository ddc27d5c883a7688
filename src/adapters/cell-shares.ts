import type { Gradients, TierList } from './fit-tier.js'
import { ALWAYS } from './query-side.js'

/** Fewer pairs of lists than this say nothing of how far apart a user's cells are. */
const LEAST_PAIRS = 1_000

/**
 * Whose a user's leanings are: the share that the row that always speaks has of how alike two lists of one user are in the same cells, and the
 * share of each facet (part of the day, device). Along the leading directions:
 *
 *   always   how alike they are where no facet is the same
 *   facet    how much more alike where this facet alone is the same
 *
 * Where the lists do not tell, everything is always', and the cells have `byDefault` on top. One number per cell.
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
  const facets = [...new Set(cells.filter((cell) => cell !== ALWAYS).map(facetOf))]
  const members = facets.map((facet) => cells.flatMap((cell, k) => (facetOf(cell) === facet ? [k] : [])))
  const cellOf = members.map((own) => lists.map(({ query }) => own.find((k) => query !== undefined && query[k] !== 0) ?? -1))
  const known = facets.flatMap((_, facet) => (cellOf[facet].some((cell) => cell >= 0) ? [facet] : []))
  if (known.length === 0) return shares
  const alike = likeness(
    users,
    known.map((facet) => cellOf[facet]),
    along,
    rank,
  )
  const meanOf = (mask: number): number | undefined => {
    const { sum, pairs } = alike[mask]
    return pairs < LEAST_PAIRS ? undefined : sum / pairs
  }
  const none = meanOf(0)
  const all = meanOf(alike.length - 1)
  if (none === undefined || all === undefined || all <= 0) return shares
  shares[cells.indexOf(ALWAYS)] = Math.max(LEAST_SHARE, Math.min(1, none / all))
  for (const [bit, facet] of known.entries()) {
    const alone = meanOf(1 << bit)
    const share = alone === undefined ? byDefault : Math.max(0, Math.min(1, (alone - none) / all))
    for (const k of members[facet]) shares[k] = share
  }
  return shares
}

/** Somebody who is always the same is not shut out by the luck of the pairs. */
const LEAST_SHARE = 0.05

function facetOf(cell: string): string {
  return cell.split(':')[0]
}

interface Alike {
  sum: number
  pairs: number
}

/**
 * Sum over directions and over pairs of lists of one user, by which facets are the same: bit b of the place is set where facet b is. Lists
 * without a cell (−1) in one of them are left out.
 */
function likeness(
  users: Uint32Array,
  cellOf: readonly (readonly number[])[],
  along: Float64Array,
  rank: number,
): readonly Alike[] {
  const alike = Array.from({ length: 1 << cellOf.length }, (): Alike => ({ sum: 0, pairs: 0 }))
  const isKnown = (list: number): boolean => cellOf.every((cells) => cells[list] >= 0)
  for (let from = 0, to = 0; from < users.length; from = to) {
    while (to < users.length && users[to] === users[from]) to++
    for (let s = from; s < to; s++) {
      if (!isKnown(s)) continue
      for (let t = from; t < s; t++) {
        if (!isKnown(t)) continue
        let mask = 0
        for (let bit = 0; bit < cellOf.length; bit++) if (cellOf[bit][s] === cellOf[bit][t]) mask |= 1 << bit
        alike[mask].pairs++
        for (let j = 0; j < rank; j++) alike[mask].sum += along[s * rank + j] * along[t * rank + j]
      }
    }
  }
  return alike
}
