/**
 * Exact nearest neighbours by cosine: every vector is compared, and the best admissible ones picked (best-rows.ts). A filter that keeps 1 % of the
 * catalogue still fills the list, and costs nothing beside.
 *
 * Cost    one read of all vectors: 50,000 × 512 in 6 ms as 32-bit numbers, which is what reading that memory takes; 200,000 as bytes
 *         in 6 ms (bench/vector-search.ts).
 * Avoid   far beyond these sizes: there a graph index answers in a millisecond, and misses a few.
 */
import type { Kernels } from '../math/kernels.js'
import { quantiseFinely } from '../math/quantise.js'

/** Rows of bytes, each times its scale a vector. The scale of a row without a vector is NaN. */
export interface ByteVectors {
  readonly bytes: Int8Array
  readonly scales: Float32Array
}

/** Writes the cosine of every row with the vector into `out` (one number per row). Rows without a vector give NaN. */
export function scan(values: Float32Array, vector: Float32Array, out: Float32Array, kernels: Kernels): void {
  const held = kernels.arena.f32(vector.length)
  held.set(vector)
  kernels.matrixVector(values, vector.length, held, out)
}

/** The same of rows in bytes, each with its scale; see quantise.ts. */
export function scanBytes(rows: ByteVectors, vector: Float32Array, out: Float32Array, kernels: Kernels): void {
  const room = kernels.arena.u8(2 * vector.length)
  const held = new Int16Array(room.buffer, room.byteOffset, vector.length)
  const scale = quantiseFinely(vector, held)
  kernels.byteMatrixVector(rows.bytes, vector.length, held, rows.scales, out)
  for (let row = 0; row < out.length; row++) out[row] *= scale
}
