import { type Circumstances, circumstancesOf } from '../adapters/query-side.js'
import { eventKinds } from '../domain/event.js'
import { type ItemId, itemNo } from '../domain/ids.js'
import type { Item } from '../domain/item.js'
import { MS_PER_DAY } from '../domain/time.js'
import { type Catalogue, createCatalogue, type NumberedItem, rowOf } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import { createDatasetBuilder, type DatasetBuilder } from '../features/dataset-builder.js'
import { engagementOf } from '../features/engagement.js'
import type { ItemVectors } from '../features/item-vectors.js'
import { likingOf } from '../features/liking.js'
import { type Feed, isRejected, type Rows } from '../formats/feed.js'
import type { Metadata } from '../formats/metadata.js'
import type { EventColumns, Store } from '../storage/store.js'

/** Everything there is to learn from: the catalogue, and who did what in rows of it. */
export interface Corpus {
  readonly items: readonly NumberedItem[]
  readonly catalogue: Catalogue
  readonly dataset: Dataset
  /** The durable number of each user of the dataset. Absent where there is no store. */
  readonly userKeys?: Float64Array
  /** The items' texts by an encoder that was named. Absent: a tower is fitted on them where a model reads texts. */
  readonly texts?: ItemVectors
}

/** Reads items, and the events before now, out of the store. Users who did not agree to teach are left out where the events are read. */
export async function corpusFromStore(store: Store, now: number, onEvents: (count: number) => void = () => {}): Promise<Corpus> {
  const items: NumberedItem[] = []
  for await (const batch of store.items.all()) items.push(...batch)
  const catalogue = createCatalogue(items)
  const builder = createDatasetBuilder(catalogue.itemNos)
  const ordinals = new Map<number, number>()
  let read = 0
  for await (const columns of store.events.trainingColumns({ before: now })) {
    addColumns(builder, columns, catalogue, ordinals)
    read += columns.itemNo.length
    onEvents(read)
  }
  const userKeys = Float64Array.from(ordinals.keys())
  return { items, catalogue, dataset: builder.build({ asOfDay: now / MS_PER_DAY }), userKeys }
}

function addColumns(builder: DatasetBuilder, columns: EventColumns, catalogue: Catalogue, ordinals: Map<number, number>): void {
  for (let at = 0; at < columns.itemNo.length; at++) {
    const row = rowOf(catalogue, columns.itemNo[at])
    if (row < 0) continue // the item is gone
    const rating = columns.rating[at]
    const event = {
      kind: eventKinds[columns.kind[at]],
      rewatch: columns.rewatch[at] === 1,
      ...(!Number.isNaN(columns.completion[at]) && { completion: columns.completion[at] }),
      ...(!Number.isNaN(rating) && { rating: { value: rating, min: 0, max: 1 } }),
    }
    const engagement = engagementOf(event)
    if (engagement === undefined) continue
    builder.add(ordinalOf(ordinals, columns.userKey[at]), row, engagement, columns.occurredAt[at] / MS_PER_DAY, {
      liking: likingOf(event) ?? 1,
      ...circumstancesIn(columns, at),
    })
  }
}

/** A time zone that nobody knows tells no hour. */
function circumstancesIn({ device, timeZone, occurredAt }: EventColumns, at: number): Circumstances {
  const said = { ...(device[at] !== null && { device: device[at] }) }
  if (timeZone[at] === null) return said
  try {
    return circumstancesOf({ ...said, timeZone: timeZone[at] }, occurredAt[at])
  } catch {
    return said
  }
}

/**
 * Reads items and events out of files, without a store between. Where the files hold no items, those that events name stand in,
 * with nothing known of them. Rows that cannot be used are counted.
 *
 * @param metadata what to add to items, the first with the first word
 */
export async function corpusFromFeed(
  feed: Feed,
  now: number,
  metadata: readonly Metadata[] = [],
): Promise<Corpus & { readonly rejectedRows: number }> {
  let rejectedRows = 0
  async function* values<T>(rows: Rows<T> | undefined): AsyncGenerator<T> {
    if (rows === undefined) return
    for await (const batch of rows) {
      for (const row of batch) {
        if (isRejected(row)) rejectedRows++
        else yield row.value
      }
    }
  }

  const byId = new Map<ItemId, Item>()
  if (feed.items !== undefined) for await (const item of values(feed.items())) byId.set(item.itemId, enriched(item, metadata))
  else for await (const { itemId } of values(feed.events?.())) byId.set(itemId, namelessItem(itemId))
  rejectedRows = 0
  const items = [...byId.values()].map((item, at): NumberedItem => ({ itemNo: itemNo(at), item }))
  const rows = new Map(items.map(({ item }, at) => [item.itemId, at]))

  const catalogue = createCatalogue(items)
  const builder = createDatasetBuilder(catalogue.itemNos)
  const ordinals = new Map<string, number>()
  for await (const event of values(feed.events?.())) {
    const row = rows.get(event.itemId)
    const engagement = engagementOf(event)
    if (row === undefined) rejectedRows++
    if (row === undefined || engagement === undefined) continue
    builder.add(ordinalOf(ordinals, event.userId), row, engagement, event.occurredAt / MS_PER_DAY, {
      liking: likingOf(event) ?? 1,
      ...circumstancesOf(event.context ?? {}, event.occurredAt),
    })
  }
  return { items, catalogue, dataset: builder.build({ asOfDay: now / MS_PER_DAY }), rejectedRows }
}

function enriched(item: Item, metadata: readonly Metadata[]): Item {
  return metadata.reduce((known, collection) => collection.enrich(known) ?? known, item)
}

function namelessItem(itemId: ItemId): Item {
  const nothing = { genres: [], cast: [], directors: [], themes: [], moods: [], languages: [], countries: [], offers: [] }
  return { itemId, kind: 'other', title: itemId, ...nothing, attributes: {}, hidden: false }
}

function ordinalOf<K>(ordinals: Map<K, number>, key: K): number {
  const known = ordinals.get(key)
  if (known !== undefined) return known
  ordinals.set(key, ordinals.size)
  return ordinals.size - 1
}
