import type { ItemNo } from '../domain/ids.js'
import type { NumberedItem } from '../features/catalogue.js'
import { EMBEDDING_DIMENSIONS, type Store } from '../storage/store.js'
import type { ItemDirectory } from './item-directory.js'
import { textVersionOf } from './item-encoding.js'
import type { VectorRows } from './vector-room.js'

/** What another process wrote, shown here too: items are read anew as they are named, with their vectors. */
export interface ItemFollower {
  /** Resolves when all that was heard of is shown. */
  idle(): Promise<void>
  close(): void
}

export interface ItemFollowerParts {
  readonly store: Pick<Store, 'items' | 'embeddings' | 'onItemsAnnounced'>
  readonly directory: ItemDirectory
  readonly show: (items: readonly NumberedItem[]) => Promise<void>
  /** Where the vectors are, and of which version; undefined while there are none in memory. */
  readonly vectors: () => { readonly version: string; readonly rows: VectorRows } | undefined
  readonly onProblem: (what: string, error: unknown) => void
}

export function followItems({ store, directory, show, vectors, onProblem }: ItemFollowerParts): ItemFollower {
  const heard = new Set<number>()
  let working: Promise<void> | undefined

  async function work(): Promise<void> {
    while (heard.size > 0) {
      const some = [...heard]
      heard.clear()
      const items = await store.items.numbered(some)
      const found = new Set<number>(items.map(({ itemNo }) => itemNo))
      const gone = some.filter((itemNo) => !found.has(itemNo)).flatMap((itemNo) => hiddenItem(itemNo as ItemNo))
      await show([...items, ...gone])
      await showVectors(Int32Array.from(found))
    }
  }

  /** An item that was deleted; nothing where this process never knew it. */
  function hiddenItem(itemNo: ItemNo): readonly NumberedItem[] {
    const item = directory.item(itemNo)
    return item === undefined ? [] : [{ itemNo, item: { ...item, hidden: true } }]
  }

  async function showVectors(itemNos: Int32Array): Promise<void> {
    const loaded = vectors()
    if (loaded === undefined) return
    const { version, rows } = loaded
    const [own, texts] = [await store.embeddings.of(version, itemNos), await store.embeddings.of(textVersionOf(version), itemNos)]
    const vectorAt = (values: Float32Array, at: number): Float32Array =>
      values.subarray(at * EMBEDDING_DIMENSIONS, (at + 1) * EMBEDDING_DIMENSIONS)
    for (const [at, itemNo] of own.itemNos.entries()) rows.put(itemNo, vectorAt(own.values, at))
    for (const [at, itemNo] of texts.itemNos.entries()) rows.putText(itemNo, vectorAt(texts.values, at))
  }

  function start(): void {
    working ??= work()
      .catch((error: unknown) => onProblem('What another server wrote could not be read; it comes with the next models.', error))
      .finally(() => {
        working = undefined
        if (heard.size > 0) start()
      })
  }

  const end = store.onItemsAnnounced((itemNos) => {
    for (const itemNo of itemNos) heard.add(itemNo)
    start()
  })
  return {
    async idle() {
      while (working !== undefined) await working
    },
    close: () => {
      end()
      heard.clear()
    },
  }
}
