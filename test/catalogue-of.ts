import type { ItemId } from '../src/domain/ids.js'
import { itemNo } from '../src/domain/ids.js'
import type { Item } from '../src/domain/item.js'
import { type Catalogue, createCatalogue, type NumberedItem } from '../src/features/catalogue.js'

/** An item with nothing said about it but what is given. */
export function itemWith(fields: Partial<Omit<Item, 'itemId'>> & { readonly itemId: string }): Item {
  return {
    kind: 'movie',
    title: fields.itemId,
    genres: [],
    cast: [],
    directors: [],
    themes: [],
    moods: [],
    languages: [],
    countries: [],
    offers: [],
    attributes: {},
    hidden: false,
    ...fields,
    itemId: fields.itemId as ItemId,
  }
}

/** Items numbered 0, 1, 2, … in the order given. */
export function numbered(items: readonly Item[]): NumberedItem[] {
  return items.map((item, at) => ({ itemNo: itemNo(at), item }))
}

export function catalogueOf(...items: readonly Item[]): Catalogue {
  return createCatalogue(numbered(items))
}
