import type { Lesson } from './adapter.js'
import { addEffects, alongDirections, forQuery } from './directions.js'
import { logLikelihood, viewOf } from './likelihood.js'
import type { FeatureSpace } from './tier.js'

/** The loss of one lesson, −log-likelihood, and its slope in every parameter. B is B₀ + B_u: the slope is the same in either. */
export interface Gradient {
  readonly loss: number
  /** ∂loss/∂B = −c ⊗ A·e, e = Σ slope_i x_i. cells × rank. */
  readonly values: Float64Array
  /** ∂loss/∂A = −(Bᵀc) ⊗ e. rank × d. */
  readonly directions: Float64Array
}

/** @param values B: cells × rank */
export function gradientOf(space: FeatureSpace, scale: number, values: Float32Array, lesson: Lesson): Gradient {
  const { rank, directions } = space
  const d = space.features.length
  const n = lesson.base.length
  const pull = forQuery(values, lesson.query, rank)
  const effects = new Float64Array(n)
  addEffects(
    alongDirections(
      space,
      lesson.features,
      Uint32Array.from({ length: n }, (_, i) => i),
    ),
    pull,
    1,
    effects,
  )
  const slope = new Float64Array(n)
  const loss = -logLikelihood(viewOf(lesson, scale), effects, slope)

  const e = new Float64Array(d)
  for (let i = 0; i < n; i++) for (let f = 0; f < d; f++) e[f] += slope[i] * lesson.features[i * d + f]
  const byValues = new Float64Array(values.length)
  const byDirections = new Float64Array(directions.length)
  for (let j = 0; j < rank; j++) {
    let along = 0
    for (let f = 0; f < d; f++) {
      along += directions[j * d + f] * e[f]
      byDirections[j * d + f] = -pull[j] * e[f]
    }
    for (let k = 0; k < lesson.query.length; k++) byValues[k * rank + j] = -lesson.query[k] * along
  }
  return { loss, values: byValues, directions: byDirections }
}

/** The objective of one user over a batch: Σ loss + ½ Σ B² / V, what the recursive steps descend on. Numbers of prior variance 0 are left out. */
export function batchObjective(space: FeatureSpace, scale: number, values: Float32Array, lessons: readonly Lesson[]): number {
  const prior = values.reduce((sum, value, at) => (space.priors[at] > 0 ? sum + (value * value) / space.priors[at] : sum), 0)
  return lessons.reduce((sum, lesson) => sum + gradientOf(space, scale, values, lesson).loss, prior / 2)
}
