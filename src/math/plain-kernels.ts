/**
 * Every kernel in plain TypeScript: textbook loops, sums in 64-bit, results stored as 32-bit. The yardstick for the fast kernels
 * in speed and in accuracy, and what they are tested against.
 */

import { forestScores } from './forest.js'
import type { AlsHalfStep, Kernels } from './kernel-interface.js'
import type { Arena } from './memory.js'
import { moments } from './moments.js'
import { notPositiveDefinite, rowNotPositiveDefinite } from './not-positive-definite.js'
import { plainListKernels } from './plain-list-kernels.js'
import { plainNeuralKernels } from './plain-neural-kernels.js'
import { pushLevel, windowVotes } from './sparse-walk.js'
import { topK } from './top-k.js'

/** The plain kernels without argument checks; `createPlainKernels` in kernels.ts is the public way to them. */
export function plainKernels(arena: Arena): Kernels {
  return {
    arena,
    ...plainListKernels,
    ...plainNeuralKernels,
    dot,
    axpy,
    weightedRowSum,
    matrixVector,
    byteMatrixVector,
    moments,
    forestScores,
    pushLevel,
    windowVotes,
    topK: (scores, admissible, into) => topK(scores, admissible, into.length, into).length,
    cholesky,
    invertSpd,
    solveCholesky,
    factorGram,
    alsHalfStep(args) {
      factorGram(args.fixed, args.factors, args.gram)
      alsSolveRows(args)
    },
    alsSolveRows,
    alsImproveRows,
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return Math.fround(sum)
}

function axpy(alpha: number, x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < x.length; i++) y[i] += alpha * x[i]
}

function weightedRowSum(
  matrix: Float32Array,
  columns: number,
  rows: Uint32Array,
  weights: Float32Array,
  out: Float32Array,
): void {
  const sums = new Float64Array(columns)
  for (let k = 0; k < rows.length; k++) {
    const row = matrix.subarray(rows[k] * columns, (rows[k] + 1) * columns)
    for (let j = 0; j < columns; j++) sums[j] += weights[k] * row[j]
  }
  out.set(sums)
}

function matrixVector(matrix: Float32Array, columns: number, vector: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = dot(matrix.subarray(i * columns, (i + 1) * columns), vector)
}

function byteMatrixVector(matrix: Int8Array, columns: number, vector: Int16Array, scales: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) {
    let sum = 0
    for (let j = 0; j < columns; j++) sum += matrix[i * columns + j] * vector[j]
    out[i] = Math.fround(sum) * scales[i]
  }
}

/** Row by row: L[i,j] = (A[i,j] − Σ_{k<j} L[i,k]·L[j,k]) / L[j,j]. */
function cholesky(a: Float32Array, n: number, between?: () => void): void {
  for (let i = 0; i < n; i++) {
    between?.()
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k]
      if (i === j && !(sum > 0 && sum < Number.POSITIVE_INFINITY)) throw notPositiveDefinite(i, n)
      a[i * n + j] = i === j ? Math.sqrt(sum) : sum / a[j * n + j]
    }
  }
}

/** Solves A·X = I. */
function invertSpd(a: Float32Array, n: number, between?: () => void): void {
  cholesky(a, n, between)
  const inverse = new Float32Array(n * n)
  for (let i = 0; i < n; i++) inverse[i * n + i] = 1
  solveCholesky(a, n, inverse, n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) a[i * n + j] = inverse[Math.max(i, j) * n + Math.min(i, j)]
  }
}

/** Forward through L, then back through Lᵀ. */
function solveCholesky(factor: Float32Array, n: number, b: Float32Array, m: number): void {
  const row = new Float64Array(m)
  const solveRow = (i: number, from: number, to: number, factorAt: (k: number) => number) => {
    for (let c = 0; c < m; c++) row[c] = b[i * m + c]
    for (let k = from; k < to; k++) {
      const weight = factorAt(k)
      for (let c = 0; c < m; c++) row[c] -= weight * b[k * m + c]
    }
    for (let c = 0; c < m; c++) b[i * m + c] = row[c] / factor[i * n + i]
  }
  for (let i = 0; i < n; i++) solveRow(i, 0, i, (k) => factor[i * n + k])
  for (let i = n - 1; i >= 0; i--) solveRow(i, i + 1, n, (k) => factor[k * n + i])
}

function factorGram(fixed: Float32Array, factors: number, out: Float32Array): void {
  const sums = new Float64Array(factors * factors)
  for (let at = 0; at < fixed.length; at += factors) addOuterProduct(sums, fixed.subarray(at, at + factors), 1)
  out.set(sums)
}

function alsSolveRows(args: AlsHalfStep): void {
  for (let row = 0; row < args.start.length - 1; row++) {
    const { system, target } = systemOf(args, row)
    if (!solveSmall(system, target)) throw rowNotPositiveDefinite(row)
    args.out.set(target, row * args.factors)
  }
}

function alsImproveRows(args: AlsHalfStep, steps: number): void {
  const { start, out, factors } = args
  for (let row = 0; row < start.length - 1; row++) {
    const x = out.subarray(row * factors, (row + 1) * factors)
    const { system, target } = systemOf(args, row)
    if (start[row] === start[row + 1]) x.fill(0)
    else if (!descend(system, target, x, steps)) throw rowNotPositiveDefinite(row)
  }
}

/** A and b of one row's A·x = b. */
function systemOf(
  { start, columns, confidence, regularization, fixed, gram, factors, unobservedWeight }: AlsHalfStep,
  row: number,
): { readonly system: Float64Array; readonly target: Float64Array } {
  const system = Float64Array.from(gram, (value) => unobservedWeight * value)
  const target = new Float64Array(factors)
  for (let at = start[row]; at < start[row + 1]; at++) {
    const y = fixed.subarray(columns[at] * factors, (columns[at] + 1) * factors)
    addOuterProduct(system, y, confidence[at])
    for (let f = 0; f < factors; f++) target[f] += (confidence[at] + unobservedWeight) * y[f]
  }
  for (let f = 0; f < factors; f++) system[f * factors + f] += regularization[row]
  return { system, target }
}

/** Conjugate gradient on A·x = b from x (Hestenes & Stiefel 1952). False when A is not positive definite along the way. */
function descend(a: Float64Array, b: Float64Array, x: Float32Array, steps: number): boolean {
  const n = b.length
  const times = (v: ArrayLike<number>) => b.map((_, i) => product(a.subarray(i * n, (i + 1) * n), v))
  const image = times(x)
  const residual = b.map((value, i) => value - image[i])
  let direction = residual.slice()
  let error = product(residual, residual)
  for (let step = 0; step < steps && error > 0; step++) {
    const moved = times(direction)
    const curvature = product(direction, moved)
    if (!(curvature > 0 && curvature < Number.POSITIVE_INFINITY)) return false
    for (let i = 0; i < n; i++) {
      x[i] += (error / curvature) * direction[i]
      residual[i] -= (error / curvature) * moved[i]
    }
    const left = product(residual, residual)
    direction = direction.map((value, i) => residual[i] + (left / error) * value)
    error = left
  }
  return error < Number.POSITIVE_INFINITY
}

function product(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

/** matrix += weight·y·yᵀ. */
function addOuterProduct(matrix: Float64Array, y: Float32Array, weight: number): void {
  for (let i = 0; i < y.length; i++) {
    for (let j = 0; j < y.length; j++) matrix[i * y.length + j] += weight * y[i] * y[j]
  }
}

/** Solves A·x = b in place of b by elimination; A is overwritten. False when A is not positive definite. */
function solveSmall(a: Float64Array, b: Float64Array): boolean {
  const n = b.length
  for (let k = 0; k < n; k++) {
    if (!(a[k * n + k] > 0 && a[k * n + k] < Number.POSITIVE_INFINITY)) return false
    for (let i = k + 1; i < n; i++) {
      const weight = a[i * n + k] / a[k * n + k]
      for (let j = k; j < n; j++) a[i * n + j] -= weight * a[k * n + j]
      b[i] -= weight * b[k]
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) b[i] -= a[i * n + j] * b[j]
    b[i] /= a[i * n + i]
  }
  return true
}
