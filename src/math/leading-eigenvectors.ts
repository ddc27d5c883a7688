/**
 * The eigenvectors of a large symmetric matrix that belong to its largest eigenvalues, by subspace iteration with a Rayleigh–Ritz
 * step at the end: Golub & Van Loan, "Matrix Computations", §8.2. What is asked for, and some more vectors for speed, are multiplied
 * by the matrix again and again and made orthogonal.
 *
 * Cost      one product of (count + 16) × n by n × n an iteration. Accuracy: enough to begin a training from, not to publish.
 */
import type { Kernels } from './kernels.js'
import { withScratch } from './scratch.js'

export interface Eigenpairs {
  /** Largest first. */
  readonly values: Float64Array
  /** count × n: row k belongs to values[k], and has length 1. In the kernels' memory. */
  readonly vectors: Float32Array
}

export interface EigenSearch {
  /** How many; at most n. */
  readonly count: number
  readonly iterations: number
  /** Normal numbers to begin from. */
  readonly normal: () => number
  /** Called after each iteration with the share that is done. */
  readonly checkpoint: (done: number) => void
}

const SPARE = 16

/** @param matrix n × n, symmetric, in the kernels' memory */
export function leadingEigenvectors(matrix: Float32Array, n: number, search: EigenSearch, kernels: Kernels): Eigenpairs {
  const vectors = kernels.arena.f32(search.count * n)
  const size = Math.min(n, search.count + SPARE)
  const values = withScratch(kernels.arena, () => {
    let basis = kernels.arena.f32(size * n) // rows are vectors
    let image = kernels.arena.f32(size * n)
    for (let at = 0; at < basis.length; at++) basis[at] = search.normal()
    makeOrthonormal(basis, n, kernels)
    const multiply = () =>
      kernels.product({ a: basis, aLies: 'straight', b: matrix, bLies: 'straight', inner: n, out: image, mode: 'replace' })
    for (let iteration = 0; iteration < search.iterations; iteration++) {
      multiply()
      ;[basis, image] = [image, basis]
      makeOrthonormal(basis, n, kernels)
      search.checkpoint((iteration + 1) / search.iterations)
    }
    multiply()
    const inner = kernels.arena.f32(size * size)
    kernels.product({ a: basis, aLies: 'straight', b: image, bLies: 'turned', inner: n, out: inner, mode: 'replace' })
    return combine(inner, size, basis, vectors, kernels)
  })
  return { values, vectors }
}

/** Rows of length 1, at right angles to each other (modified Gram–Schmidt, twice); a row that depends on those before it becomes 0. */
function makeOrthonormal(rows: Float32Array, n: number, kernels: Kernels): void {
  const count = rows.length / n
  for (let i = 0; i < count; i++) {
    const row = rows.subarray(i * n, (i + 1) * n)
    const before = Math.sqrt(kernels.dot(row, row))
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < i; k++) {
        const other = rows.subarray(k * n, (k + 1) * n)
        kernels.axpy(-kernels.dot(row, other), other, row)
      }
    }
    const length = Math.sqrt(kernels.dot(row, row))
    const scale = length > 1e-5 * before ? 1 / length : 0
    for (let j = 0; j < n; j++) row[j] *= scale
  }
}

/** Turns the basis so that its vectors are eigenvectors, as far as the basis holds them: the largest go into `vectors`. */
function combine(inner: Float32Array, size: number, basis: Float32Array, vectors: Float32Array, kernels: Kernels): Float64Array {
  const { values, rotation } = diagonalize(Float64Array.from(inner), size)
  const n = basis.length / size
  const count = vectors.length / n
  const order = Array.from(values.keys()).sort((a, b) => values[b] - values[a])
  for (let k = 0; k < count; k++) {
    for (let i = 0; i < size; i++) {
      const weight = rotation[i * size + order[k]]
      kernels.axpy(weight, basis.subarray(i * n, (i + 1) * n), vectors.subarray(k * n, (k + 1) * n))
    }
  }
  return Float64Array.from({ length: count }, (_, k) => values[order[k]])
}

const SWEEPS = 12

/** Jacobi's method for a small symmetric matrix: A → RᵀAR, diagonal; column k of the rotation R belongs to values[k]. */
function diagonalize(a: Float64Array, n: number): { readonly values: Float64Array; readonly rotation: Float64Array } {
  const rotation = new Float64Array(n * n)
  for (let i = 0; i < n; i++) rotation[i * n + i] = 1
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = (a[p * n + q] + a[q * n + p]) / 2
        if (apq === 0) continue
        const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq)
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const c = 1 / Math.sqrt(t * t + 1)
        turnColumns(a, n, p, q, c, t * c)
        turnRows(a, n, p, q, c, t * c)
        turnColumns(rotation, n, p, q, c, t * c)
      }
    }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]), rotation }
}

function turnColumns(a: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  for (let i = 0; i < n; i++) {
    const [x, y] = [a[i * n + p], a[i * n + q]]
    a[i * n + p] = c * x - s * y
    a[i * n + q] = s * x + c * y
  }
}

function turnRows(a: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  for (let j = 0; j < n; j++) {
    const [x, y] = [a[p * n + j], a[q * n + j]]
    a[p * n + j] = c * x - s * y
    a[q * n + j] = s * x + c * y
  }
}
