import type { Catalogue } from '../features/catalogue.js'
import { type Arena, MemoryBudgetExceeded } from '../math/memory.js'
import { EMBEDDING_DIMENSIONS, type EmbeddingStore } from '../storage/store.js'
import { textVersionOf } from './item-encoding.js'
import { createVectorRoom, createVectorRows, type VectorRoom } from './vector-room.js'

/** Up to so many items the vectors are kept as 32-bit numbers: 205 MB, scanned in some 11 ms (bench/vector-search.ts). */
const MOST_AS_NUMBERS = 100_000
/** And beyond as bytes, up to so many where the database has a graph to ask instead: two of 102 MB, each scanned in some 7 ms. */
const MOST_AS_BYTES = 200_000

/** In items of the catalogue. */
export interface VectorLimits {
  /** Default 100,000. */
  readonly mostAsNumbers?: number
  /** Default 200,000. Without a server's database there is none. */
  readonly mostAsBytes?: number
}

/** The stored vectors of the version in use, in the arena. Undefined where there are none; `problem` when they do not fit. */
export async function placeVectors(
  embeddings: EmbeddingStore,
  catalogue: Catalogue,
  arena: Arena,
  { mostAsNumbers = MOST_AS_NUMBERS, mostAsBytes = MOST_AS_BYTES }: VectorLimits = {},
): Promise<{ readonly room?: VectorRoom; readonly problem?: Error }> {
  const current = await embeddings.current()
  if (current === undefined) return {}
  const { version } = current
  if (catalogue.count > mostAsBytes && embeddings.hasGraph) return {}
  const mark = arena.mark()
  try {
    const as = catalogue.count > mostAsNumbers ? 'bytes' : 'numbers'
    const room = createVectorRoom(arena, { version, dimensions: EMBEDDING_DIMENSIONS, items: catalogue.count, as })
    const rows = createVectorRows(room, catalogue.itemNos)
    for await (const { itemNos, values } of embeddings.all(version)) {
      for (const [at, itemNo] of itemNos.entries())
        rows.put(itemNo, values.subarray(at * EMBEDDING_DIMENSIONS, (at + 1) * EMBEDDING_DIMENSIONS))
    }
    for await (const { itemNos, values } of embeddings.all(textVersionOf(version))) {
      for (const [at, itemNo] of itemNos.entries())
        rows.putText(itemNo, values.subarray(at * EMBEDDING_DIMENSIONS, (at + 1) * EMBEDDING_DIMENSIONS))
    }
    return { room }
  } catch (error) {
    if (!(error instanceof MemoryBudgetExceeded)) throw error
    arena.release(mark)
    return { problem: error }
  }
}
