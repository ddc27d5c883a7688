import type { Adapter } from './adapter.js'
import { advance, MOST_GAIN } from './gate.js'
import { learnAll, meanLogLikelihood, type NumberedStudy, predictionsOf, type Study } from './learn.js'
import type { SharedTier } from './tier.js'

/** What one run taught one adapter. Means over lessons, with the adapter at full voice; NaN without any. */
export interface TrainingReport {
  readonly lessons: number
  /** Mean loss over the new lessons, before and after they were learned. */
  readonly lossBefore: number
  readonly lossAfter: number
  /** Mean loss over the older events that were kept aside. */
  readonly heldOutBefore: number
  readonly heldOutAfter: number
  /** False: the older events became worse by more than `TOLERANCE`, and what was learned was thrown away. */
  readonly accepted: boolean
}

/** The forgetting guard: an update may worsen the mean loss of older events by this share, and no more. */
export const TOLERANCE = 0.05

/**
 * Learns a batch of new events, oldest first, and keeps the result unless it worsens `heldOut`, older events of the same user, by more than
 * 5 %. A rejected adapter keeps its numbers; its gates and its place in the user's events still move on, so that the same events are not
 * tried again for ever.
 */
export function trainAdapter(
  adapter: Adapter,
  fresh: readonly NumberedStudy[],
  heldOut: readonly Study[],
  tier: SharedTier,
): { readonly adapter: Adapter; readonly report: TrainingReport } {
  const learned = learnAll(adapter, fresh, tier)
  const lossOf = (now: Adapter, of: readonly Study[]): number => -meanLogLikelihood(now, of, tier)
  const [heldOutBefore, heldOutAfter] = [lossOf(adapter, heldOut), lossOf(learned, heldOut)]
  const accepted = !(heldOutAfter > (1 + TOLERANCE) * heldOutBefore)
  const kept = accepted ? learned : fresh.reduce((now, each) => passedOver(now, each, tier), adapter)
  const studies = fresh.map(({ studied }) => studied)
  return {
    adapter: kept,
    report: {
      lessons: fresh.length,
      lossBefore: lossOf(adapter, studies),
      lossAfter: lossOf(kept, studies),
      heldOutBefore,
      heldOutAfter,
      accepted,
    },
  }
}

/** The adapter after an event that it predicted and does not learn from. */
function passedOver(adapter: Adapter, { studied, sequence }: NumberedStudy, tier: SharedTier): Adapter {
  const { withOwn, withShared, withoutOwn, without } = predictionsOf(adapter, studied, tier)
  const { gateDiscount } = tier.practice
  return {
    ...adapter,
    gate: advance(adapter.gate, withOwn - withoutOwn, gateDiscount, MOST_GAIN),
    sharedGate: advance(adapter.sharedGate, withShared - without, gateDiscount),
    learnedTo: Math.max(adapter.learnedTo, sequence),
  }
}
