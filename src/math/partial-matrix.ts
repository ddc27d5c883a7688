/**
 * A dense square matrix over some of `size` rows: those worth m numbers each. The others are unknown; named in a sum they count
 * for nothing, and asked for they answer NaN.
 */
import { assert } from './assert.js'
import type { Kernels } from './kernels.js'
import { withScratch } from './scratch.js'

export interface PartialMatrix {
  readonly size: number
  /** The m rows it covers, ascending. */
  readonly rows: Uint32Array
  /** Where each of the `size` rows stands in `rows`; −1 when it is not covered. */
  readonly slotOf: Int32Array
  /** m × m, row-major, in the kernels' arena. */
  readonly values: Float32Array
}

/** The slot of each of `size` rows among the covered ones, −1 elsewhere. */
export function slotsOf(size: number, rows: Uint32Array): Int32Array {
  const slotOf = new Int32Array(size).fill(-1)
  rows.forEach((row, slot) => {
    slotOf[row] = slot
  })
  return slotOf
}

export function partialMatrix(size: number, rows: Uint32Array, values: Float32Array): PartialMatrix {
  assert(values.length === rows.length * rows.length, () => `${values.length} numbers for ${rows.length} rows`)
  return { size, rows, slotOf: slotsOf(size, rows), values }
}

/**
 * out[j] = Σ_k weights[k]·matrix[named[k], j] for every j < size; all NaN when no covered row is named with a weight. The arrays
 * must lie in the kernels' arena.
 */
export function partialRowSum(
  kernels: Kernels,
  matrix: PartialMatrix,
  named: Uint32Array,
  weights: Float32Array,
  out: Float32Array,
): void {
  const { rows, values } = matrix
  withScratch(kernels.arena, () => {
    const known = knownTerms(kernels, matrix, named, weights)
    out.fill(Number.NaN)
    if (known.slots.length === 0) return
    const isWhole = rows.length === out.length
    const sums = isWhole ? out : kernels.arena.f32(rows.length)
    kernels.weightedRowSum(values, rows.length, known.slots, known.weights, sums)
    if (!isWhole) for (let slot = 0; slot < rows.length; slot++) out[rows[slot]] = sums[slot]
  })
}

/** The named rows that are covered and weigh something, as slots, in scratch. */
function knownTerms({ arena }: Kernels, { slotOf }: PartialMatrix, named: Uint32Array, weights: Float32Array) {
  const slots = arena.u32(named.length)
  const kept = arena.f32(named.length)
  let count = 0
  for (let k = 0; k < named.length; k++) {
    if (slotOf[named[k]] < 0 || weights[k] === 0) continue
    slots[count] = slotOf[named[k]]
    kept[count++] = weights[k]
  }
  return { slots: slots.subarray(0, count), weights: kept.subarray(0, count) }
}

/**
 * The same numbers, bit for bit, at some columns only. The whole sum is made all the same: reading rows in a stream costs less
 * than jumping to a few hundred places in each of them.
 */
export function partialRowSumAt(
  kernels: Kernels,
  matrix: PartialMatrix,
  named: Uint32Array,
  weights: Float32Array,
  columns: Uint32Array,
  out: Float32Array,
): void {
  withScratch(kernels.arena, () => {
    const sums = kernels.arena.f32(matrix.size)
    partialRowSum(kernels, matrix, named, weights, sums)
    for (let k = 0; k < columns.length; k++) out[k] = sums[columns[k]]
  })
}

/** out[k] = weights[k]·matrix[named[k], column]: the terms of the sum at one column. Zeros where there is no sum. */
export function partialRowTerms(
  { slotOf, rows, values }: PartialMatrix,
  named: Uint32Array,
  weights: Float32Array,
  column: number,
  out: Float32Array,
): void {
  for (let k = 0; k < named.length; k++) {
    const isKnown = slotOf[named[k]] >= 0 && slotOf[column] >= 0
    out[k] = isKnown ? weights[k] * values[slotOf[named[k]] * rows.length + slotOf[column]] : 0
  }
}
