import type { ItemId } from '../../src/domain/ids.js'
import type { Item } from '../../src/domain/item.js'

/** A film that nobody said anything about but what is given. */
export function bareItem(itemId: string, fields: Partial<Item> = {}): Item {
  return {
    itemId: itemId as ItemId,
    kind: 'movie',
    title: itemId,
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
  }
}
