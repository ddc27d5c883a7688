import { eventKinds } from '../domain/event.js'
import { MS_PER_DAY } from '../domain/time.js'
import { type Catalogue, createCatalogue, type NumberedItem, rowOf } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import { createDatasetBuilder, type DatasetBuilder } from '../features/dataset-builder.js'
import { engagementOf } from '../features/engagement.js'
import type { EventColumns, Store } from '../storage/store.js'

/** Everything there is to learn from: the catalogue, and who did what in rows of it. */
export interface Corpus {
  readonly items: readonly NumberedItem[]
  readonly catalogue: Catalogue
  readonly dataset: Dataset
}

/** Reads items and events out of the store. Users who did not agree to teach are left out where the events are read. */
export async function corpusFromStore(store: Store, now: number, onEvents: (count: number) => void = () => {}): Promise<Corpus> {
  const items: NumberedItem[] = []
  for await (const batch of store.items.all()) items.push(...batch)
  const catalogue = createCatalogue(items)
  const builder = createDatasetBuilder(catalogue.itemNos)
  const ordinals = new Map<number, number>()
  let read = 0
  for await (const columns of store.events.trainingColumns({})) {
    addColumns(builder, columns, catalogue, ordinals)
    read += columns.itemNo.length
    onEvents(read)
  }
  return { items, catalogue, dataset: builder.build({ asOfDay: now / MS_PER_DAY }) }
}

function addColumns(builder: DatasetBuilder, columns: EventColumns, catalogue: Catalogue, ordinals: Map<number, number>): void {
  for (let at = 0; at < columns.itemNo.length; at++) {
    const row = rowOf(catalogue, columns.itemNo[at])
    if (row < 0) continue // the item is gone
    const rating = columns.rating[at]
    const engagement = engagementOf({
      kind: eventKinds[columns.kind[at]],
      rewatch: columns.rewatch[at] === 1,
      ...(!Number.isNaN(columns.completion[at]) && { completion: columns.completion[at] }),
      ...(!Number.isNaN(rating) && { rating: { value: rating, min: 0, max: 1 } }),
    })
    if (engagement === undefined) continue
    const userKey = columns.userKey[at]
    let ordinal = ordinals.get(userKey)
    if (ordinal === undefined) {
      ordinal = ordinals.size
      ordinals.set(userKey, ordinal)
    }
    builder.add(ordinal, row, engagement, columns.occurredAt[at] / MS_PER_DAY)
  }
}
