/**
 * Directions found by gradient steps instead of moments, to compare with: each round walks through all users' lists and then moves A one Adam step up the
 * log-likelihood, with users' numbers taken as they are.
 *
 *   alternating   a user's numbers are learned from all of the user's lists, then A from the same lists: alternating minimisation
 *   ahead         A is moved by how well numbers learned from earlier lists say the next one: first-order meta-learning (Nichol et al., "On
 *                 first-order meta-learning algorithms", 2018)
 */
import { type Adapter, emptyAdapter } from '../../src/adapters/adapter.js'
import { addEffects, forQuery } from '../../src/adapters/directions.js'
import type { TierList } from '../../src/adapters/fit-tier.js'
import { learnFrom, study } from '../../src/adapters/learn.js'
import { logLikelihood } from '../../src/adapters/likelihood.js'
import { everybody } from '../../src/adapters/query-side.js'
import type { SharedTier } from '../../src/adapters/tier.js'
import { withDirections } from './spaces.js'

export function fittedSpace(
  start: SharedTier,
  teaching: readonly TierList[],
  how: 'alternating' | 'ahead',
  { rounds = 30, pace = 0.05 } = {},
): SharedTier {
  const { rank } = start.space
  const lists = teaching.filter(({ liking = 1 }) => liking > 0)
  const directions = Float64Array.from(start.space.directions)
  const [first, second] = [new Float64Array(directions.length), new Float64Array(directions.length)]
  const step = pace * Math.sqrt(directions.reduce((sum, value) => sum + value * value, 0) / directions.length)
  for (let round = 1; round <= rounds; round++) {
    const tier = { ...start, space: { ...start.space, directions: Float32Array.from(directions) } }
    const slope = slopeOf(tier, lists, how)
    for (let at = 0; at < directions.length; at++) {
      first[at] = 0.9 * first[at]! + 0.1 * slope[at]!
      second[at] = 0.99 * second[at]! + 0.01 * slope[at]! ** 2
      const spread = Math.sqrt(second[at]! / (1 - 0.99 ** round))
      if (spread > 0) directions[at]! += (step * first[at]!) / (1 - 0.9 ** round) / spread
    }
  }
  return withDirections(start, rank, Float32Array.from(directions))
}

/** ∂(log-likelihood of all lists)/∂A: rank × d. */
function slopeOf(tier: SharedTier, lists: readonly TierList[], how: 'alternating' | 'ahead'): Float64Array {
  const slope = new Float64Array(tier.space.directions.length)
  for (let from = 0, to = 0; from < lists.length; from = to) {
    while (to < lists.length && lists[to]!.user === lists[from]!.user) to++
    const own = lists.slice(from, to)
    let adapter: Adapter = emptyAdapter(tier.space)
    if (how === 'alternating') for (const list of own) adapter = learned(adapter, list, tier)
    for (const list of own) {
      addSlope(slope, adapter, list, tier)
      if (how === 'ahead') adapter = learned(adapter, list, tier)
    }
  }
  return slope
}

function lessonOf(list: TierList, tier: SharedTier) {
  return { ...list, liking: 1, query: list.query ?? everybody(tier.space) }
}

function learned(adapter: Adapter, list: TierList, tier: SharedTier): Adapter {
  return learnFrom(adapter, study(lessonOf(list, tier), tier), tier, 0)
}

/** Of one list: (c_qᵀ B)_j Σ_i (1[i = t] − p_i) x_i. */
function addSlope(slope: Float64Array, { values }: Adapter, list: TierList, tier: SharedTier): void {
  const { rank } = tier.space
  const { view, along } = study(lessonOf(list, tier), tier, Number.POSITIVE_INFINITY)
  const pull = forQuery(values, view.query, rank)
  const effects = new Float64Array(view.base.length)
  addEffects(along, pull, 1, effects)
  const bySlope = new Float64Array(effects.length)
  logLikelihood(view, effects, bySlope)
  const d = tier.space.features.length
  const gradient = new Float64Array(d)
  for (let i = 0; i < bySlope.length; i++) {
    for (let f = 0; f < d; f++) gradient[f]! += bySlope[i]! * list.features[i * d + f]!
  }
  for (let j = 0; j < rank; j++) for (let f = 0; f < d; f++) slope[j * d + f]! += pull[j]! * gradient[f]!
}
