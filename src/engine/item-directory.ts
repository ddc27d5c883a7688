import type { ItemId, ItemNo } from '../domain/ids.js'
import type { Item } from '../domain/item.js'
import type { NumberedItem } from '../features/catalogue.js'

/** Names and titles of items by number, and numbers by name: what the edge needs to read requests and to word answers. */
export interface ItemDirectory {
  readonly count: number
  item(itemNo: number): Item | undefined
  numberOf(itemId: string): ItemNo | undefined
  /** Puts items in, in place of what stood under their number. A hidden item keeps its title, for histories. */
  put(changes: readonly NumberedItem[]): void
}

export function createItemDirectory(): ItemDirectory {
  const items = new Map<number, Item>()
  const numbers = new Map<ItemId, ItemNo>()
  return {
    get count() {
      return items.size
    },
    item: (itemNo) => items.get(itemNo),
    numberOf: (itemId) => numbers.get(itemId as ItemId),
    put(changes) {
      for (const { itemNo, item } of changes) {
        items.set(itemNo, item)
        numbers.set(item.itemId, itemNo)
      }
    },
  }
}
