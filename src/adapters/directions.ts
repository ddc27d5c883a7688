import { f32Room, localKernels } from '../math/local-kernels.js'
import type { FeatureSpace } from './tier.js'

/**
 * Some candidates along each direction: z_i = A x_i. rows × rank. In 32-bit arithmetic, eight directions at a time.
 *
 * @param x candidates × d
 */
export function alongDirections(space: FeatureSpace, x: Float32Array, rows: Uint32Array): Float32Array {
  const { rank } = space
  const d = space.features.length
  const n = rows.length
  const picked = pickedRoom(n * d)
  for (let i = 0; i < n; i++) picked.set(x.subarray(rows[i] * d, (rows[i] + 1) * d), i * d)
  const out = outRoom(n * EIGHT)
  const along = new Float32Array(n * rank)
  for (const [block, eight] of turned(space).entries()) {
    localKernels().alongEight(picked, n, eight, out)
    const first = block * EIGHT
    const wide = Math.min(EIGHT, rank - first)
    for (let i = 0; i < n; i++) for (let j = 0; j < wide; j++) along[i * rank + first + j] = out[i * EIGHT + j]
  }
  return along
}

const EIGHT = 8
const [pickedRoom, outRoom, turnedRoom] = [f32Room(), f32Room(), f32Room()]

/** The space whose directions lie in the room now. */
let lying: { readonly space: FeatureSpace; readonly blocks: readonly Float32Array[] } | undefined

/** A in blocks of eight directions, each d × 8, the last filled up with zeros. */
function turned(space: FeatureSpace): readonly Float32Array[] {
  if (lying?.space === space) return lying.blocks
  const { directions, rank } = space
  const d = space.features.length
  const room = turnedRoom(Math.ceil(rank / EIGHT) * EIGHT * d)
  const blocks = Array.from({ length: Math.ceil(rank / EIGHT) }, (_, at) => room.subarray(at * EIGHT * d, (at + 1) * EIGHT * d))
  for (let j = 0; j < EIGHT * blocks.length; j++) {
    const block = blocks[Math.floor(j / EIGHT)]
    for (let f = 0; f < d; f++) block[f * EIGHT + (j % EIGHT)] = j < rank ? directions[j * d + f] : 0
  }
  lying = { space, blocks }
  return blocks
}

/** c_qᵀ B: how much a matrix of cells × directions moves each direction for this query. Length rank. */
export function forQuery(matrix: Float32Array, query: Float32Array, rank: number): Float64Array {
  const pull = new Float64Array(rank)
  for (let k = 0; k < query.length; k++) {
    if (query[k] === 0) continue
    for (let j = 0; j < rank; j++) pull[j] += query[k] * matrix[k * rank + j]
  }
  return pull
}

/** out_i ← out_i + share · pull · z_i, for every row of `along`. */
export function addEffects(along: Float32Array, pull: Float64Array, share: number, out: Float64Array): void {
  const rank = pull.length
  if (share === 0) return
  for (let i = 0, at = 0; at < along.length; i++) {
    let sum = 0
    for (let j = 0; j < rank; j++, at++) sum += pull[j] * along[at]
    out[i] += share * sum
  }
}
