/**
 * All eigenvalues and eigenvectors of a symmetric matrix of some hundred rows: Householder's reduction to three diagonals, then implicit
 * QL steps (Golub & Van Loan, "Matrix Computations", §8.3; Bowdler, Martin, Reinsch & Wilkinson 1968). In 64-bit.
 *
 * Cost      about 9·n³ operations: half a second for 512 rows.
 */
import { assert } from './assert.js'

export interface Eigensystem {
  /** Largest first. */
  readonly values: Float64Array
  /** n × n: row k is the eigenvector of values[k], of length 1. */
  readonly vectors: Float64Array
}

/** @param matrix n × n, symmetric; left as it is */
export function symmetricEigen(matrix: Float64Array, n: number): Eigensystem {
  assert(matrix.length === n * n, () => `${matrix.length} numbers are no matrix of ${n} × ${n}`)
  const z = Float64Array.from(matrix) // becomes Qᵀ of the reduction: row k is column k of Q
  const diagonal = new Float64Array(n)
  const beside = new Float64Array(n)
  reduce(z, n, diagonal, beside)
  iterate(z, n, diagonal, beside)
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[b] - diagonal[a] || a - b)
  const vectors = new Float64Array(n * n)
  order.forEach((from, to) => {
    vectors.set(z.subarray(from * n, (from + 1) * n), to * n)
  })
  return { values: Float64Array.from(order, (from) => diagonal[from]), vectors }
}

/** A = Q·T·Qᵀ with T of three diagonals. One reflection for each column; `z` ends as Qᵀ. */
function reduce(z: Float64Array, n: number, diagonal: Float64Array, beside: Float64Array): void {
  const a = Float64Array.from(z)
  const reflections: Float64Array[] = []
  const product = new Float64Array(n)
  for (let k = 0; k + 1 < n; k++) {
    diagonal[k] = a[k * n + k]
    const v = reflectionOf(a, n, k)
    reflections.push(v)
    beside[k] = v.length === 0 ? a[(k + 1) * n + k] : v[n]
    if (v.length > 0) reflectBothSides(a, n, k + 1, v, product)
  }
  if (n > 0) diagonal[n - 1] = a[n * n - 1]
  z.fill(0)
  for (let i = 0; i < n; i++) z[i * n + i] = 1
  // Q = H₀·H₁·…: applied to the identity from the last to the first. Qᵀ has the same entries turned, so rows are reflected here.
  for (let k = reflections.length - 1; k >= 0; k--) {
    const v = reflections[k]
    if (v.length === 0) continue
    for (let row = k + 1; row < n; row++) {
      let sum = 0
      for (let j = k + 1; j < n; j++) sum += z[row * n + j] * v[j]
      for (let j = k + 1; j < n; j++) z[row * n + j] -= 2 * sum * v[j]
    }
  }
}

/** v of length 1, so that I − 2vvᵀ brings column k below the diagonal to (±its length, 0, …); v[n] is what then stands there. Empty: nothing to do. */
function reflectionOf(a: Float64Array, n: number, k: number): Float64Array {
  let squares = 0
  for (let i = k + 2; i < n; i++) squares += a[i * n + k] ** 2
  if (squares === 0) return new Float64Array(0)
  const head = a[(k + 1) * n + k]
  const length = Math.sqrt(head * head + squares)
  const target = head > 0 ? -length : length
  const v = new Float64Array(n + 1)
  v[k + 1] = head - target
  for (let i = k + 2; i < n; i++) v[i] = a[i * n + k]
  const scale = 1 / Math.sqrt(v[k + 1] ** 2 + squares)
  for (let i = k + 1; i < n; i++) v[i] *= scale
  v[n] = target
  return v
}

/** A ← (I − 2vvᵀ)·A·(I − 2vvᵀ) on rows and columns from `from` on: A − v·wᵀ − w·vᵀ with w = 2(p − (vᵀp)v), p = A·v. */
function reflectBothSides(a: Float64Array, n: number, from: number, v: Float64Array, w: Float64Array): void {
  let along = 0
  for (let i = from; i < n; i++) {
    let sum = 0
    for (let j = from; j < n; j++) sum += a[i * n + j] * v[j]
    w[i] = sum
    along += sum * v[i]
  }
  for (let i = from; i < n; i++) w[i] = 2 * (w[i] - along * v[i])
  for (let i = from; i < n; i++) {
    const [vi, wi] = [v[i], w[i]]
    for (let j = from; j < n; j++) a[i * n + j] -= vi * w[j] + wi * v[j]
  }
}

const MOST_STEPS = 60

/** Implicit QL with Wilkinson's shift, from the top; every rotation turns two rows of `z`. beside[i] couples rows i and i + 1. */
function iterate(z: Float64Array, n: number, d: Float64Array, e: Float64Array): void {
  for (let l = 0; l < n; l++) {
    for (let step = 0; ; step++) {
      let m = l
      while (m + 1 < n && Math.abs(e[m]) > Number.EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++
      if (m === l) break
      assert(step < MOST_STEPS, 'an eigenvalue is not found: the matrix holds numbers that are not finite')
      sweep(z, n, d, e, l, m)
    }
  }
}

/** One QL step over rows l … m. */
function sweep(z: Float64Array, n: number, d: Float64Array, e: Float64Array, l: number, m: number): void {
  const half = (d[l + 1] - d[l]) / (2 * e[l])
  let g = d[m] - d[l] + e[l] / (half + Math.sign(half || 1) * Math.hypot(half, 1))
  let [s, c, p] = [1, 1, 0]
  let i = m - 1
  for (; i >= l; i--) {
    const f = s * e[i]
    const b = c * e[i]
    const r = Math.hypot(f, g)
    e[i + 1] = r
    if (r === 0) {
      d[i + 1] -= p
      e[m] = 0
      return
    }
    s = f / r
    c = g / r
    g = d[i + 1] - p
    const turned = (d[i] - g) * s + 2 * c * b
    p = s * turned
    d[i + 1] = g + p
    g = c * turned - b
    for (let k = 0; k < n; k++) {
      const [lower, upper] = [z[i * n + k], z[(i + 1) * n + k]]
      z[(i + 1) * n + k] = s * lower + c * upper
      z[i * n + k] = c * lower - s * upper
    }
  }
  d[l] -= p
  e[l] = g
  e[m] = 0
}
