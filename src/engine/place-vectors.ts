import type { Catalogue } from '../features/catalogue.js'
import { type Arena, MemoryBudgetExceeded } from '../math/memory.js'
import { EMBEDDING_DIMENSIONS, type EmbeddingStore } from '../storage/store.js'
import { textVersionOf } from './item-encoding.js'
import { createVectorRoom, createVectorRows, type VectorRoom } from './vector-room.js'

/** Scanned in some 5 to 9 ms as bytes, by one processor (bench/vector-search.ts). Beyond it the database's graph is asked. */
const MOST_IN_MEMORY = 100_000

/** The stored vectors of the version in use, in the arena. Undefined where there are none; `problem` when they do not fit. */
export async function placeVectors(
  embeddings: EmbeddingStore,
  catalogue: Catalogue,
  arena: Arena,
): Promise<{ readonly room?: VectorRoom; readonly problem?: Error }> {
  const current = await embeddings.current()
  if (current === undefined) return {}
  const { version } = current
  if (catalogue.count > MOST_IN_MEMORY && embeddings.hasGraph) return {}
  const mark = arena.mark()
  try {
    const room = createVectorRoom(arena, version, EMBEDDING_DIMENSIONS, catalogue.count)
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
