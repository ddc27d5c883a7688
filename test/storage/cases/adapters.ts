import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { UserKey } from '../../../src/domain/ids.js'
import { fullConsent } from '../../../src/domain/user.js'
import type { NewAdapter } from '../../../src/storage/adapter-store.js'
import { type Bench, event, gather, type StoreCase, user, userId, writeItems } from '../bench.js'

/** Bytes that are nobody else's: storage must not care what they say. */
export function someBytes(what: string, length = 700): Uint8Array {
  const digest = createHash('sha256').update(what).digest()
  return Uint8Array.from({ length }, (_, at) => digest[at % 32]! ^ (at >> 5))
}

export function someAdapter(what: string, facts: Partial<NewAdapter> = {}): NewAdapter {
  const bytes = someBytes(what)
  return { space: 'a space', format: 'f16', lessons: 12, learnedTo: 34, gate: 0.5, gain: 1.25, bytes, ...facts }
}

export async function keyOf(bench: Bench, who: string): Promise<UserKey> {
  return (await bench.store.events.userState(userId(bench.name(who)), 1))!.userKey
}

/** Users of the case's names, and their keys. */
async function writeUsers(bench: Bench, ...who: readonly string[]): Promise<readonly UserKey[]> {
  await bench.store.users.put(who.map((each) => user(bench.name(each))))
  return Promise.all(who.map((each) => keyOf(bench, each)))
}

export const adapterCases: readonly StoreCase[] = [
  {
    name: 'gives an adapter back as it was saved, by user and name',
    async check(bench) {
      const { store, name } = bench
      const [userKey] = await writeUsers(bench, 'u', 'other')
      const id = userId(name('u'))
      const first = someAdapter('first', { gate: 0, gain: -0.5, bytes: Uint8Array.of(0, 255, 39, 92) })
      const named = someAdapter('named', { format: 'int8', space: 'odd "space", {x}', bytes: someBytes('long', 10_240) })
      expect(await store.adapters.save([{ userKey: userKey!, ...first }])).toEqual(new Map([[userKey, 1]]))
      await store.adapters.save([{ userKey: userKey!, ...named }], { name: 'on trial' })
      const { bytes, ...facts } = first
      const stored = (await store.adapters.load(id))!
      expect(stored).toMatchObject({ ...facts, version: 1, byteCount: 4 })
      expect([...stored.bytes]).toEqual([...bytes])
      expect(Math.abs(stored.createdAt - Date.now())).toBeLessThan(60_000)
      expect([...(await store.adapters.load(id, { name: 'on trial' }))!.bytes]).toEqual([...named.bytes])
      expect(await store.adapters.load(userId(name('other')))).toBeUndefined()
      expect(await store.adapters.load(userId(name('nobody')))).toBeUndefined()
    },
  },
  {
    name: 'numbers an adapter’s versions upwards and keeps the last three of each feature space',
    async check(bench) {
      const { store, name } = bench
      const [userKey] = await writeUsers(bench, 'u')
      const id = userId(name('u'))
      const save = (space: string) => store.adapters.save([{ userKey: userKey!, ...someAdapter(space, { space }) }])
      for (const space of ['old', 'old', 'old', 'old', 'new']) await save(space)
      expect((await store.adapters.versions(id)).map(({ version }) => version)).toEqual([5, 4, 3, 2])
      expect(await store.adapters.load(id)).toMatchObject({ version: 5, space: 'new' })
      // Servers that still have the old models find what they can use.
      expect(await store.adapters.load(id, { space: 'old' })).toMatchObject({ version: 4 })
      expect(await store.adapters.load(id, { space: 'a third' })).toBeUndefined()
      for (let n = 0; n < 4; n++) await save('new')
      expect((await store.adapters.versions(id)).map(({ version }) => version)).toEqual([9, 8, 7, 4, 3, 2])
      expect((await store.adapters.versions(id))[0]).toMatchObject({ version: 9, space: 'new', lessons: 12, learnedTo: 34 })
    },
  },
  {
    name: 'begins adapters of those who never had one, and agree to it',
    async check({ store, name, ...bench }) {
      const [fresh, known, forgetful] = await writeUsers({ store, name, ...bench }, 'fresh', 'known', 'forgetful')
      const refusing = ['no training', 'no answers of their own']
      await store.users.put([
        { ...user(name('no training')), consent: { ...fullConsent, training: false } },
        { ...user(name('no answers of their own')), consent: { ...fullConsent, personalisation: false } },
      ])
      const unwilling = await Promise.all(refusing.map((who) => keyOf({ store, name, ...bench }, who)))
      await store.adapters.save([known!, forgetful!].map((userKey) => ({ userKey, ...someAdapter('own') })))
      await store.adapters.delete(userId(name('forgetful')))
      const version = (await store.events.userState(userId(name('fresh')), 1))!.version
      const begun = [fresh!, known!, forgetful!, ...unwilling].map((userKey) => ({
        userKey,
        ...someAdapter('begun', { learnedTo: 0 }),
      }))
      expect(await store.adapters.begin(begun)).toEqual([fresh])
      expect(await store.adapters.load(userId(name('fresh')))).toMatchObject({ version: 1, lessons: 12, learnedTo: 0 })
      expect((await store.events.userState(userId(name('fresh')), 1))!.version).toBeGreaterThan(version)
      expect([...(await store.adapters.load(userId(name('known'))))!.bytes]).toEqual([...someBytes('own')])
      for (const who of ['forgetful', ...refusing]) expect(await store.adapters.load(userId(name(who)))).toBeUndefined()
      expect(await store.adapters.begin(begun)).toEqual([])
      expect(await store.adapters.begin([])).toEqual([])
    },
  },
  {
    name: 'saves and loads many adapters at once, and leaves out who is unknown',
    async check(bench) {
      const { store, name } = bench
      const keys = await writeUsers(bench, ...Array.from({ length: 40 }, (_, n) => `u${n}`))
      const unknown = 999_999_999 as UserKey
      const saved = await store.adapters.save(
        [...keys, unknown].map((userKey) => ({ userKey, ...someAdapter(`${userKey}`, { lessons: 7 }) })),
      )
      expect(saved).toEqual(new Map(keys.map((userKey) => [userKey, 1])))
      const ids = keys.map((_, n) => userId(name(`u${n}`)))
      const loaded = await store.adapters.loadMany([...ids, userId(name('nobody'))])
      expect([...loaded.keys()].sort()).toEqual([...ids].sort())
      for (const [n, id] of ids.entries()) expect([...loaded.get(id)!.bytes]).toEqual([...someBytes(`${keys[n]}`)])
      expect(await store.adapters.loadMany([])).toEqual(new Map())
      expect(await store.adapters.save([])).toEqual(new Map())
    },
  },
  {
    name: 'gives no two writers of an adapter the same version',
    async check(bench) {
      const { store, name } = bench
      const keys = await writeUsers(bench, 'a', 'b', 'c')
      const saves = await Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          store.adapters.save(
            // In another order each time: nobody may wait for each other.
            [0, 1, 2].map((at) => ({ userKey: keys[(at * (1 + (n % 2)) + n) % 3]!, ...someAdapter(`${n}`) })),
          ),
        ),
      )
      for (const userKey of keys) {
        const versions = saves.map((save) => save.get(userKey)!).sort((a, b) => a - b)
        expect(versions).toEqual(Array.from({ length: 12 }, (_, n) => n + 1))
      }
      // A save that waited for others may have left one too many; the next one does not.
      await store.adapters.save(keys.map((userKey) => ({ userKey, ...someAdapter('last') })))
      for (const who of ['a', 'b', 'c']) {
        expect((await store.adapters.versions(userId(name(who)))).map(({ version }) => version)).toEqual([13, 12, 11])
      }
    },
  },
  {
    name: 'rolls an adapter back by a new version, step by step, and not to what was learned since',
    async check(bench) {
      const { store, name } = bench
      const [userKey] = await writeUsers(bench, 'u')
      const id = userId(name('u'))
      expect(await store.adapters.rollback(id)).toBeUndefined()
      for (const n of [1, 2, 3]) {
        await store.adapters.save([{ userKey: userKey!, ...someAdapter(`v${n}`, { learnedTo: n, lessons: n }) }])
      }
      expect(await store.adapters.rollback(id)).toMatchObject({ version: 4, restoredFrom: 2, lessons: 2, learnedTo: 3 })
      expect([...(await store.adapters.load(id))!.bytes]).toEqual([...someBytes('v2')])
      // v1 went when v4 came: there is nothing earlier than v2 to go back to, but v3 is still there by its number.
      expect(await store.adapters.rollback(id)).toBeUndefined()
      expect(await store.adapters.rollback(id, { to: 1 })).toBeUndefined()
      expect(await store.adapters.rollback(id, { to: 3 })).toMatchObject({ version: 5, restoredFrom: 3, lessons: 3 })
      expect((await store.adapters.versions(id)).map(({ version }) => version)).toEqual([5, 4, 3])
    },
  },
  {
    name: 'deletes an adapter, and never gives its numbers again',
    async check(bench) {
      const { store, name } = bench
      const [userKey] = await writeUsers(bench, 'u')
      const id = userId(name('u'))
      for (const what of ['default', 'other']) {
        await store.adapters.save([{ userKey: userKey!, ...someAdapter('1') }], { name: what })
        await store.adapters.save([{ userKey: userKey!, ...someAdapter('2') }], { name: what })
      }
      expect(await store.adapters.delete(id, 'other')).toBe(2)
      expect(await store.adapters.load(id)).toMatchObject({ version: 2 })
      expect(await store.adapters.delete(id)).toBe(2)
      expect(await store.adapters.load(id)).toBeUndefined()
      expect(await store.adapters.versions(id)).toEqual([])
      expect(await store.adapters.delete(userId(name('nobody')))).toBe(0)
      const [version] = [...(await store.adapters.save([{ userKey: userKey!, ...someAdapter('3') }])).values()]
      expect(version).toBeGreaterThan(2)
    },
  },
  {
    name: 'erases a user’s adapters with the user',
    async check(bench) {
      const { store, database, name } = bench
      const [film] = await writeItems(bench, 1)
      await store.events.append([event('1', name('gone'), film!), event('1', name('stays'), film!)])
      const [gone, stays] = [await keyOf(bench, 'gone'), await keyOf(bench, 'stays')]
      await store.adapters.save([gone, stays].map((userKey) => ({ userKey, ...someAdapter('x') })))
      await store.users.delete(userId(name('gone')))
      expect(await store.adapters.save([{ userKey: gone, ...someAdapter('too late') }])).toEqual(new Map())
      for (const table of ['adapters', 'adapter_heads', 'adapters_due']) {
        const rows = await database.query<{ user_key: number }>({
          text: `select user_key from sona.${table} where user_key = any ('{${gone},${stays}}')`,
        })
        expect(rows).toEqual([{ user_key: stays }])
      }
    },
  },
  {
    name: 'moves a user’s version with their adapter, and tells listeners',
    async check(bench) {
      const { store, name } = bench
      const [userKey] = await writeUsers(bench, 'u')
      const id = userId(name('u'))
      const heard: (number | undefined)[] = []
      const stop = store.onUserChanged((who, version) => {
        if (who === id) heard.push(version)
      })
      const version = async () => (await store.events.userState(id, 1))!.version
      const first = await version()
      for (const what of ['1', '2']) await store.adapters.save([{ userKey: userKey!, ...someAdapter(what) }])
      await store.adapters.rollback(id)
      await store.adapters.rollback(id, { to: 99 })
      await store.adapters.delete(id)
      await store.adapters.delete(id)
      stop()
      expect(await version()).toBe(first + 4)
      expect(heard).toEqual([1, 2, 3, 4].map((step) => first + step))
    },
  },
  { name: 'lists the newest adapter of every user, and says what they are like', check: listsAndCounts },
  {
    name: 'forgets the versions of feature spaces that nobody needs any more',
    async check(bench) {
      const { store, name } = bench
      const [userKey] = await writeUsers(bench, 'u')
      const { spaces: inUse } = await store.adapters.stats()
      for (const space of ['s1', 's2']) {
        await store.adapters.save([{ userKey: userKey!, ...someAdapter('x', { space: name(space) }) }])
      }
      await store.adapters.keepSpaces([...inUse.map(({ space }) => space), name('s2')])
      expect((await store.adapters.versions(userId(name('u')))).map(({ space }) => space)).toEqual([name('s2')])
    },
  },
  {
    name: 'publishes what all adapters share, by one process at a time',
    async check({ store, name }) {
      const { tiers } = store.adapters
      const space = name('space')
      expect(await tiers.newest(space)).toBeUndefined()
      const first = await Promise.all([1, 2, 3].map((n) => tiers.publish(space, 0, Uint8Array.of(n))))
      expect(first.filter((version) => version === 1)).toHaveLength(1)
      expect(first.filter((version) => version === undefined)).toHaveLength(2)
      expect([...(await tiers.newest(space))!.bytes]).toEqual([1 + first.indexOf(1)])
      for (let after = 1; after < 6; after++) expect(await tiers.publish(space, after, Uint8Array.of(after))).toBe(after + 1)
      expect(await tiers.publish(space, 2, Uint8Array.of(9))).toBeUndefined()
      expect(await tiers.newest(space)).toMatchObject({ version: 6 })
      // A training may have counted further.
      expect(await tiers.publish(space, 9, Uint8Array.of(9))).toBe(10)
      expect(await tiers.publish(space, 6, Uint8Array.of(6))).toBeUndefined()
      expect(await tiers.newest(space)).toMatchObject({ version: 10 })
      expect(await tiers.newest(name('another'))).toBeUndefined()
    },
  },
]

async function listsAndCounts(bench: Bench): Promise<void> {
  const { store, name } = bench
  const keys = await writeUsers(bench, 'a', 'b', 'c')
  const own = { name: name('adapter') }
  const gates = [0, 0.25, 1]
  const lessons = [1, 6, 7]
  for (const round of [1, 2]) {
    await store.adapters.save(
      keys.map((userKey, at) => ({
        userKey,
        ...someAdapter('x', { gate: gates[at]!, gain: at, lessons: lessons[at]!, learnedTo: round }),
      })),
      own,
    )
  }
  const listed = await gather(store.adapters.list({ ...own, batch: 2 }))
  expect(listed.map(({ userId: id, version, gate }) => [id, version, gate])).toEqual(
    ['a', 'b', 'c'].map((who, at) => [name(who), 2, gates[at]]),
  )
  const stats = await store.adapters.stats(own.name)
  expect(stats).toMatchObject({ adapters: 3, versions: 6, bytes: 6 * 700, spaces: [{ space: 'a space', adapters: 3 }] })
  expect(stats.bytesOnDisk).toBeGreaterThan(6 * 700)
  expect(stats.gates).toEqual([1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1])
  expect(stats.byLessons).toEqual([
    { from: 1, adapters: 1, open: 0, lessons: 1, meanGate: 0, meanGain: 0 },
    { from: 4, adapters: 2, open: 2, lessons: 13, meanGate: 0.625, meanGain: 1.5 },
  ])
  expect(stats.byEvents).toEqual([{ from: 1, adapters: 3, open: 2, lessons: 14, meanGate: (0.25 + 1) / 3, meanGain: 1 }])
  expect(await store.adapters.stats(name('no such name'))).toMatchObject({ adapters: 0, versions: 0, bytes: 0, byLessons: [] })
}
