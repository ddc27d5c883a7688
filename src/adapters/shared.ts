import type { Lesson } from './adapter.js'
import { addEffects, forQuery } from './directions.js'
import { advance } from './gate.js'
import { evidenceOf, type Study, study } from './learn.js'
import { logLikelihood } from './likelihood.js'
import { newtonStep } from './newton-step.js'
import type { SharedTier } from './tier.js'

/**
 * The shared tier after one more event of anybody: B₀ predicts it, its gate follows, and B₀ takes one step. Whoever publishes it gives it a
 * version that is larger than the one before; here it stays.
 */
export function learnShared(tier: SharedTier, lesson: Lesson): SharedTier {
  return learnSharedFrom(tier, study(lesson, tier))
}

/** The same for a lesson that was studied already. */
export function learnSharedFrom(tier: SharedTier, studied: Study): SharedTier {
  if (studied.view.isBeyond) return tier
  const { space, practice } = tier
  const effects = new Float64Array(studied.view.base.length)
  const without = logLikelihood(studied.view, effects)
  addEffects(studied.along, forQuery(tier.base, studied.view.query, space.rank), 1, effects)
  const { logLikelihood: after, ...evidence } = evidenceOf(studied, effects)
  const { values, precisions } = newtonStep({ values: tier.base, precisions: tier.precisions }, evidence, {
    variance: space.priors,
    share: practice.sharedPrior,
    memory: practice.sharedMemory,
  })
  return { ...tier, base: values, precisions, gate: advance(tier.gate, after - without, practice.sharedMemory) }
}

/**
 * Of one user so many lessons move what all share, the first; the later ones move the user's own adapter only. One account that sends events
 * without end must not lead everybody: `test/adapters/poisoning.test.ts` says what it costs the others with this, and without.
 */
export const MOST_SHARED = 200

/**
 * The shared tier after more events of one user.
 *
 * @param before lessons of this user that were learned from earlier
 */
export function learnSharedFromUser(tier: SharedTier, studied: readonly Study[], before: number): SharedTier {
  return studied.slice(0, Math.max(0, MOST_SHARED - before)).reduce(learnSharedFrom, tier)
}
