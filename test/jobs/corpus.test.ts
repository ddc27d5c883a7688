import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/domain/event.js'
import type { EventId, ItemId, UserId } from '../../src/domain/ids.js'
import { circumstancesAt } from '../../src/features/entry-details.js'
import type { Feed } from '../../src/formats/feed.js'
import type { Metadata } from '../../src/formats/metadata.js'
import { corpusFromFeed, corpusFromStore } from '../../src/jobs/corpus.js'
import { openStore } from '../../src/storage/open.js'
import { itemWith } from '../catalogue-of.js'
import { smallItems } from '../small-world.js'
import { freshHome } from '../storage/fresh-home.js'

const row = <T>(value: T) => ({ file: 'films', line: 1, value })
const feed: Feed = {
  title: 'two films',
  notes: [],
  async *items() {
    yield [row(itemWith({ itemId: 'alien', title: 'Alien' })), row(itemWith({ itemId: 'heat', title: 'Heat' }))]
  },
}
const knowing = (title: string, themes: readonly string[], directors: readonly string[]): Metadata => ({
  title: 'a collection',
  enrich: (item) =>
    item.title === title ? { ...item, themes, directors: item.directors.length > 0 ? item.directors : directors } : undefined,
})

describe('a corpus from files', () => {
  it('joins what collections know of its items, the first with the first word', async () => {
    const collections = [knowing('Alien', ['space'], ['Ridley Scott']), knowing('Alien', ['horror'], ['somebody else'])]
    const { items, catalogue } = await corpusFromFeed(feed, 0, collections)
    expect(items.map(({ item }) => [item.title, item.themes, item.directors])).toEqual([
      ['Alien', ['horror'], ['Ridley Scott']],
      ['Heat', [], []],
    ])
    expect(catalogue.labels.directors.names).toEqual(['Ridley Scott'])
  })
})

describe('a corpus from the store', () => {
  it('knows the device and the hour of each entry, and whose each is', async () => {
    const { home, remove } = await freshHome()
    const store = await openStore({ home })
    try {
      await store.items.put(smallItems.map(({ item }) => item))
      const at = Date.UTC(2025, 5, 1, 22, 30)
      const seen = (userId: string, item: number, context: Event['context']): Event => ({
        eventId: `${userId}/${item}` as EventId,
        userId: userId as UserId,
        itemId: smallItems[item]!.item.itemId as ItemId,
        kind: 'complete',
        rewatch: false,
        occurredAt: at + item,
        ...(context && { context }),
      })
      await store.events.append([
        seen('ann', 0, { device: 'tv', timeZone: 'Europe/Berlin' }),
        seen('ann', 1, undefined),
        seen('bob', 2, { device: 'phone' }),
      ])
      const { dataset, userKeys } = await corpusFromStore(store, at + 1000)
      const known = [...dataset.items.keys()].map((entry) => circumstancesAt(dataset.details, entry))
      expect(known).toEqual([{ device: 'tv', localHour: 0 }, {}, { device: 'phone' }])
      const keys = await Promise.all(['ann', 'bob'].map(async (id) => (await store.events.userState(id as UserId, 1))!.userKey))
      expect([...userKeys!]).toEqual(keys)
    } finally {
      await store.close()
      remove()
    }
  })
})
