/**
 * One recursive Newton step on a matrix of cells × directions, with diagonal curvature: the extended Kalman filter of a logit model with
 * fixed effects, without its off-diagonal terms.
 *
 *   P ← memory · P + C,    B ← B + (V⁻¹ + P)⁻¹ (G − (1 − memory) V⁻¹ B)
 *
 * G = c ⊗ g is the slope of the lesson's log-likelihood, V the prior variance. With memory below 1, what was learned fades and the prior,
 * which does not, draws B back; the second term is that pull. C_kj = c_k (Σ_l c_l) · curvature_j: several cells are lit at once and see the
 * same slope, and a plain diagonal would let each of them answer for all of it. The sum over the lit cells bounds the full matrix from above
 * (diagonal dominance), so that together they take one step, not three.
 *
 * Cost    O(lit cells × rank).
 */
export interface Weights {
  /** B: cells × rank. */
  readonly values: Float32Array
  /** P: cells × rank. */
  readonly precisions: Float32Array
}

export interface Evidence {
  /** c: one number per cell. */
  readonly query: Float32Array
  /** g: slope along each direction. Length rank. */
  readonly slope: Float64Array
  /** Curvature along each direction, ≥ 0. Length rank. */
  readonly curvature: Float64Array
}

/** What the numbers are drawn back to, and how fast what was learned fades. */
export interface Prior {
  /** V: cells × rank; a number of variance 0 stays as it is. `share` of it is the prior's. */
  readonly variance: Float32Array
  readonly share: number
  readonly memory: number
}

export function newtonStep({ values, precisions }: Weights, evidence: Evidence, prior: Prior): Weights {
  const next = { values: values.slice(), precisions: precisions.slice() }
  stepInPlace(next, evidence, prior)
  return next
}

/** The same step, taken by the numbers given. */
export function stepInPlace({ values, precisions }: Weights, { query, slope, curvature }: Evidence, from: Prior): void {
  const { variance, share, memory } = from
  const rank = slope.length
  let lit = 0
  for (let k = 0; k < query.length; k++) lit += Math.abs(query[k])
  for (let k = 0; k < query.length; k++) {
    const cell = query[k]
    if (cell === 0) continue // a cell that is not lit learns nothing, and forgets nothing
    for (let j = 0, at = k * rank; j < rank; j++, at++) {
      const prior = 1 / (share * variance[at])
      if (!Number.isFinite(prior)) continue
      const precision = memory * precisions[at] + Math.abs(cell) * lit * curvature[j]
      precisions[at] = precision
      values[at] += (cell * slope[j] - (1 - memory) * prior * values[at]) / (prior + precision)
    }
  }
}
