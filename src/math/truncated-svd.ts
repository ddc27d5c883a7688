/**
 * The leading singular vectors of a sparse matrix, by a random start and a few passes over the matrix:
 *
 *   M ← random,  repeat: M ← orthonormal(Aᵀ·A·M),   then A·M = U·Σ·Wᵀ gives the right singular vectors M·W
 *
 * Halko, Martinsson & Tropp, "Finding Structure with Randomness", SIAM Review 2011 (algorithms 4.4 and 5.1).
 *
 * Cost      O((entries + columns · dimensions) · dimensions) a pass.
 * Departs   in making M orthonormal by the Cholesky factor of its Gram matrix, which is fast; directions that depend on others in
 *           32-bit arithmetic are dropped, and end as zeros with singular value 0.
 */
import { assert } from './assert.js'
import { type Csr, transpose } from './csr.js'
import type { Kernels } from './kernels.js'
import type { Arena } from './memory.js'
import { withScratch } from './scratch.js'
import { symmetricEigen } from './symmetric-eigen.js'

export interface SingularVectors {
  /** Largest first; 0 where the matrix has no more. */
  readonly values: Float64Array
  /** columns × dimensions: column k belongs to values[k] and has length 1, or is zero. In the kernels' arena. */
  readonly vectors: Float32Array
}

export interface SvdSearch {
  readonly dimensions: number
  /** Passes after the first. 2 is enough where singular values fall slowly, as those of texts do. */
  readonly passes: number
  /** Normal numbers to begin from. */
  readonly normal: () => number
  /** Called several times with the share that is done. */
  readonly checkpoint: (done: number) => void
}

const SPARE = 8

/** What is asked for beyond the rank of the matrix is zeros. */
export function truncatedSvd(matrix: Csr, search: SvdSearch, kernels: Kernels): SingularVectors {
  const { dimensions, passes, checkpoint } = search
  const { arena } = kernels
  assert(dimensions > 0 && matrix.value.every(Number.isFinite), 'a matrix of finite numbers, and dimensions to bring it to')
  const vectors = arena.f32(matrix.columns * dimensions)
  const size = Math.min(dimensions + SPARE, matrix.rows, matrix.columns)
  const values = new Float64Array(dimensions)
  if (size === 0) return { values, vectors }
  withScratch(arena, () => {
    const straight = inArena(matrix, arena)
    const turned = inArena(transpose(matrix), arena)
    const basis = arena.f32(matrix.columns * size)
    const image = arena.f32(matrix.rows * size)
    for (let at = 0; at < basis.length; at++) basis[at] = search.normal()
    for (let pass = 0; pass <= passes; pass++) {
      multiply(straight, basis, size, image, kernels)
      multiply(turned, image, size, basis, kernels)
      makeOrthonormal(basis, size, kernels)
      checkpoint((pass + 1) / (passes + 2))
    }
    multiply(straight, basis, size, image, kernels)
    const { values: squares, vectors: rotation } = symmetricEigen(gramOf(image, size, kernels), size)
    const kept = Math.min(dimensions, size)
    for (let k = 0; k < kept; k++) values[k] = Math.sqrt(Math.max(0, squares[k]))
    const turn = arena.f32(size * dimensions) // column k is the k-th direction within the basis
    for (let k = 0; k < kept; k++) {
      if (values[k] <= NEGLIGIBLE * values[0]) values[k] = 0
      else for (let i = 0; i < size; i++) turn[i * dimensions + k] = rotation[k * size + i]
    }
    kernels.product({ a: basis, aLies: 'straight', b: turn, bLies: 'straight', inner: size, out: vectors, mode: 'replace' })
  })
  checkpoint(1)
  return { values, vectors }
}

/** Singular values below this share of the largest are noise of 32-bit arithmetic. */
const NEGLIGIBLE = 1e-5

interface PlacedRows {
  readonly start: Uint32Array
  readonly index: Uint32Array
  readonly value: Float32Array
}

function inArena({ start, index, value }: Csr, arena: Arena): PlacedRows {
  const placed = { start, index: arena.u32(index.length), value: arena.f32(value.length) }
  placed.index.set(index)
  placed.value.set(value)
  return placed
}

/** out = A·dense, row by row. */
function multiply(
  { start, index, value }: PlacedRows,
  dense: Float32Array,
  columns: number,
  out: Float32Array,
  kernels: Kernels,
): void {
  for (let row = 0; row + 1 < start.length; row++) {
    const [from, to] = [start[row], start[row + 1]]
    const sum = out.subarray(row * columns, (row + 1) * columns)
    kernels.weightedRowSum(dense, columns, index.subarray(from, to), value.subarray(from, to), sum)
  }
}

function gramOf(matrix: Float32Array, columns: number, kernels: Kernels): Float64Array {
  return withScratch(kernels.arena, () => {
    const gram = kernels.arena.f32(columns * columns)
    kernels.factorGram(matrix, columns, gram)
    return Float64Array.from(gram)
  })
}

/** Columns of length 1 at right angles to each other; what depends on the columns before it becomes zeros. */
function makeOrthonormal(matrix: Float32Array, columns: number, kernels: Kernels): void {
  withScratch(kernels.arena, () => {
    const turn = kernels.arena.f32(columns * columns)
    turn.set(inverseFactor(gramOf(matrix, columns, kernels), columns))
    const out = kernels.arena.f32(matrix.length)
    kernels.product({ a: matrix, aLies: 'straight', b: turn, bLies: 'turned', inner: columns, out, mode: 'replace' })
    matrix.set(out)
  })
}

/** L⁻¹ of G = L·Lᵀ, lower triangular; rows and columns of pivots that vanish are zeros. */
function inverseFactor(gram: Float64Array, n: number): Float64Array {
  let largest = 0
  for (let i = 0; i < n; i++) largest = Math.max(largest, gram[i * n + i])
  const inverse = new Float64Array(n * n)
  for (let j = 0; j < n; j++) {
    let pivot = gram[j * n + j]
    for (let k = 0; k < j; k++) pivot -= gram[j * n + k] ** 2
    const isDropped = pivot <= 1e-6 * largest
    const scale = isDropped ? 0 : 1 / Math.sqrt(pivot)
    for (let i = j + 1; i < n; i++) {
      let sum = gram[i * n + j]
      for (let k = 0; k < j; k++) sum -= gram[i * n + k] * gram[j * n + k]
      gram[i * n + j] = sum * scale
    }
    // Row j of L⁻¹ from the rows above it: L⁻¹[j] = (e_j − Σ_k L[j,k]·L⁻¹[k]) / L[j,j].
    for (let k = 0; k < j; k++) {
      const factor = gram[j * n + k] * scale
      if (factor === 0) continue
      for (let i = 0; i <= k; i++) inverse[j * n + i] -= factor * inverse[k * n + i]
    }
    inverse[j * n + j] = scale
  }
  return inverse
}
