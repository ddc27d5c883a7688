import { f64Room } from '../math/local-kernels.js'
import type { Adapter, Lesson } from './adapter.js'
import { addEffects, alongDirections, forQuery } from './directions.js'
import { advance, MOST_GAIN, sharedOpenness } from './gate.js'
import { baseLogLikelihood, fleetingViewOf, logLikelihood, type View } from './likelihood.js'
import { type Evidence, stepInPlace } from './newton-step.js'
import { REPRESENTATIVES, representatives } from './representatives.js'
import type { SharedTier } from './tier.js'

/** A lesson as it is learned from: some of its candidates, with their logits and their places along the directions. One lesson is studied once and used several times. */
export interface Study {
  readonly view: View
  /** n × rank. */
  readonly along: Float32Array
}

export function study(lesson: Lesson, tier: SharedTier, most = REPRESENTATIVES): Study {
  const { rows, view } = representatives(fleetingViewOf(lesson, tier.scale), most)
  return { view, along: alongDirections(tier.space, lesson.features, rows) }
}

/**
 * The same where the item side is worked out for those alone that stand for the list.
 *
 * @param featuresOf x of these candidates: rows × d
 */
export function studyOf(
  lesson: Omit<Lesson, 'features'>,
  featuresOf: (rows: Uint32Array) => Float32Array,
  tier: SharedTier,
): Study {
  const { rows, view } = representatives(fleetingViewOf(lesson, tier.scale))
  return { view, along: alongDirections(tier.space, featuresOf(rows), Uint32Array.from(rows.keys())) }
}

/** The adapter after one more event: first it predicts, and the gates follow; then it learns. The adapter given is left as it is. */
export function learn(adapter: Adapter, lesson: Lesson, tier: SharedTier, sequence: number): Adapter {
  return learnFrom(adapter, study(lesson, tier), tier, sequence)
}

/** The same for a lesson that was studied already. */
export function learnFrom(adapter: Adapter, studied: Study, tier: SharedTier, sequence: number): Adapter {
  return learnAll(adapter, [{ studied, sequence }], tier)
}

/** The adapter after some events, oldest first, of which each is predicted before it is learned from. */
export function learnAll(adapter: Adapter, lessons: readonly NumberedStudy[], tier: SharedTier): Adapter {
  const { gateDiscount, memory } = tier.practice
  const prior = { variance: tier.space.priors, share: 1, memory }
  const own = { values: adapter.values.slice(), precisions: adapter.precisions.slice() } // written in place from here on
  let now: Adapter = { ...adapter, ...own }
  for (const { studied, sequence } of lessons) {
    const { without, withShared, withoutOwn, withOwn, evidence } = predictionsOf(now, studied, tier)
    stepInPlace(own, evidence, prior)
    now = {
      ...now,
      gate: advance(now.gate, withOwn - withoutOwn, gateDiscount, MOST_GAIN),
      sharedGate: advance(now.sharedGate, withShared - without, gateDiscount),
      lessons: now.lessons + 1,
      learnedTo: Math.max(now.learnedTo, sequence),
    }
  }
  return now
}

/** A lesson that was studied, and the sequence of its event within the user. */
export interface NumberedStudy {
  readonly studied: Study
  readonly sequence: number
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
  const effects = noEffects(base.length)
  const without = baseLogLikelihood(view)
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

const [effectsRoom, slopeRoom] = [f64Room(), f64Room()]

/** Zeros, in room that the next list takes over. */
function noEffects(n: number): Float64Array {
  const effects = effectsRoom(n)
  for (let i = 0; i < n; i++) effects[i] = 0
  return effects
}

/** What a lesson says at these effects: its log-likelihood, and slope and curvature along each direction. */
export function evidenceOf({ view, along }: Study, effects: Float64Array): Evidence & { readonly logLikelihood: number } {
  const { liking, target, query } = view
  const n = view.base.length
  const rank = along.length / n
  const bySlope = slopeRoom(n)
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
    const effects = noEffects(view.base.length)
    const { query } = view
    addEffects(along, forQuery(tier.base, query, tier.space.rank), heard, effects)
    addEffects(along, forQuery(adapter.values, query, tier.space.rank), 1, effects)
    return total + logLikelihood(view, effects)
  }, 0)
  return sum / studies.length
}
