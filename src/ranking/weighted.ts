import { itemIndex } from '../domain/ids.js'
import type { Part, Ranked } from '../domain/recommendation.js'
import { voicesOf, zScore } from './blend.js'
import { inOrder, unionOf } from './order.js'
import type { Ranker, SourceWeights } from './ranker.js'

/**
 * A weighted mean of z-scores.
 *
 *   score(i) = Σ_s w_s · (x_s(i) − mean_s) / deviation_s   ÷   Σ_s w_s      over the sources s that know i
 *
 * Mean and deviation are over all items the source's model can score for this user, so sources on different scales meet on one,
 * and an item that only one source proposed is still scored by the others. A source that cannot tell (NaN) is left out of that
 * item's mean; it does not count as 0.
 *
 * Choose  a few sources whose weights somebody wants to read and set.
 * Avoid   heavy-tailed scores from many sources: there a learned ranker does better.
 */
export function weighted(weights: SourceWeights): Ranker {
  return {
    name: 'weighted',
    rank(_query, pools, world) {
      const voices = voicesOf(weights, pools, world)
      const ranked: Ranked[] = []
      let unheard = 0
      for (const row of unionOf(pools)) {
        const parts: Part[] = []
        let sum = 0
        let total = 0
        for (const { source, weight, scores } of voices) {
          const value = zScore(row, scores)
          if (Number.isNaN(value)) continue
          parts.push({ source, weight, value })
          sum += weight * value
          total += weight
        }
        ranked.push({ item: itemIndex(row), score: total > 0 ? sum / total : -UNHEARD_STEP * unheard++, parts })
      }
      return inOrder(ranked)
    },
  }
}

/** Items that nobody can tell anything about are taken for average, which is 0, and keep the order of their proposal. */
const UNHEARD_STEP = 1e-6
