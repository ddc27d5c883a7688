import { type Event, eventKinds } from '../../src/domain/event.js'
import type { EventId, ItemId, UserId } from '../../src/domain/ids.js'
import type { Item } from '../../src/domain/item.js'
import { fullConsent, noTraits, type User } from '../../src/domain/user.js'
import type { Database } from '../../src/storage/database.js'
import type { Store } from '../../src/storage/store.js'
import { itemWith } from '../catalogue-of.js'

/** What one conformance case works on. Cases share a database: each has names of its own. */
export interface Bench {
  readonly store: Store
  /** Behind the store's back: to damage things, and to look at plans. */
  readonly database: Database
  /** A name that no other case uses. */
  name(what: string | number): string
}

/** One sentence about every Store, and the check that it is true. */
export interface StoreCase {
  readonly name: string
  check(bench: Bench): Promise<void>
}

export function benchFor(store: Store, database: Database, prefix: string): Bench {
  return { store, database, name: (what) => `${prefix}/${what}` }
}

export const NOON = Date.UTC(2024, 5, 1, 12)

export function item(itemId: string, fields: Partial<Item> = {}): Item {
  return itemWith({ itemId, title: `Title of ${itemId}`, ...fields })
}

export function user(userId: string, fields: Partial<User> = {}): User {
  return { userId: userId as UserId, traits: noTraits, consent: fullConsent, ...fields }
}

export function event(eventId: string, userId: string, itemId: string, fields: Partial<Event> = {}): Event {
  return {
    eventId: eventId as EventId,
    userId: userId as UserId,
    itemId: itemId as ItemId,
    kind: 'complete',
    rewatch: false,
    occurredAt: NOON,
    ...fields,
  }
}

export const userId = (text: string): UserId => text as UserId
export const itemId = (text: string): ItemId => text as ItemId

/** Writes items under the case's names and returns their ids. */
export async function writeItems(bench: Bench, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, n) => bench.name(`item-${n}`))
  await bench.store.items.put(ids.map((id) => item(id)))
  return ids
}

export function results(append: { readonly receipts: readonly { readonly result: string }[] }): string[] {
  return append.receipts.map(({ result }) => result)
}

export async function gather<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = []
  for await (const batch of batches) all.push(...batch)
  return all
}

/** One row per event of a user in what training reads. */
export async function trainingRows(
  bench: Bench,
  userKey: number,
  options: { readonly before?: number; readonly batch?: number } = {},
): Promise<
  {
    readonly itemNo: number
    readonly kind: string
    readonly completion: number
    readonly rating: number
    readonly occurredAt: number
  }[]
> {
  const rows = []
  for await (const columns of bench.store.events.trainingColumns(options)) {
    for (let at = 0; at < columns.itemNo.length; at++) {
      if (columns.userKey[at] !== userKey) continue
      rows.push({
        itemNo: columns.itemNo[at]!,
        kind: eventKinds[columns.kind[at]!]!,
        completion: columns.completion[at]!,
        rating: columns.rating[at]!,
        occurredAt: columns.occurredAt[at]!,
      })
    }
  }
  return rows
}

/** Ids that are legal and that something somewhere usually breaks on. */
export const oddIds = [
  'a/b/../c?d=e&f#g%20',
  'quote \' double " back \\ slash \\u0000 \\x00',
  '{"json": [1, 2]}',
  '{1,2,NULL}',
  'NULL',
  '$1; drop table sona.users; --',
  ' leading, trailing ',
  'new\nline\ttab\rreturn',
  '🎬 👩‍👩‍👧‍👦 film',
  'عنوان طويل من اليمين',
  'e\u0301', // decomposed …
  '\u00e9', // … and composed: two ids, for ids are kept as they came
  'İstanbul',
  'istanbul',
  'x'.repeat(512),
  '🎬'.repeat(128),
] as const
