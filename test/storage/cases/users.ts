import { expect } from 'vitest'
import { fullConsent, noTraits } from '../../../src/domain/user.js'
import { type Bench, event, gather, oddIds, results, type StoreCase, trainingRows, user, userId, writeItems } from '../bench.js'

export const userCases: readonly StoreCase[] = [
  {
    name: 'gives a user back as it was written',
    async check({ store, name }) {
      const written = user(name('anna'), {
        traits: {
          chosenGenres: ['drama'],
          blockedGenres: ['horror'],
          ageRange: '35-44',
          gender: 'f',
          region: 'DE',
          languages: ['de', 'en'],
          subscriptions: ['alpha'],
          maxMaturity: '16+',
          attributes: { plan: 'family', seats: 4, trial: false },
        },
        consent: { training: false, personalisation: true },
      })
      expect(await store.users.put([written])).toEqual(['created'])
      expect(await store.users.get(written.userId)).toEqual(written)
      expect(await store.events.userState(written.userId, 5)).toMatchObject({ traits: written.traits, consent: written.consent })
    },
  },
  {
    name: 'says whether a user was created, updated or unchanged, and moves the version only then',
    async check({ store, name }) {
      const version = async () => (await store.events.userState(userId(name('a')), 1))?.version
      expect(await store.users.put([user(name('a')), user(name('b'))])).toEqual(['created', 'created'])
      const first = await version()
      expect(first).toBeGreaterThan(0)
      expect(await store.users.put([user(name('a')), user(name('b'), { traits: { ...noTraits, region: 'FR' } })])).toEqual([
        'unchanged',
        'updated',
      ])
      expect(await version()).toBe(first)
      expect(await store.users.put([user(name('a'), { consent: { training: false, personalisation: false } })])).toEqual([
        'updated',
      ])
      expect(await version()).toBe(first! + 1)
    },
  },
  {
    name: 'knows a user who only ever came with an event',
    async check(bench) {
      const { store, name } = bench
      const [film] = await writeItems(bench, 1)
      await store.events.append([event('e', name('u'), film!)])
      expect(await store.users.get(userId(name('u')))).toEqual({ userId: name('u'), traits: noTraits, consent: fullConsent })
      expect(await store.users.put([user(name('u'), { traits: { ...noTraits, region: 'DE' } })])).toEqual(['updated'])
      expect((await store.events.userState(userId(name('u')), 5))?.events.length).toBe(1)
    },
  },
  {
    name: 'does not know a user nobody mentioned',
    async check({ store, name }) {
      expect(await store.users.get(userId(name('nobody')))).toBeUndefined()
      expect(await store.events.userState(userId(name('nobody')), 5)).toBeUndefined()
      expect(await store.users.delete(userId(name('nobody')))).toBeUndefined()
      expect(await store.events.ofUser(userId(name('nobody')), { limit: 5 })).toEqual([])
    },
  },
  {
    name: 'erases a user: the row, the events, the answers and the key',
    check: erasesEverything,
  },
  {
    name: 'walks all users, each once',
    async check({ store, name }) {
      const ids = Array.from({ length: 7 }, (_, n) => name(n))
      await store.users.put(ids.map((id) => user(id)))
      const all = await gather(store.users.all(3))
      expect(
        all
          .filter(({ userId: id }) => id.startsWith(name('')))
          .map(({ userId: id }) => id)
          .sort(),
      ).toEqual([...ids].sort())
    },
  },
  {
    name: 'keeps odd user ids apart and exactly as they came',
    async check({ store, name }) {
      const users = oddIds.map((odd) => user(name(odd), { traits: { ...noTraits, ageRange: odd.slice(0, 20) } }))
      expect(new Set(await store.users.put(users))).toEqual(new Set(['created']))
      for (const written of users) expect(await store.users.get(written.userId)).toEqual(written)
    },
  },
  {
    name: 'refuses a user with a character that cannot be stored',
    async check({ store, name }) {
      await expect(store.users.put([user(name('fine')), user(name('a\0b'))])).rejects.toMatchObject({ code: 'INVALID_USER' })
      expect(await store.users.get(userId(name('fine')))).toBeUndefined()
      expect(await store.users.put([user(name('text'), { traits: { ...noTraits, ageRange: '\\u0000' } })])).toEqual(['created'])
    },
  },
]

async function erasesEverything(bench: Bench): Promise<void> {
  const { store, database, name } = bench
  const films = await writeItems(bench, 2)
  await store.events.append([
    event('1', name('gone'), films[0]!),
    event('2', name('gone'), films[1]!),
    event('1', name('stays'), films[0]!),
  ])
  const before = (await store.events.userState(userId(name('gone')), 5))!
  const counted = await store.counts()
  const served = { servedAt: 1, modelVersion: '1', items: [], degraded: [] }
  await store.recommendations.record([
    { ...served, recommendationId: name('his') as never, userId: userId(name('gone')) },
    { ...served, recommendationId: name('theirs') as never, userId: userId(name('stays')) },
  ])

  expect(await store.users.delete(userId(name('gone')))).toEqual({ events: 2 })

  expect(await store.users.get(userId(name('gone')))).toBeUndefined()
  expect(await store.events.userState(userId(name('gone')), 5)).toBeUndefined()
  expect(await trainingRows(bench, before.userKey)).toEqual([])
  expect(await store.recommendations.get(name('his') as never)).toBeUndefined()
  expect(await store.recommendations.get(name('theirs') as never)).toBeDefined()
  expect((await store.events.userState(userId(name('stays')), 5))?.events.length).toBe(1)
  expect(await store.counts()).toEqual({ ...counted, users: counted.users - 1, events: counted.events - 2 })
  const names = await gather(store.events.all())
  expect(names.some((kept) => kept.userId === name('gone'))).toBe(false)
  const [tombstones] = await database.query<{ count: number }>({ text: 'select count(*) from sona.erasures' })
  expect(tombstones!.count).toBeGreaterThan(0)

  // Whoever comes back under the same id is somebody new.
  expect(results(await store.events.append([event('1', name('gone'), films[0]!)]))).toEqual(['accepted'])
  const after = (await store.events.userState(userId(name('gone')), 5))!
  expect(after.userKey).not.toBe(before.userKey)
  expect(after.events.length).toBe(1)
}
