import { createKernels } from '../math/kernels.js'
import { createArena } from '../math/memory.js'
import { withScratch } from '../math/scratch.js'

/**
 * Σ weight · row of a table, for some rows at a time: what the graph of a catalogue's text model says in Gather and MatMul. ONNX Runtime copies
 * every row before it adds them up; here they are added where they lie, twice as fast (bench/encode-items.ts).
 */
export interface RowSums {
  /** @returns lists × columns: Σ_k weights[k] · table[rows[k]] of each */
  sum(lists: readonly RowList[]): Float32Array
}

export interface RowList {
  /** Rows of the table. */
  readonly tokens: Int32Array
  readonly weights: Float32Array
}

/** Beside the table: what one list and its sum need, and a reserve for memory that grows by steps. */
const ROOM_BYTES = 2 ** 24

/** @param table rows × columns as bytes, which are copied into memory that the kernels read */
export function createRowSums(table: Uint8Array, columns: number): RowSums {
  const kernels = createKernels(createArena(table.length + ROOM_BYTES))
  const { arena } = kernels
  const held = arena.f32(table.length / 4)
  new Uint8Array(held.buffer, held.byteOffset, table.length).set(table)
  return {
    sum(lists) {
      const sums = new Float32Array(lists.length * columns)
      for (const [at, { tokens, weights }] of lists.entries()) {
        withScratch(arena, () => {
          const rows = arena.u32(tokens.length)
          const heldWeights = arena.f32(weights.length)
          const out = arena.f32(columns)
          rows.set(tokens)
          heldWeights.set(weights)
          kernels.weightedRowSum(held, columns, rows, heldWeights, out)
          sums.set(out, at * columns)
        })
      }
      return sums
    },
  }
}
