/**
 * Ridge regression from rows that are partly dense and partly sparse:
 *
 *   minimise Σ_r w_r·‖[d_r, s_r]·B − y_r‖² + λ‖B‖²,   B = (ZᵀWZ + λI)⁻¹ ZᵀWY with Z = [D, S]
 *
 * Hoerl & Kennard, "Ridge Regression", Technometrics 1970.
 *
 * Cost      rows · (dense² + dense · sparse entries) to add up, columns³/3 to solve; memory columns². Sparse columns that no row uses
 *           take no part.
 */
import { assert } from './assert.js'
import type { Csr } from './csr.js'
import type { Kernels } from './kernels.js'
import { withScratch } from './scratch.js'

/** Rows of a dense block beside rows of a sparse one. */
export interface MixedRows {
  /** rows × denseColumns, in the kernels' arena. */
  readonly dense: Float32Array
  readonly denseColumns: number
  /** As many rows. */
  readonly sparse: Csr
}

export interface RidgeProblem {
  readonly rows: MixedRows
  /** rows × targetColumns, in the kernels' arena. */
  readonly targets: Float32Array
  readonly targetColumns: number
  /** w, one per row, 0 or more. */
  readonly weights: Float32Array
  /** λ > 0. */
  readonly regularization: number
  readonly checkpoint: (done: number) => void
}

/** @returns B: (denseColumns + sparse columns) × targetColumns, dense columns first; zeros for columns that no row uses. In the arena */
export function mixedRidge(problem: RidgeProblem, kernels: Kernels): Float32Array {
  const { rows, targetColumns, regularization, checkpoint } = problem
  const { arena } = kernels
  const coefficients = arena.f32((rows.denseColumns + rows.sparse.columns) * targetColumns)
  withScratch(arena, () => {
    const { slotOf, used } = usedColumns(problem)
    const size = rows.denseColumns + used.length
    if (size === 0) return
    const system = arena.f32(size * size)
    const right = arena.f32(size * targetColumns)
    addDense(problem, system, size, right, kernels)
    checkpoint(0.2)
    addSparse(problem, slotOf, system, size, right, kernels)
    checkpoint(0.4)
    for (let at = 0; at < size; at++) system[at * size + at] += regularization
    kernels.cholesky(system, size, () => checkpoint(0.4))
    kernels.solveCholesky(system, size, right, targetColumns)
    coefficients.set(right.subarray(0, rows.denseColumns * targetColumns))
    used.forEach((column, slot) => {
      const from = (rows.denseColumns + slot) * targetColumns
      coefficients.set(right.subarray(from, from + targetColumns), (rows.denseColumns + column) * targetColumns)
    })
  })
  checkpoint(1)
  return coefficients
}

/** out = [d, s]·B for one row; `out` has targetColumns numbers. Arrays in the arena. */
export function mixedProduct(
  rows: MixedRows,
  row: number,
  coefficients: Float32Array,
  out: Float32Array,
  kernels: Kernels,
): void {
  const { dense, denseColumns, sparse } = rows
  withScratch(kernels.arena, () => {
    const [from, to] = [sparse.start[row], sparse.start[row + 1]]
    const index = kernels.arena.u32(denseColumns + to - from)
    const weight = kernels.arena.f32(index.length)
    for (let at = 0; at < denseColumns; at++) index[at] = at
    weight.set(dense.subarray(row * denseColumns, (row + 1) * denseColumns))
    for (let at = from; at < to; at++) index[denseColumns + at - from] = denseColumns + sparse.index[at]
    weight.set(sparse.value.subarray(from, to), denseColumns)
    kernels.weightedRowSum(coefficients, out.length, index, weight, out)
  })
}

/** Sparse columns that rows of any weight use, ascending, and where each column stands among them. */
function usedColumns({ rows: { sparse }, weights }: RidgeProblem): { readonly slotOf: Int32Array; readonly used: Uint32Array } {
  const slotOf = new Int32Array(sparse.columns).fill(-1)
  for (let row = 0; row < sparse.rows; row++) {
    if (weights[row] > 0) for (let at = sparse.start[row]; at < sparse.start[row + 1]; at++) slotOf[sparse.index[at]] = 0
  }
  const used = Uint32Array.from(slotOf.keys()).filter((column) => slotOf[column] === 0)
  used.forEach((column, slot) => {
    slotOf[column] = slot
  })
  return { slotOf, used }
}

/** The dense block's own part of the system and of the right side. */
function addDense(problem: RidgeProblem, system: Float32Array, size: number, right: Float32Array, kernels: Kernels): void {
  const { rows, targets, targetColumns, weights } = problem
  const { dense, denseColumns } = rows
  assert(dense.length === denseColumns * weights.length, 'a dense row for each weight')
  if (dense.length === 0) return
  withScratch(kernels.arena, () => {
    const weighted = kernels.arena.f32(dense.length)
    weights.forEach((weight, row) => {
      const to = weighted.subarray(row * denseColumns, (row + 1) * denseColumns)
      if (weight > 0) kernels.axpy(weight, dense.subarray(row * denseColumns, (row + 1) * denseColumns), to)
    })
    const inner = weights.length
    const gram = kernels.arena.f32(denseColumns * denseColumns)
    kernels.product({ a: weighted, aLies: 'turned', b: dense, bLies: 'straight', inner, out: gram, mode: 'replace' })
    for (let at = 0; at < denseColumns; at++) {
      system.set(gram.subarray(at * denseColumns, (at + 1) * denseColumns), at * size)
    }
    const out = right.subarray(0, denseColumns * targetColumns)
    kernels.product({ a: weighted, aLies: 'turned', b: targets, bLies: 'straight', inner, out, mode: 'replace' })
  })
}

/** What the sparse columns add, with themselves and with the dense ones, below the diagonal. */
function addSparse(
  { rows, targets, targetColumns, weights }: RidgeProblem,
  slotOf: Int32Array,
  system: Float32Array,
  size: number,
  right: Float32Array,
  kernels: Kernels,
): void {
  const { dense, denseColumns, sparse } = rows
  for (let row = 0; row < sparse.rows; row++) {
    if (weights[row] === 0) continue
    const [from, to] = [sparse.start[row], sparse.start[row + 1]]
    const denseRow = dense.subarray(row * denseColumns, (row + 1) * denseColumns)
    const target = targets.subarray(row * targetColumns, (row + 1) * targetColumns)
    for (let at = from; at < to; at++) {
      const slot = denseColumns + slotOf[sparse.index[at]]
      const weight = weights[row] * sparse.value[at]
      kernels.axpy(weight, target, right.subarray(slot * targetColumns, (slot + 1) * targetColumns))
      if (denseColumns > 0) kernels.axpy(weight, denseRow, system.subarray(slot * size, slot * size + denseColumns))
      // Columns ascend within a row, so everything up to `at` lies on or below the diagonal.
      for (let other = from; other <= at; other++) {
        system[slot * size + denseColumns + slotOf[sparse.index[other]]] += weight * sparse.value[other]
      }
    }
  }
}
