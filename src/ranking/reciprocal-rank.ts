import { itemIndex } from '../domain/ids.js'
import type { Part } from '../domain/recommendation.js'
import { inOrder } from './order.js'
import type { Ranker, SourceWeights } from './ranker.js'

/**
 * Reciprocal rank fusion: each source's order counts, its scores do not.
 *
 *   score(i) = Σ_s w_s / (k + rank_s(i))       rank from 1; a source that did not propose i adds nothing
 *
 * Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual rank learning methods", SIGIR 2009;
 * k = 60 is theirs.
 *
 * Choose  sources whose scores mean nothing beside each other.
 * Avoid   when scores are calibrated: the distance between first and second is thrown away.
 */
export function reciprocalRank(weights: SourceWeights, k = 60): Ranker {
  return {
    name: 'reciprocal-rank',
    rank(_query, pools) {
      const partsOf = new Map<number, Part[]>()
      for (const { source, candidates } of pools) {
        const weight = weights[source] ?? 1
        candidates.forEach(({ item }, place) => {
          const part: Part = { source, weight, value: 1 / (k + place + 1) }
          const parts = partsOf.get(item)
          if (parts === undefined) partsOf.set(item, [part])
          else parts.push(part)
        })
      }
      return inOrder(
        Array.from(partsOf, ([row, parts]) => ({
          item: itemIndex(row),
          score: parts.reduce((sum, { weight, value }) => sum + weight * value, 0),
          parts,
        })),
      )
    },
  }
}
