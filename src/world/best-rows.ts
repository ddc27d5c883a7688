import type { Bitmap } from '../math/bitmap.js'
import type { Kernels } from '../math/kernels.js'

/** The rows of the highest admissible scores, best first; equals by lower row. NaN is never among them. In the kernels' arena. */
export function bestRows(scores: Float32Array, admissible: Bitmap, limit: number, { arena, topK }: Kernels): Uint32Array {
  const rows = arena.u32(Math.min(limit, scores.length))
  return rows.subarray(0, topK(scores, admissible, rows))
}
