import { emptyAdapter } from './adapter.js'
import type { TierList } from './fit-tier.js'
import { predictionsOf, study } from './learn.js'
import { newtonStep } from './newton-step.js'
import { everybody } from './query-side.js'
import type { SharedTier } from './tier.js'

/**
 * How much wider the prior should be than moments say. Moments of few lists drown small differences between people in chance, and what
 * adapters then learn is nothing; whether they should learn more is asked where it counts: each user's lists are predicted one after the
 * other, each before it is learned from, under each width. What predicts best is taken; on a tie the narrower.
 *
 *   prior variance of direction j in cell k = (priorScale · λ_j + width) · share_k
 *
 * Prequential choice of a hyperparameter (Dawid, "Statistical theory: the prequential approach", JRSS A 1984).
 *
 * Cost    one pass over the lists for each width: O(lists · representatives · rank).
 */
export const WIDTHS = [0, 0.001, 0.003, 0.01, 0.03] as const

/** Sum of log-likelihood with adapters less without them, of these lists, under each of the widths. */
export function gainsByWidth(
  lists: readonly TierList[],
  tier: SharedTier,
  priorsAt: (width: number) => Float32Array,
  widths: readonly number[] = WIDTHS,
): Float64Array {
  const variances = widths.map(priorsAt)
  const gains = new Float64Array(widths.length)
  let adapters = widths.map(() => emptyAdapter(tier.space))
  let user = -1
  for (const list of lists) {
    if (list.user !== user) adapters = widths.map(() => emptyAdapter(tier.space))
    user = list.user
    const query = list.query ?? everybody(tier.space)
    const studied = study({ ...list, liking: 1, query }, tier)
    adapters = adapters.map((adapter, w) => {
      const { withOwn, withoutOwn, evidence } = predictionsOf(adapter, studied, tier)
      gains[w] += withOwn - withoutOwn
      return { ...adapter, ...newtonStep(adapter, evidence, { variance: variances[w], share: 1, memory: tier.practice.memory }) }
    })
  }
  return gains
}
