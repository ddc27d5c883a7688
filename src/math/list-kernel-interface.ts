/**
 * What is computed for one list of candidates at a time: some hundreds of rows, tens of columns. Arrays may be longer than what is used of them, so that
 * the same room serves lists of any length. Matrices are row-major.
 */

export interface ListKernels {
  /** Lowers the first `count` logits by the largest of them, in place; `chances` become their softmax. */
  softmax(logits: Float64Array, chances: Float64Array, count: number): void

  /** out[i, j] = Σ_f x[i, f]·turned[f, j] for the first `rows` rows and eight columns j: what rows lie at along eight directions. */
  alongEight(x: Float32Array, rows: number, turned: Float32Array, out: Float32Array): void

  /** out[i] = how many of the first `count` values are greater than value i. NaN is greater than none, and none than it. n² comparisons. */
  countGreater(values: Float32Array, out: Int32Array, count: number): void

  /** The weighted sums of bounded features, see BoundedSums. */
  boundedSums(sums: BoundedSums): void
}

/**
 *   out[i] = Σ_f weight[f] · bounded((values[i, f] − mean[f]) · inverse[f]),  bounded within ±most; what is not a number counts 0
 *
 * for the first `rows` rows of weight.length columns, in 64-bit arithmetic.
 */
export interface BoundedSums {
  readonly values: Float32Array
  readonly rows: number
  readonly weight: Float64Array
  readonly mean: Float64Array
  readonly inverse: Float64Array
  readonly most: number
  readonly out: Float64Array
}
