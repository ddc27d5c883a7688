import type { Item } from '../../src/domain/item.js'
import { itemWith } from '../catalogue-of.js'

/** A film that nobody said anything about but what is given. */
export const bareItem = (itemId: string, fields: Partial<Item> = {}): Item => itemWith({ itemId, ...fields })
