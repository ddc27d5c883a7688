import type { Lesson } from './adapter.js'
import type { FeatureSpace } from './tier.js'

/** Each candidate along each direction: z_i = A x_i. n × rank. */
export function alongDirections({ directions, rank, features }: FeatureSpace, lesson: Lesson): Float32Array {
  const d = features.length
  const n = lesson.base.length
  const along = new Float32Array(n * rank)
  for (let i = 0; i < n; i++) {
    const from = i * d
    for (let j = 0; j < rank; j++) {
      let sum = 0
      for (let f = 0, at = j * d; f < d; f++, at++) sum += directions[at] * lesson.features[from + f]
      along[i * rank + j] = sum
    }
  }
  return along
}

/** c_qᵀ B: how much a matrix of cells × directions moves each direction for this query. Length rank. */
export function forQuery(matrix: Float32Array, query: Float32Array, rank: number): Float64Array {
  const pull = new Float64Array(rank)
  for (let k = 0; k < query.length; k++) {
    if (query[k] === 0) continue
    for (let j = 0; j < rank; j++) pull[j] += query[k] * matrix[k * rank + j]
  }
  return pull
}

/** out_i ← out_i + share · pull · z_i. */
export function addEffects(along: Float32Array, pull: Float64Array, share: number, out: Float64Array): void {
  const rank = pull.length
  if (share === 0) return
  for (let i = 0, at = 0; i < out.length; i++) {
    let sum = 0
    for (let j = 0; j < rank; j++, at++) sum += pull[j] * along[at]
    out[i] += share * sum
  }
}
