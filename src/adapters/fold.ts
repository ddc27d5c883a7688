import type { Adapter } from './adapter.js'
import { openness, sharedOpenness } from './gate.js'
import type { SharedTier } from './tier.js'

/**
 * The query side folded into one weight per feature: w = (s·B₀ + g·B_u)ᵀ c applied to A, so that a candidate's effect, in log-odds, is w · x.
 * Undefined where nothing speaks: the base order then stands, bit for bit. Length d.
 *
 * Throws nothing for an adapter of another space: whoever loads adapters compares their spaces with the tier's.
 */
export function fold(tier: SharedTier, adapter: Adapter | undefined, query: Float32Array): Float32Array | undefined {
  const pull = pullOf(tier, adapter, query)
  return pull && alongFeatures(pull, tier.space.directions, tier.space.features.length)
}

/** How the folded adapter goes with each feature among the candidates of a list (covariance): what it leans to, in words. Length d. */
export function leaningOf(tier: SharedTier, adapter: Adapter | undefined, query: Float32Array): Float32Array | undefined {
  const pull = pullOf(tier, adapter, query)
  return pull && alongFeatures(pull, tier.space.loadings, tier.space.features.length)
}

/** (s·B₀ + g·B_u)ᵀ c: length rank. */
function pullOf(tier: SharedTier, adapter: Adapter | undefined, query: Float32Array): Float64Array | undefined {
  const { rank } = tier.space
  const shared = sharedOpenness(tier, adapter?.sharedGate)
  const own = adapter === undefined ? 0 : openness(adapter.gate)
  if (shared === 0 && own === 0) return undefined
  const pull = new Float64Array(rank)
  for (let k = 0, at = 0; k < query.length; k++) {
    for (let j = 0; j < rank; j++, at++) {
      pull[j] += query[k] * (shared * tier.base[at] + (adapter === undefined ? 0 : own * adapter.values[at]))
    }
  }
  return pull.every((value) => value === 0) ? undefined : pull
}

/** @param matrix rank × d */
function alongFeatures(pull: Float64Array, matrix: Float32Array, d: number): Float32Array {
  const sums = new Float64Array(d)
  for (let j = 0, at = 0; j < pull.length; j++) {
    for (let f = 0; f < d; f++, at++) sums[f] += pull[j] * matrix[at]
  }
  return Float32Array.from(sums)
}
