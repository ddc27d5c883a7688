import { expect } from 'vitest'
import { countsAsSeen, eventKinds, type Rating } from '../../../src/domain/event.js'
import type { RecommendationId } from '../../../src/domain/ids.js'
import { type Bench, event, NOON, oddIds, results, type StoreCase, userId, writeItems } from '../bench.js'

export const appendCases: readonly StoreCase[] = [
  {
    name: 'gives an event back as it was written',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      const written = event(name('e'), name('u'), film!, {
        kind: 'progress',
        completion: 1 / 3,
        rating: { value: 3.7, min: 0.5, max: 5 },
        rewatch: true,
        occurredAt: NOON + 123,
        context: { timeZone: 'Europe/Berlin', device: 'tv', platforms: ['α', 'b'], mood: 'quote " and \\u0000', party: [] },
        recommendationId: name('r') as RecommendationId,
      })
      const plain = event(name('p'), name('u'), film!, { occurredAt: NOON })
      await store.events.append([written, plain])
      expect((await store.events.userState(userId(name('u')), 5))?.events.map((stored) => stored.event)).toEqual([written, plain])
    },
  },
  {
    name: 'accepts an event once, however often it comes',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      const e = event('same', name('u'), film!)
      expect(results(await store.events.append([e, e]))).toEqual(['accepted', 'duplicate'])
      expect(results(await store.events.append([e]))).toEqual(['duplicate'])
      expect(results(await store.events.append([{ ...e, kind: 'dismiss', occurredAt: 5 }]))).toEqual(['duplicate'])
      expect(results(await store.events.append([event('same', name('other user'), film!)]))).toEqual(['accepted'])
      expect((await store.events.userState(userId(name('u')), 5))?.events.map((stored) => stored.event)).toEqual([e])
    },
  },
  {
    name: 'moves a user’s version by one per append that brought something, and says so',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      const version = async (who: string) => (await store.events.userState(userId(name(who)), 1))?.version
      const first = await store.events.append([
        event('1', name('a'), film!),
        event('2', name('a'), film!),
        event('1', name('b'), film!),
      ])
      expect(first.versions).toEqual(
        new Map([
          [name('a'), 1],
          [name('b'), 1],
        ]),
      )
      const second = await store.events.append([event('2', name('a'), film!), event('2', name('b'), film!)])
      expect(second.versions).toEqual(
        new Map([
          [name('a'), 1],
          [name('b'), 2],
        ]),
      )
      expect([await version('a'), await version('b')]).toEqual([1, 2])
    },
  },
  {
    name: 'refuses events of unknown items one by one, and creates no user for them alone',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      await store.items.put([{ ...(await store.items.get(film as never))!.item, itemId: name('deleted') as never }])
      await store.items.delete(name('deleted') as never)
      const append = await store.events.append([
        event('1', name('u'), name('nothing')),
        event('2', name('u'), film!),
        event('3', name('nobody'), name('nothing')),
        event('4', name('u'), name('deleted')),
      ])
      expect(results(append)).toEqual(['item-not-found', 'accepted', 'item-not-found', 'item-not-found'])
      expect(append.versions).toEqual(new Map([[name('u'), 1]]))
      expect(await store.users.get(userId(name('nobody')))).toBeUndefined()
      expect((await store.events.userState(userId(name('u')), 5))?.events.length).toBe(1)
    },
  },
  {
    name: 'numbers each user’s events in the order they came',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      const ids = ['z', 'a', 'm', 'b']
      await store.events.append(ids.slice(0, 2).map((id) => event(id, name('u'), film!)))
      await store.events.append([event('a', name('u'), film!), ...ids.slice(2).map((id) => event(id, name('u'), film!))])
      const events = (await store.events.userState(userId(name('u')), 9))!.events
      expect(events.map((stored) => stored.event.eventId)).toEqual(['b', 'm', 'a', 'z'])
      const sequences = events.map(({ sequence }) => sequence)
      expect(sequences).toEqual([...sequences].sort((a, b) => b - a))
      expect(new Set(sequences).size).toBe(4)
    },
  },
  {
    name: 'writes all of an append or nothing',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      await expect(
        store.events.append([event('1', name('u'), film!), event('2', name('u'), film!, { context: { mood: 'a\0b' } })]),
      ).rejects.toMatchObject({ code: 'INVALID_EVENT' })
      expect(await store.users.get(userId(name('u')))).toBeUndefined()
    },
  },
  {
    name: 'remembers as seen exactly what the rule calls seen',
    async check(bench) {
      const { store, name } = bench
      const completions = [undefined, 0, 0.49, 0.5, 1]
      const variants = eventKinds.flatMap((kind) => completions.map((completion) => ({ kind, completion })))
      const films = await writeItems(bench, variants.length)
      await store.events.append(
        variants.map(({ kind, completion }, at) =>
          event(String(at), name('u'), films[at]!, { kind, ...(completion === undefined ? {} : { completion }) }),
        ),
      )
      const numbers = await store.items.numbersOf(films as never)
      const expected = films.filter((_, at) => countsAsSeen(variants[at]!.kind, variants[at]!.completion))
      const seen = (await store.events.userState(userId(name('u')), 1))!.seen
      expect([...seen]).toEqual(expected.map((film) => numbers.get(film as never)!).sort((a, b) => a - b))
    },
  },
  {
    name: 'keeps odd event ids apart and exactly as they came',
    async check(bench) {
      const { store, name } = bench
      const films = await writeItems(bench, 1)
      const written = oddIds.map((odd, at) =>
        event(odd, name(odd), films[0]!, { recommendationId: odd as never, occurredAt: NOON + at }),
      )
      expect(new Set(results(await store.events.append(written)))).toEqual(new Set(['accepted']))
      for (const e of written) {
        expect((await store.events.ofUser(e.userId, { limit: 9 })).map((stored) => stored.event)).toEqual([e])
      }
      const ofOne = oddIds.map((odd) => event(odd, name('one user'), films[0]!))
      expect(new Set(results(await store.events.append(ofOne)))).toEqual(new Set(['accepted']))
    },
  },
  {
    name: 'keeps ratings and shares to the last digit',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      const ratings: Rating[] = [
        { value: 0.1 + 0.2, min: 0, max: 1 },
        { value: -3, min: -5, max: 5 },
        { value: 9.999999999999998, min: 0, max: 10 },
      ]
      await store.events.append(
        ratings.map((rating, at) => event(String(at), name('u'), film!, { rating, completion: Math.PI / 4 })),
      )
      const events = (await store.events.userState(userId(name('u')), 9))!.events
      expect(events.map((stored) => stored.event.rating).reverse()).toEqual(ratings)
      expect(events[0]!.event.completion).toBe(Math.PI / 4)
    },
  },
  { name: 'serialises appends for the same users, in any order and without deadlock', check: parallelAppends },
  {
    name: 'does nothing when given no events',
    async check({ store }) {
      expect(await store.events.append([])).toEqual({ receipts: [], versions: new Map() })
    },
  },
]

/** Twelve writers at once, each naming the same ten users in another order, with some events in common. */
async function parallelAppends(bench: Bench): Promise<void> {
  const { store, name } = bench
  const films = await writeItems(bench, 3)
  const users = Array.from({ length: 10 }, (_, n) => name(`u${n}`))
  const writers = 12
  const appends = Array.from({ length: writers }, (_, writer) => {
    const order = users.map((_, n) => users[(n * (writer % 2 === 0 ? 3 : 7) + writer) % 10]!)
    return store.events.append(
      order.flatMap((who) => [event(`own-${writer}`, who, films[writer % 3]!), event('shared', who, films[0]!)]),
    )
  })
  const done = await Promise.all(appends)
  expect(done.flatMap(results).filter((result) => result === 'accepted').length).toBe(users.length * (writers + 1))
  for (const who of users) {
    const state = (await store.events.userState(userId(who), 100))!
    expect(state.events.length).toBe(writers + 1)
    expect(new Set(state.events.map(({ sequence }) => sequence)).size).toBe(writers + 1)
    expect(state.version).toBe(writers)
    // Each append said a version, and no two said the same.
    expect(done.map(({ versions }) => versions.get(userId(who))!).sort((a, b) => a - b)).toEqual(
      Array.from({ length: writers }, (_, n) => n + 1),
    )
  }
}
