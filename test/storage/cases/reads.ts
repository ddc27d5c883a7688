import { expect } from 'vitest'
import type { RecommendationId } from '../../../src/domain/ids.js'
import { type Bench, event, gather, NOON, type StoreCase, trainingRows, user, userId, writeItems } from '../bench.js'

export const readCases: readonly StoreCase[] = [
  {
    name: 'shows a user’s newest events first, as many as asked for, ties in order of arrival',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      const times = [50, 10, 50, 90, 30]
      await store.events.append(times.map((time, at) => event(String(at), name('u'), film!, { occurredAt: NOON + time })))
      const state = async (limit: number) =>
        (await store.events.userState(userId(name('u')), limit))!.events.map((stored) => stored.event.eventId)
      expect(await state(10)).toEqual(['3', '2', '0', '4', '1'])
      expect(await state(2)).toEqual(['3', '2'])
      expect(await state(0)).toEqual([])
    },
  },
  {
    name: 'knows everything a user has seen, beyond the newest events',
    async check(bench) {
      const { store, name } = bench
      const films = await writeItems(bench, 40)
      await store.events.append(
        films.flatMap((film, at) => [
          event(`a${at}`, name('u'), film, { occurredAt: NOON - at }),
          event(`b${at}`, name('u'), film, { occurredAt: NOON - at }),
        ]),
      )
      const numbers = await store.items.numbersOf(films as never)
      const state = (await store.events.userState(userId(name('u')), 3))!
      expect(state.events.length).toBe(3)
      expect(state.seen).toBeInstanceOf(Int32Array)
      expect([...state.seen]).toEqual([...numbers.values()].sort((a, b) => a - b))
    },
  },
  {
    name: 'keeps the events, and the name, of an item that was deleted',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      await store.events.append([event('1', name('u'), film!)])
      await store.items.delete(film as never)
      expect((await store.events.userState(userId(name('u')), 5))?.events[0]?.event.itemId).toBe(film)
    },
  },
  {
    name: 'pages through one user’s events without repeating or skipping any',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      const ids = Array.from({ length: 23 }, (_, n) => String(n))
      await store.events.append(ids.map((id, n) => event(id, name('u'), film!, { occurredAt: NOON + Math.floor(n / 4) })))
      const found: string[] = []
      for (let page = await store.events.ofUser(userId(name('u')), { limit: 5 }); page.length > 0; ) {
        found.push(...page.map((stored) => stored.event.eventId))
        const last = page.at(-1)!
        page = await store.events.ofUser(userId(name('u')), {
          limit: 5,
          before: { occurredAt: last.event.occurredAt, sequence: last.sequence },
        })
      }
      expect(found).toEqual([...ids].reverse())
    },
  },
  {
    name: 'reads training events by user, oldest first, whole columns at a time',
    check: readsTraining,
  },
  {
    name: 'leaves users who did not agree to teach out of training, and out of nothing else',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      await store.events.append([event('1', name('no'), film!), event('1', name('yes'), film!)])
      await store.users.put([user(name('no'), { consent: { training: false, personalisation: true } })])
      const key = async (who: string) => (await store.events.userState(userId(name(who)), 1))!.userKey
      expect(await trainingRows(bench, await key('no'))).toEqual([])
      expect((await trainingRows(bench, await key('yes'))).length).toBe(1)
      const exported = await gather(store.events.all())
      expect(exported.filter((e) => e.userId === name('no')).length).toBe(1)
    },
  },
  { name: 'reads the whole pasts of some users at once, oldest first, with the context of what is new', check: readsPasts },
  {
    name: 'reads training events as of a moment',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      await store.events.append([-1, 0, 1].map((at) => event(String(at), name('u'), film!, { occurredAt: NOON + at })))
      const { userKey } = (await store.events.userState(userId(name('u')), 1))!
      expect((await trainingRows(bench, userKey, { before: NOON })).map((row) => row.occurredAt)).toEqual([NOON - 1])
    },
  },
  {
    name: 'exports every event once, grouped by user, oldest first',
    async check(bench) {
      const { store, name } = bench
      const films = await writeItems(bench, 2)
      const written = [3, 1, 2].flatMap((time) =>
        ['x', 'y'].map((who) => event(`${who}${time}`, name(who), films[time % 2]!, { occurredAt: NOON + time })),
      )
      await store.events.append(written)
      const exported: string[] = []
      const sizes: number[] = []
      for await (const batch of store.events.all(2)) {
        sizes.push(batch.length)
        exported.push(...batch.filter((e) => e.userId.startsWith(name(''))).map(({ eventId }) => eventId))
      }
      expect(Math.max(...sizes)).toBeLessThanOrEqual(2)
      expect(exported).toEqual(['x1', 'x2', 'x3', 'y1', 'y2', 'y3'])
    },
  },
  {
    name: 'counts items, users and events',
    async check(bench) {
      const { store, name } = bench
      const before = await store.counts()
      const films = await writeItems(bench, 3)
      await store.items.delete(films[2] as never)
      await store.events.append([
        event('1', name('u'), films[0]!),
        event('1', name('u'), films[0]!),
        event('2', name('v'), films[1]!),
      ])
      await store.users.put([user(name('w'))])
      expect(await store.counts()).toEqual({ items: before.items + 2, users: before.users + 3, events: before.events + 2 })
    },
  },
  {
    name: 'records what was served',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      await store.events.append([event('1', name('u'), film!)])
      const served = {
        recommendationId: name('r') as RecommendationId,
        userId: userId(name('u')),
        servedAt: NOON + 5,
        modelVersion: '12',
        items: [
          { itemNo: 3 as never, score: 0.5 },
          { itemNo: 1 as never, score: -1.25 },
        ],
        degraded: ['source:sequential:failed', 'odd "one", {x}'],
      }
      const anonymous = { ...served, recommendationId: name('s') as RecommendationId, userId: undefined, items: [], degraded: [] }
      await store.recommendations.record([served, anonymous])
      await store.recommendations.record([{ ...served, modelVersion: 'again' }])
      await store.recommendations.record([])
      expect(await store.recommendations.get(served.recommendationId)).toEqual(served)
      expect(await store.recommendations.get(anonymous.recommendationId)).toEqual(anonymous)
      expect(await store.recommendations.get(name('none') as RecommendationId)).toBeUndefined()
    },
  },
  {
    name: 'tells listeners which users changed, until they stop listening',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      const heard: string[] = []
      const stop = store.onUserChanged((who, version) => {
        if (who.startsWith(name(''))) heard.push(`${who.slice(name('').length)} ${version}`)
      })
      await store.events.append([event('1', name('u'), film!), event('2', name('u'), name('unknown'))])
      await store.events.append([event('1', name('u'), film!)]) // a duplicate changes nobody
      await store.users.put([user(name('v'))])
      await store.users.put([user(name('v'))])
      await store.users.delete(userId(name('u')))
      stop()
      await store.users.delete(userId(name('v')))
      expect(heard).toEqual(['u 1', 'v 1', 'u undefined'])
    },
  },
  {
    name: 'finds nothing wrong with its own schema',
    async check({ store }) {
      const diagnosis = await store.diagnose()
      expect(diagnosis.problems).toEqual([])
      expect(diagnosis.migration.applied).toBe(diagnosis.migration.expected)
      expect(diagnosis.pgvector).toMatch(/^\d+\.\d+/)
      expect(diagnosis.durability).toMatch(/power cut/)
    },
  },
]

async function readsTraining(bench: Bench): Promise<void> {
  const { store, name } = bench
  const films = await writeItems(bench, 2)
  const numbers = await store.items.numbersOf(films as never)
  await store.events.append([
    event('late', name('u'), films[1]!, { kind: 'progress', completion: 0.25, occurredAt: NOON + 10 }),
    event('early', name('u'), films[0]!, { kind: 'rate', rating: { value: 4, min: 1, max: 5 }, occurredAt: NOON - 10.5 }),
    event('tie', name('u'), films[0]!, { kind: 'impression', occurredAt: NOON + 10, rewatch: true }),
  ])
  const { userKey } = (await store.events.userState(userId(name('u')), 1))!
  const first = numbers.get(films[0] as never)
  const second = numbers.get(films[1] as never)
  const expected = [
    { itemNo: first, kind: 'rate', completion: Number.NaN, rating: 0.75, occurredAt: NOON - 10.5 },
    { itemNo: second, kind: 'progress', completion: 0.25, rating: Number.NaN, occurredAt: NOON + 10 },
    { itemNo: first, kind: 'impression', completion: Number.NaN, rating: Number.NaN, occurredAt: NOON + 10 },
  ]
  expect(await trainingRows(bench, userKey)).toEqual(expected)
  expect(await trainingRows(bench, userKey, { batch: 1 })).toEqual(expected)

  // Every user comes in one piece, and keys ascend.
  let previous = 0
  for await (const columns of store.events.trainingColumns({ batch: 50 })) {
    for (let at = 0; at < columns.userKey.length; at++) {
      expect(columns.userKey[at]!).toBeGreaterThanOrEqual(previous)
      if (columns.userKey[at] === previous && columns.userKey[at - 1] === previous) {
        expect(columns.occurredAt[at]!).toBeGreaterThanOrEqual(columns.occurredAt[at - 1]!)
      }
      previous = columns.userKey[at]!
    }
  }
}

async function readsPasts(bench: Bench): Promise<void> {
  const { store, name } = bench
  const films = await writeItems(bench, 2)
  const numbers = await store.items.numbersOf(films as never)
  const context = { timeZone: 'Europe/Berlin', device: 'tv', mood: 'quote " and ü' } as const
  await store.events.append([
    event('late', name('u'), films[1]!, { kind: 'progress', completion: 1 / 3, occurredAt: NOON + 10, context }),
    event('early', name('u'), films[0]!, {
      kind: 'rate',
      rating: { value: 4, min: 1, max: 5 },
      occurredAt: NOON - 10.5,
      rewatch: true,
    }),
    event('only', name('v'), films[0]!, { kind: 'impression', context }),
  ])
  const keyOf = async (who: string) => (await store.events.userState(userId(name(who)), 1))!.userKey
  const [u, v] = [await keyOf('u'), await keyOf('v')]
  const nobody = 999_999_999 as typeof u
  const pasts = await store.events.pastsOf([v, nobody, u].map((userKey) => ({ userKey, after: 0 })))
  const [first, second] = films.map((film) => numbers.get(film as never)!)
  expect(pasts).toEqual({
    start: Uint32Array.of(0, 1, 1, 3),
    sequence: Float64Array.of(1, 2, 1),
    itemNo: Int32Array.of(first!, first!, second!),
    kind: Uint8Array.of(0, 6, 3),
    completion: Float64Array.of(Number.NaN, Number.NaN, 1 / 3),
    rating: Float64Array.of(Number.NaN, 0.75, Number.NaN),
    rewatch: Uint8Array.of(0, 1, 0),
    occurredAt: Float64Array.of(NOON, NOON - 10.5, NOON + 10),
    contexts: [expect.any(String), null, expect.any(String)],
  })
  expect(pasts.contexts.map((text) => text && JSON.parse(text))).toEqual([context, null, context])
  // Long past, contexts are no longer read.
  expect((await store.events.pastsOf([{ userKey: u, after: 1_000 }])).contexts).toEqual([null, null])
  expect((await store.events.pastsOf([])).start).toEqual(Uint32Array.of(0))
}
