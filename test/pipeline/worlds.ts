import { itemIndex } from '../../src/domain/ids.js'
import type { Item } from '../../src/domain/item.js'
import type { Query } from '../../src/domain/query.js'
import { noTraits } from '../../src/domain/user.js'
import { createKernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'
import { quantise } from '../../src/math/quantise.js'
import { rowVectorsOver } from '../../src/world/row-vectors.js'
import type { ByteVectors } from '../../src/world/vector-scan.js'
import { createWorld, unlimited, type World } from '../../src/world/visit.js'
import { catalogueOf, itemWith } from '../catalogue-of.js'

export const NOW = Date.UTC(2026, 0, 1)
export const WIDTH = 16
export const kernels = createKernels(createArena(2 ** 24))

/** A vector that points along some axes, of unit length. */
export function along(...axes: readonly number[]): Float32Array {
  const vector = new Float32Array(WIDTH)
  for (const axis of axes) vector[axis] = 1 / Math.sqrt(axes.length)
  return vector
}

/** A world of a few items without models, each with a vector or without, which are compared as numbers or as bytes. */
export function worldWith(
  rows: readonly (Partial<Omit<Item, 'itemId'>> & { readonly vector?: Float32Array })[],
  asked: Partial<Query> = {},
  as: 'numbers' | 'bytes' = 'numbers',
): { readonly world: World; readonly texts: ByteVectors; readonly query: Query } {
  const { arena } = kernels
  const catalogue = catalogueOf(...rows.map(({ vector: _, ...fields }, at) => itemWith({ itemId: `item-${at}`, ...fields })))
  const values = arena.f32(rows.length * WIDTH).fill(Number.NaN)
  const bytes = new Int8Array(arena.memory.buffer, arena.u8(rows.length * WIDTH).byteOffset, rows.length * WIDTH)
  const scales = arena.f32(rows.length).fill(Number.NaN)
  rows.forEach(({ vector }, row) => {
    if (vector === undefined) return
    values.set(vector, row * WIDTH)
    scales[row] = quantise(vector, bytes.subarray(row * WIDTH, (row + 1) * WIDTH))
  })
  const query: Query = { count: 10, context: {}, kinds: [], exclude: [], reasons: false, ...asked }
  const snapshot = {
    version: '1',
    catalogue,
    vectors: rowVectorsOver({ version: 'v', dimensions: WIDTH, rows: as === 'bytes' ? { bytes, scales } : values }),
    models: new Map(),
    rankings: new Map(),
  }
  const history = { items: arena.u32(1), engagement: arena.f32(1).fill(1), ageDays: arena.f32(1) }
  const visitor = { now: NOW, traits: noTraits, history, seen: new Uint32Array(0) }
  return { world: createWorld(query, snapshot, visitor, unlimited, kernels), texts: { bytes, scales }, query }
}

export const row = itemIndex
