import { expect } from 'vitest'
import { EARLIEST_MS } from '../../../src/domain/time.js'
import { gather, item, itemId, NOON, oddIds, type StoreCase, userId } from '../bench.js'

export const itemCases: readonly StoreCase[] = [
  {
    name: 'gives an item back as it was written',
    async check({ store, name }) {
      const written = item(name('full'), {
        kind: 'episode',
        title: 'Ünïcode — “title”',
        description: 'Two lines,\nand a backslash \\u0000 that is text.',
        genres: ['drama', 'science fiction'],
        cast: ['A', 'B'],
        directors: ['C'],
        franchise: 'F',
        seriesId: itemId(name('series')),
        season: 2,
        episode: 7,
        themes: ['loss'],
        moods: ['calm'],
        languages: ['de'],
        countries: ['DE', 'Soviet Union'],
        releasedAt: EARLIEST_MS,
        durationMinutes: 51.5,
        maturity: '13+',
        averageRating: 7.25,
        attributes: { imdb: 'tt1', votes: 12, classic: true, 'odd "key"': 'x' },
        hidden: true,
      })
      await store.items.put([written])
      expect((await store.items.get(written.itemId))?.item).toEqual(written)
    },
  },
  {
    name: 'keeps offers in order, with their windows and regions',
    async check({ store, name }) {
      const offers = [
        { platform: 'zeta', type: 'subscription', regions: ['DE', 'AT'], from: NOON, until: NOON + 1 },
        { platform: 'alpha', type: 'rental', regions: [] },
        { platform: 'alpha', type: 'free', regions: ['US'], until: NOON },
      ] as const
      const id = name('offers')
      await store.items.put([item(id, { offers })])
      expect((await store.items.get(itemId(id)))?.item.offers).toEqual(offers)
      await store.items.put([item(id, { offers: offers.slice(1) })])
      expect((await store.items.get(itemId(id)))?.item.offers).toEqual(offers.slice(1))
      await store.items.put([item(id)])
      expect((await store.items.get(itemId(id)))?.item.offers).toEqual([])
    },
  },
  {
    name: 'says whether a write created, updated or changed nothing',
    async check({ store, name }) {
      const put = async (...items: Parameters<typeof item>[]) =>
        (await store.items.put(items.map((given) => item(...given)))).map(({ change }) => change)
      expect(await put([name('a')], [name('b')])).toEqual(['created', 'created'])
      expect(await put([name('a')], [name('b'), { title: 'other' }])).toEqual(['unchanged', 'updated'])
      expect(await put([name('a'), { attributes: { x: 1, y: 2 } }])).toEqual(['updated'])
      expect(await put([name('a'), { attributes: { y: 2, x: 1 } }])).toEqual(['unchanged'])
      expect(await put([name('a'), { offers: [{ platform: 'p', type: 'free', regions: [] }] }])).toEqual(['updated'])
    },
  },
  {
    name: 'lets the last of a repeated id win, and answers once per row',
    async check({ store, name }) {
      const stored = await store.items.put([item(name('twice'), { title: 'first' }), item(name('other')), item(name('twice'))])
      expect(stored.map(({ change }) => change)).toEqual(['created', 'created', 'created'])
      expect(stored[0]!.itemNo).toBe(stored[2]!.itemNo)
      expect((await store.items.get(itemId(name('twice'))))?.item.title).toBe(`Title of ${name('twice')}`)
    },
  },
  {
    name: 'numbers items densely, and keeps an item’s number through every rewrite',
    async check({ store, name }) {
      const first = await store.items.put([item(name(0)), item(name(1)), item(name(0))])
      const again = await store.items.put([item(name(1), { title: 'new' }), item(name(0)), item(name(2)), item(name(2))])
      expect(again[0]!.itemNo).toBe(first[1]!.itemNo)
      expect(again[1]!.itemNo).toBe(first[0]!.itemNo)
      const start = Math.min(...first.map(({ itemNo }) => itemNo))
      expect(new Set([...first, ...again].map(({ itemNo }) => itemNo - start))).toEqual(new Set([0, 1, 2]))
    },
  },
  {
    name: 'numbers items densely when many writers bring the same and different items at once',
    async check({ store, name }) {
      const writers = Array.from({ length: 8 }, (_, writer) =>
        store.items.put(Array.from({ length: 25 }, (_, n) => item(name(`shared-${(n * 7 + writer) % 40}`)))),
      )
      const stored = (await Promise.all(writers)).flat()
      const numbers = new Map(stored.map((entry) => [entry.item.itemId, entry.itemNo]))
      for (const entry of stored) expect(entry.itemNo).toBe(numbers.get(entry.item.itemId))
      const sorted = [...numbers.values()].sort((a, b) => a - b)
      expect(sorted).toEqual(sorted.map((_, n) => sorted[0]! + n))
      expect(stored.filter(({ change }) => change === 'created').length).toBe(numbers.size)
    },
  },
  {
    name: 'leaves no hole in the numbers when a write is refused',
    async check({ store, name }) {
      const [before] = await store.items.put([item(name('before'))])
      await expect(store.items.put([item(name('good')), item(name('bad'), { title: 'a\0b' })])).rejects.toMatchObject({
        code: 'INVALID_ITEM',
      })
      expect(await store.items.get(itemId(name('good')))).toBeUndefined()
      const [after] = await store.items.put([item(name('after'))])
      expect(after!.itemNo).toBe(before!.itemNo + 1)
    },
  },
  {
    name: 'never gives a deleted item’s number again',
    async check({ store, name }) {
      const [first] = await store.items.put([item(name('gone'))])
      expect(await store.items.delete(itemId(name('gone')))).toBe(true)
      expect(await store.items.delete(itemId(name('gone')))).toBe(false)
      expect(await store.items.get(itemId(name('gone')))).toBeUndefined()
      expect((await store.items.numbersOf([itemId(name('gone'))])).size).toBe(0)
      const [second] = await store.items.put([item(name('gone'))])
      expect(second).toMatchObject({ change: 'created' })
      expect(second!.itemNo).toBeGreaterThan(first!.itemNo)
    },
  },
  {
    name: 'tells the numbers of the items it knows',
    async check({ store, name }) {
      const stored = await store.items.put([item(name('x')), item(name('y'))])
      const numbers = await store.items.numbersOf([itemId(name('y')), itemId(name('nobody')), itemId(name('x'))])
      expect(numbers).toEqual(new Map(stored.map((entry) => [entry.item.itemId, entry.itemNo])))
      expect(await store.items.numbersOf([])).toEqual(new Map())
    },
  },
  {
    name: 'walks all items in ascending order of number, in batches',
    async check({ store, name }) {
      await store.items.put(Array.from({ length: 12 }, (_, n) => item(name(n))))
      await store.items.delete(itemId(name(5)))
      const sizes: number[] = []
      const seen = []
      for await (const batch of store.items.all(5)) {
        sizes.push(batch.length)
        seen.push(...batch)
      }
      expect(Math.max(...sizes)).toBeLessThanOrEqual(5)
      const numbers = seen.map(({ itemNo }) => itemNo)
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
      const mine = seen.filter((entry) => entry.item.itemId.startsWith(name('')))
      expect(mine.map((entry) => entry.item.itemId)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11].map(name))
      expect(await gather(store.items.all())).toEqual(seen)
    },
  },
  {
    name: 'keeps odd ids apart and exactly as they came',
    async check({ store, name }) {
      const ids = oddIds.map((odd) => name(odd))
      const stored = await store.items.put(ids.map((id) => item(id)))
      expect(new Set(stored.map(({ itemNo }) => itemNo)).size).toBe(ids.length)
      for (const [at, id] of ids.entries()) {
        expect(await store.items.get(itemId(id))).toEqual({ itemNo: stored[at]!.itemNo, item: item(id) })
      }
      expect((await store.items.numbersOf(ids.map(itemId))).size).toBe(ids.length)
    },
  },
  {
    name: 'keeps a description of 10 MB',
    async check({ store, name }) {
      const description = 'Lång beskrivning. '.repeat(600_000)
      await store.items.put([item(name('long'), { description })])
      const stored = await store.items.get(itemId(name('long')))
      expect(stored?.item.description === description).toBe(true)
      await store.items.delete(itemId(name('long'))) // other cases walk all items
    },
  },
  {
    name: 'answers text that PostgreSQL cannot hold with a clear error, and goes on',
    async check({ store, name }) {
      const refused = expect.objectContaining({ code: expect.stringMatching(/^INVALID_/) })
      await expect(store.items.get(itemId(name('a\0b')))).rejects.toEqual(refused)
      await expect(store.items.numbersOf([itemId(name('a\0b'))])).rejects.toEqual(refused)
      await expect(store.events.userState(userId(name('a\0b')), 1)).rejects.toEqual(refused)
      await expect(store.items.put([item(name('half a surrogate'), { title: '\ud83c' })])).rejects.toEqual(refused)
      expect((await store.items.put([item(name('fine'))]))[0]).toMatchObject({ change: 'created' })
    },
  },
  {
    name: 'does nothing when given nothing',
    async check({ store }) {
      expect(await store.items.put([])).toEqual([])
    },
  },
]
