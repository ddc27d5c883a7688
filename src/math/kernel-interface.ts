/**
 * What the numeric kernels do, for both implementations. Callers import these types from kernels.ts.
 *
 * Matrices are row-major. Every array must lie in the kernels' arena, and none may overlap one that is written.
 */
import type { Bitmap } from './bitmap.js'
import type { Csr } from './csr.js'
import type { Forest } from './forest.js'
import type { ListKernels } from './list-kernel-interface.js'
import type { Arena } from './memory.js'
import type { Moments } from './moments.js'
import type { NeuralKernels } from './neural-kernel-interface.js'
import type { Sequences, Voters, WalkLevel } from './sparse-walk.js'

export interface Kernels extends NeuralKernels, ListKernels {
  readonly arena: Arena

  /** Σ a[i]·b[i]. */
  dot(a: Float32Array, b: Float32Array): number

  /** y += alpha·x, in place. */
  axpy(alpha: number, x: Float32Array, y: Float32Array): void

  /** out[j] = Σ_k weights[k]·matrix[rows[k], j]; `out` has `columns` numbers. The scoring loop of every dense item-item model. */
  weightedRowSum(matrix: Float32Array, columns: number, rows: Uint32Array, weights: Float32Array, out: Float32Array): void

  /** out[i] = matrix[i, :]·vector, for every row. */
  matrixVector(matrix: Float32Array, columns: number, vector: Float32Array, out: Float32Array): void

  /**
   * out[i] = scales[i]·Σ_j matrix[i, j]·vector[j], for every row of a matrix of bytes. The sum is exact, for `columns` is a multiple of 16,
   * at most 2,048, and no number of the vector beyond ±8,191.
   */
  byteMatrixVector(matrix: Int8Array, columns: number, vector: Int16Array, scales: Float32Array, out: Float32Array): void

  /** `moments` of moments.ts: mean and spread of the numbers that are not NaN. */
  moments(values: Float32Array): Moments

  /**
   * `topK` of top-k.ts: fills `into` with the positions of its length's highest admissible scores, best first, and returns how many
   * there are. The bitmap alone need not lie in the arena.
   */
  topK(scores: Float32Array, admissible: Bitmap | undefined, into: Uint32Array): number

  /**
   * `forestScores` of forest.ts, to the same bits: out[r] for each row of `values` (out.length × width). The forest must be one that
   * `isForest` accepted: its nodes are not looked at again.
   */
  forestScores(forest: Forest, values: Float32Array, width: number, out: Float32Array): void

  /** `pushLevel` of sparse-walk.ts. The matrix is square, and its columns are not looked at again: whoever made or read it checked them. */
  pushLevel(csr: Csr, level: WalkLevel, tolerance: number): number

  /** `windowVotes` of sparse-walk.ts. Items and places are not looked at again either. */
  windowVotes(rows: Sequences, voters: Voters, near: Float32Array, before: Float32Array, out: Float32Array): void

  /**
   * A → L with A = L·Lᵀ, in place; A is symmetric positive definite, n × n. Only the lower triangle is read and written.
   * Throws RangeError naming the pivot when A is not positive definite (in 32-bit arithmetic); A is then half overwritten.
   * Calls `between` every some milliseconds; when that throws, the work ends there.
   */
  cholesky(a: Float32Array, n: number, between?: () => void): void

  /** A → A⁻¹, in place and full; A is symmetric positive definite, n × n, of which the lower triangle is read. Throws and calls as cholesky does. */
  invertSpd(a: Float32Array, n: number, between?: () => void): void

  /** Solves A·X = B in place of B (n × m), given the lower Cholesky factor of A (n × n). */
  solveCholesky(factor: Float32Array, n: number, b: Float32Array, m: number): void

  /** FᵀF of a matrix F (rows × factors), full and symmetric, into `out` (factors × factors). */
  factorGram(fixed: Float32Array, factors: number, out: Float32Array): void

  /** One half-step of implicit ALS: fills `gram` with YᵀY of `fixed`, then solves every row as `alsSolveRows` does. */
  alsHalfStep(args: AlsHalfStep): void

  /**
   * The second part of a half-step, with `gram` as `factorGram` left it: one small system per row. One row is the fold-in of a
   * user at serving time.
   */
  alsSolveRows(args: AlsHalfStep): void

  /**
   * As `alsSolveRows`, but improves each row by `steps` steps of conjugate gradient from where `out` stands. A row that observed
   * nothing becomes zeros. From a sweep ago, three steps are near the solution at a fraction of the cost.
   */
  alsImproveRows(args: AlsHalfStep, steps: number): void
}

/**
 * For each row u, with y_i the rows of `fixed`, observed i listed by `start` and `columns`:
 *
 *   (α₀·YᵀY + Σ_i c_ui·y_i·y_iᵀ + reg_u·I)·x_u = Σ_i (c_ui + α₀)·y_i
 *
 * that is least squares towards 1 with weight α₀ + c_ui where observed, towards 0 with weight α₀ elsewhere.
 */
export interface AlsHalfStep {
  /** rows + 1 offsets into `columns` and `confidence`. */
  readonly start: Uint32Array
  readonly columns: Uint32Array
  /** c_ui ≥ 0, the weight of an observed entry beyond α₀. */
  readonly confidence: Float32Array
  /** Y, the factors of the other side: m × factors. */
  readonly fixed: Float32Array
  /** YᵀY, factors × factors: workspace of alsHalfStep, input of alsSolveRows. */
  readonly gram: Float32Array
  /** The solutions: rows × factors. Read by alsImproveRows alone. */
  readonly out: Float32Array
  readonly factors: number
  /** α₀ ≥ 0. */
  readonly unobservedWeight: number
  /** reg_u > 0, one per row. */
  readonly regularization: Float32Array
}
