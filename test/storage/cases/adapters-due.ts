import { expect } from 'vitest'
import { eventKinds } from '../../../src/domain/event.js'
import type { UserKey } from '../../../src/domain/ids.js'
import { noTraits } from '../../../src/domain/user.js'
import { engagementOf } from '../../../src/features/engagement.js'
import type { Claim, ClaimedUser, Training } from '../../../src/storage/adapter-store.js'
import { type Bench, event, type StoreCase, user, userId, writeItems } from '../bench.js'
import { keyOf, someAdapter, someBytes } from './adapters.js'

const LEASE_MS = 60_000

/** Cases share a database: what other cases left due is set aside, and no pause lies between two trainings. */
async function quiet(bench: Bench, pauseMs = 0): Promise<void> {
  await bench.database.query({
    text: 'update sona.adapters_due set events = 0, priority = 0, due_since = null, claim = null, claimed_until = null',
  })
  await bench.store.adapters.due.setPolicy({ leastEvents: 10, pauseMs })
}

/** `count` completed films, by ids that begin with `prefix`. */
async function watch(bench: Bench, who: string, count: number, prefix = 'e'): Promise<void> {
  const [film] = await writeItems(bench, 1)
  await bench.store.events.append(
    Array.from({ length: count }, (_, n) => event(`${prefix}${n}`, bench.name(who), film!, { occurredAt: n })),
  )
}

function claimAll({ store }: Bench, limit = 100): Promise<Claim> {
  return store.adapters.due.claim({ limit, leaseMs: LEASE_MS })
}

const names = (bench: Bench, { users }: Claim): string[] => users.map(({ userId: id }) => id.slice(bench.name('').length))

/** As if everything up to `learnedTo` had been learned. */
function trained({ userKey, events }: ClaimedUser, learnedTo: number, taught = events): Training {
  return { userKey, taught, learnedTo, adapter: someAdapter(`${userKey} to ${learnedTo}`, { learnedTo }) }
}

export const adaptersDueCases: readonly StoreCase[] = [
  {
    name: 'makes a user due by enough events, and knows who it is',
    async check(bench) {
      const { store, name } = bench
      await quiet(bench)
      await watch(bench, 'many', 10)
      await watch(bench, 'few', 9)
      const traits = { ...noTraits, region: 'DE' }
      await store.users.put([user(name('many'), { traits, consent: { training: false, personalisation: true } })])
      const claim = await claimAll(bench)
      expect(claim.users).toEqual([
        {
          userKey: await keyOf(bench, 'many'),
          userId: name('many'),
          traits,
          consent: { training: false, personalisation: true },
          reason: 'events',
          dueSince: expect.closeTo(Date.now(), -5),
          events: 10,
          learnedTo: 0,
          base: 0,
        },
      ])
      expect(await store.adapters.due.counts()).toEqual({
        gathering: 1,
        due: 1,
        claimed: 1,
        oldestDueSince: claim.users[0]!.dueSince,
      })
      await watch(bench, 'few', 1, 'one more')
      expect(names(bench, await claimAll(bench))).toEqual(['few'])
    },
  },
  { name: 'counts an event as the engagement table does, and a strong one at once', check: countsWhatTeaches },
  {
    name: 'does not count a duplicate, nor the event of an unknown item',
    async check(bench) {
      const { store, name } = bench
      await quiet(bench)
      await watch(bench, 'u', 9)
      await watch(bench, 'u', 9)
      await store.events.append([event('unknown', name('u'), name('no such item'), { kind: 'dislike' })])
      expect((await claimAll(bench)).users).toEqual([])
      expect((await store.adapters.due.counts()).gathering).toBe(1)
    },
  },
  {
    name: 'claims who was asked for first, then strong signals, then the others, and nobody twice',
    async check(bench) {
      const { store, name } = bench
      await quiet(bench)
      for (const who of ['passed', 'asked for']) await watch(bench, who, 3)
      await watch(bench, 'enough', 10)
      await watch(bench, 'angry', 1)
      const [film] = await writeItems(bench, 1)
      await store.events.append([event('no', name('angry'), film!, { kind: 'dislike' })])
      expect(await store.adapters.due.request([userId(name('asked for')), userId(name('nobody'))])).toBe(1)
      expect(await store.adapters.due.requestAll()).toBe(1)
      expect(await store.adapters.due.requestAll()).toBe(0)
      expect(await store.adapters.due.ofUser(userId(name('asked for')))).toEqual({ events: 3, reason: 'request' })
      expect(await store.adapters.due.ofUser(userId(name('nobody')))).toEqual({ events: 0 })
      const claims = [await claimAll(bench, 2), await claimAll(bench, 3), await claimAll(bench, 3)]
      expect(claims.map((claim) => names(bench, claim).sort())).toEqual([['angry', 'asked for'], ['enough', 'passed'], []])
      expect(claims.flatMap(({ users }) => users.map(({ reason }) => reason)).sort()).toEqual([
        'events',
        'pass',
        'request',
        'signal',
      ])
      for (const each of claims) await store.adapters.due.release(each)
      const chosen = await store.adapters.due.claim({ limit: 9, leaseMs: LEASE_MS, among: [userId(name('passed'))] })
      expect(names(bench, chosen)).toEqual(['passed'])
      expect(names(bench, await claimAll(bench)).sort()).toEqual(['angry', 'asked for', 'enough'])
    },
  },
  { name: 'shares the due among many who claim at once', check: sharesTheDue },
  {
    name: 'takes exactly what was used off: events that came meanwhile keep their user due',
    async check(bench) {
      const { store } = bench
      await quiet(bench)
      for (const who of ['quiet', 'busy', 'slow']) await watch(bench, who, 10)
      const claim = await claimAll(bench)
      await watch(bench, 'busy', 10, 'meanwhile')
      await watch(bench, 'slow', 3, 'meanwhile')
      const version = async () => (await store.events.userState(userId(bench.name('quiet')), 1))!.version
      const before = await version()
      const finished = await store.adapters.due.finish(
        claim,
        claim.users.map((each) => trained(each, 10)),
      )
      expect(await version()).toBe(before + 1)
      expect([...finished.values()]).toEqual([1, 1, 1])
      const next = await claimAll(bench)
      expect(names(bench, next)).toEqual(['busy'])
      expect(next.users[0]).toMatchObject({ events: 10, learnedTo: 10, base: 1, reason: 'events', adapter: { version: 1 } })
      expect([...next.users[0]!.adapter!.bytes]).toEqual([...someBytes(`${next.users[0]!.userKey} to 10`)])
      // What came between the claim and the read was used too, and is not counted again.
      await watch(bench, 'slow', 7, 'later')
      const last = await claimAll(bench)
      expect(names(bench, last)).toEqual(['slow'])
      expect(last.users[0]).toMatchObject({ events: 10, learnedTo: 10 })
      await watch(bench, 'slow', 5, 'last')
      await store.adapters.due.finish(last, [trained(last.users[0]!, 25, 15)])
      expect(await store.adapters.due.counts()).toMatchObject({ gathering: 0, due: 1 }) // 'busy', who is still claimed
    },
  },
  {
    name: 'keeps a strong signal or a request that came during a training',
    async check(bench) {
      const { store, name } = bench
      await quiet(bench)
      const [film] = await writeItems(bench, 1)
      for (const who of ['signal', 'request', 'used']) await watch(bench, who, 10)
      const claim = await claimAll(bench)
      await store.events.append(['signal', 'used'].map((who) => event('no', name(who), film!, { kind: 'dislike' })))
      await store.adapters.due.request([userId(name('request'))])
      const used = await keyOf(bench, 'used')
      await store.adapters.due.finish(
        claim,
        claim.users.map((each) => (each.userKey === used ? trained(each, 11, 11) : trained(each, 10))),
      )
      const again = await claimAll(bench)
      expect(again.users.map(({ userId: id, reason, events }) => [id, reason, events])).toEqual([
        [name('request'), 'request', 0],
        [name('signal'), 'signal', 1],
      ])
    },
  },
  {
    name: 'lets some seconds pass between two trainings of a user, unless they are asked for',
    async check(bench) {
      const { store, name } = bench
      await quiet(bench, 60_000)
      for (const who of ['a', 'b']) await watch(bench, who, 10)
      const claim = await claimAll(bench)
      await store.adapters.due.finish(
        claim,
        claim.users.map((each) => trained(each, 10)),
      )
      for (const who of ['a', 'b']) await watch(bench, who, 20, 'more')
      expect((await claimAll(bench)).users).toEqual([])
      await store.adapters.due.request([userId(name('b'))])
      expect(names(bench, await claimAll(bench))).toEqual(['b'])
    },
  },
  {
    name: 'gives a claim that ran out to somebody else, and takes nothing from who had it',
    async check(bench) {
      const { store, name } = bench
      await quiet(bench)
      await watch(bench, 'u', 10)
      const { due } = store.adapters
      const lost = await due.claim({ limit: 5, leaseMs: 0 })
      expect(await due.extend(lost, 0)).toBe(true)
      const claim = await claimAll(bench)
      expect(names(bench, claim)).toEqual(['u'])
      expect(await due.extend(lost, LEASE_MS)).toBe(false)
      expect(await due.finish(lost, [trained(lost.users[0]!, 10)])).toEqual(new Map())
      await due.release(lost)
      expect(await store.adapters.load(userId(name('u')))).toBeUndefined()
      expect(await due.finish(claim, [trained(claim.users[0]!, 10)])).toEqual(new Map([[claim.users[0]!.userKey, 1]]))
      expect(await due.finish(claim, [trained(claim.users[0]!, 10)])).toEqual(new Map())
      expect((await store.adapters.versions(userId(name('u')))).map(({ version }) => version)).toEqual([1])
    },
  },
  {
    name: 'does not save over what somebody else did to the adapter, and keeps the user due',
    async check(bench) {
      const { store, name } = bench
      await quiet(bench)
      const who = ['rolled back', 'deleted', 'saved', 'left alone']
      for (const each of who) {
        await watch(bench, each, 10)
        const userKey = await keyOf(bench, each)
        for (const version of [1, 2]) await store.adapters.save([{ userKey, ...someAdapter(`v${version}`) }])
      }
      const claim = await claimAll(bench)
      await store.adapters.rollback(userId(name('rolled back')))
      await store.adapters.delete(userId(name('deleted')))
      await store.adapters.save([{ userKey: await keyOf(bench, 'saved'), ...someAdapter('v3') }])
      const finished = await store.adapters.due.finish(
        claim,
        claim.users.map((each) => trained(each, 10)),
      )
      expect(finished).toEqual(new Map([[await keyOf(bench, 'left alone'), 3]]))
      expect(await store.adapters.load(userId(name('deleted')))).toBeUndefined()
      expect([...(await store.adapters.load(userId(name('rolled back'))))!.bytes]).toEqual([...someBytes('v1')])
      const again = await claimAll(bench)
      expect(names(bench, again).sort()).toEqual(['deleted', 'rolled back', 'saved'])
      expect(again.users.map(({ events, base }) => [events, base])).toEqual([
        [10, 3],
        [10, 3],
        [10, 3],
      ])
    },
  },
  {
    name: 'uses events up without a new version where nothing was to be learned',
    async check(bench) {
      const { store, name } = bench
      await quiet(bench)
      await watch(bench, 'u', 10)
      const claim = await claimAll(bench)
      const { userKey } = claim.users[0]!
      expect(await store.adapters.due.finish(claim, [{ userKey, taught: 10, learnedTo: 10 }])).toEqual(new Map([[userKey, 0]]))
      expect(await store.adapters.versions(userId(name('u')))).toEqual([])
      expect((await claimAll(bench)).users).toEqual([])
    },
  },
  {
    name: 'saves nothing for a user who was erased during a training',
    async check(bench) {
      const { store, database, name } = bench
      await quiet(bench)
      for (const who of ['gone', 'stays']) await watch(bench, who, 10)
      const claim = await claimAll(bench)
      await store.users.delete(userId(name('gone')))
      const stays = await keyOf(bench, 'stays')
      const finished = await store.adapters.due.finish(
        claim,
        claim.users.map((each) => trained(each, 10)),
      )
      expect(finished).toEqual(new Map([[stays, 1]]))
      const gone = claim.users.find(({ userKey }) => userKey !== stays)!.userKey
      const rows = await database.query({ text: 'select from sona.adapters where user_key = $1', values: [gone] })
      expect(rows).toEqual([])
    },
  },
  {
    name: 'makes everybody due whose adapter is of another feature space',
    async check(bench) {
      const { store, name } = bench
      await quiet(bench)
      for (const who of ['old', 'new']) {
        await watch(bench, who, 1)
        await store.adapters.save([{ userKey: await keyOf(bench, who), ...someAdapter('x', { space: name(who) }) }])
      }
      await bench.database.query({ text: 'update sona.adapters_due set events = 0' })
      await store.adapters.due.requestAll({ space: name('new') })
      const claim = await claimAll(bench, 10_000)
      expect(names(bench, claim)).toContain('old')
      expect(names(bench, claim)).not.toContain('new')
      await store.adapters.due.release(claim)
    },
  },
]

/** Every kind, and ratings all along the scale: the database and the engagement table must agree on what teaches. */
async function countsWhatTeaches(bench: Bench): Promise<void> {
  const { store, name } = bench
  await quiet(bench)
  const [film] = await writeItems(bench, 1)
  const ratings = [undefined, 1, 1.5, 4.5, 5].map((value) => value && { value, min: 1, max: 5 })
  const variants = eventKinds.flatMap((kind) => ratings.map((rating) => ({ kind, ...(rating && { rating }) })))
  await store.events.append(variants.map((fields, at) => event('e', name(at), film!, fields)))
  const { users } = await claimAll(bench, 1_000)
  const strong = variants.flatMap(({ kind, rating }, at) =>
    kind === 'dislike' || (kind !== 'impression' && (rating?.value === 1 || rating?.value === 5)) ? [name(at)] : [],
  )
  expect(users.map(({ userId: id }) => id).sort()).toEqual([...strong].sort())
  expect(new Set(users.map(({ reason }) => reason))).toEqual(new Set(['signal']))
  const teaching = variants.filter((each) => engagementOf({ rewatch: false, ...each }) !== undefined)
  const { gathering, due } = await store.adapters.due.counts()
  expect(gathering + due).toBe(teaching.length)
}

/** Twelve at once take a hundred users, seven at a time, until there are none. */
async function sharesTheDue(bench: Bench): Promise<void> {
  const { store, name } = bench
  await quiet(bench)
  const [film] = await writeItems(bench, 1)
  const who = Array.from({ length: 100 }, (_, n) => name(n))
  await store.events.append(who.map((id) => event('no', id, film!, { kind: 'dislike' })))
  const taken: UserKey[] = []
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      for (;;) {
        const claim = await claimAll(bench, 7)
        if (claim.users.length === 0) return
        taken.push(...claim.users.map(({ userKey }) => userKey))
        await store.adapters.due.finish(
          claim,
          claim.users.map((each) => trained(each, 1)),
        )
      }
    }),
  )
  expect(taken).toHaveLength(100)
  expect(new Set(taken).size).toBe(100)
  const versions = await Promise.all(who.map(async (id) => (await store.adapters.versions(userId(id))).length))
  expect(new Set(versions)).toEqual(new Set([1]))
}
