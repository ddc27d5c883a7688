import type { Adapter, Lesson } from './adapter.js'
import { addEffects, alongDirections, forQuery } from './directions.js'
import { advance, MOST_GAIN, sharedOpenness } from './gate.js'
import { logLikelihood, type View, viewOf } from './likelihood.js'
import { type Evidence, newtonStep } from './newton-step.js'
import { REPRESENTATIVES, representatives } from './representatives.js'
import type { SharedTier } from './tier.js'

/** A lesson as it is learned from: some of its candidates, with their logits and their places along the directions. One lesson is studied once and used several times. */
export interface Study {
  readonly view: View
  /** n × rank. */
  readonly along: Float32Array
}

export function study(lesson: Lesson, tier: SharedTier, most = REPRESENTATIVES): Study {
  const { rows, view } = representatives(viewOf(lesson, tier.scale), most)
  return { view, along: alongDirections(tier.space, lesson.features, rows) }
}

/** The adapter after one more event: first it predicts, and the gates follow; then it learns. The adapter given is left as it is. */
export function learn(adapter: Adapter, lesson: Lesson, tier: SharedTier, sequence: number): Adapter {
  return learnFrom(adapter, study(lesson, tier), tier, sequence)
}

/** The same for a lesson that was studied already. */
export function learnFrom(adapter: Adapter, studied: Study, tier: SharedTier, sequence: number): Adapter {
  const { without, withShared, withoutOwn, withOwn, evidence } = predictionsOf(adapter, studied, tier)
  const { gateDiscount, memory } = tier.practice
  const { values, precisions } = newtonStep(adapter, evidence, { variance: tier.space.priors, share: 1, memory })
  return {
    ...adapter,
    values,
    precisions,
    gate: advance(adapter.gate, withOwn - withoutOwn, gateDiscount, MOST_GAIN),
    sharedGate: advance(adapter.sharedGate, withShared - without, gateDiscount),
    lessons: adapter.lessons + 1,
    learnedTo: Math.max(adapter.learnedTo, sequence),
  }
}

/** The log-likelihood of one event four ways, and what it teaches at the last of them. */
interface Predictions {
  /** By the base alone, and with B₀ at full voice. */
  readonly without: number
  readonly withShared: number
  /** As this user hears B₀, without B_u and with it at full voice. */
  readonly withoutOwn: number
  readonly withOwn: number
  readonly evidence: Evidence
}

export function predictionsOf(adapter: Adapter, studied: Study, tier: SharedTier): Predictions {
  const { view, along } = studied
  const { query, base } = view
  const effects = new Float64Array(base.length)
  const without = logLikelihood(view, effects)
  let [withShared, withoutOwn] = [without, without]
  if (tier.base.some((value) => value !== 0)) {
    const pull = forQuery(tier.base, query, tier.space.rank)
    const heard = sharedOpenness(tier, adapter.sharedGate)
    addEffects(along, pull, 1, effects)
    withShared = logLikelihood(view, effects)
    addEffects(along, pull, heard - 1, effects)
    withoutOwn = heard === 1 ? withShared : logLikelihood(view, effects)
  }
  addEffects(along, forQuery(adapter.values, query, tier.space.rank), 1, effects)
  const { logLikelihood: withOwn, ...evidence } = evidenceOf(studied, effects)
  return { without, withShared, withoutOwn, withOwn, evidence }
}

/** What a lesson says at these effects: its log-likelihood, and slope and curvature along each direction. */
export function evidenceOf({ view, along }: Study, effects: Float64Array): Evidence & { readonly logLikelihood: number } {
  const { liking, target, query } = view
  const n = effects.length
  const rank = along.length / n
  const bySlope = new Float64Array(n)
  const value = logLikelihood(view, effects, bySlope)
  const slope = new Float64Array(rank)
  const curvature = new Float64Array(rank)
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < rank; j++, at++) slope[j] += bySlope[i] * along[at]
  }
  if (liking < 0) {
    // slope = −|liking| σ (z_t − z̄): the second derivative is −|liking| σ (1 − σ) (z_t − z̄)².
    const chance = -Math.expm1(value / -liking) // value = liking · log(1 + e^Δ), so this is σ(Δ)
    for (let j = 0; j < rank; j++) curvature[j] = ((1 - chance) * slope[j] ** 2) / (chance * -liking)
  } else {
    // slope_i = liking (1[i = t] − p_i): the variance of z under p, times liking.
    for (let i = 0, at = 0; i < n; i++) {
      const chance = (i === target ? liking : 0) - bySlope[i] // liking · p_i
      for (let j = 0; j < rank; j++, at++) curvature[j] += chance * along[at] ** 2
    }
    for (let j = 0; j < rank; j++) {
      const mean = along[target * rank + j] - (liking > 0 ? slope[j] / liking : 0)
      curvature[j] = Math.max(0, curvature[j] - liking * mean * mean)
    }
  }
  return { logLikelihood: value, slope, curvature, query }
}

/** For reports: mean log-likelihood of lessons with an adapter at full voice. */
export function meanLogLikelihood(adapter: Adapter, studies: readonly Study[], tier: SharedTier): number {
  const heard = sharedOpenness(tier, adapter.sharedGate)
  const sum = studies.reduce((total, { view, along }) => {
    const effects = new Float64Array(view.base.length)
    const { query } = view
    addEffects(along, forQuery(tier.base, query, tier.space.rank), heard, effects)
    addEffects(along, forQuery(adapter.values, query, tier.space.rank), 1, effects)
    return total + logLikelihood(view, effects)
  }, 0)
  return sum / studies.length
}
