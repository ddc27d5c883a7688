import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emptyAdapter } from '../../src/adapters/adapter.js'
import { decodeAdapter, encodeAdapter } from '../../src/adapters/codec.js'
import { decodeShared } from '../../src/adapters/shared-codec.js'
import type { EventId, UserId } from '../../src/domain/ids.js'
import { createRandom } from '../../src/domain/random.js'
import { fullConsent, noTraits } from '../../src/domain/user.js'
import { createUserStates, type KnownUser } from '../../src/engine/user-states.js'
import { type AdapterTrainer, type AdapterTrainerOptions, openAdapterTrainer } from '../../src/jobs/adapter-trainer.js'
import { pastOf, trailBefore } from '../../src/jobs/past.js'
import { trainDueAdapters } from '../../src/jobs/train-adapters.js'
import { openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { lightPlan, lightTier, publishLight, watched } from '../light-adapters.js'
import { smallItems } from '../small-world.js'
import { freshHome } from '../storage/fresh-home.js'

describe('training the adapters of who is due', () => {
  let store: Store
  let trainer: AdapterTrainer
  let remove: () => void

  beforeAll(async () => {
    const fresh = await freshHome()
    remove = fresh.remove
    store = await openStore({ home: fresh.home })
    await publishLight(store)
    await store.adapters.due.setPolicy({ leastEvents: 10, pauseMs: 0 })
    trainer = await open()
  })
  afterAll(async () => {
    await trainer?.close()
    await store?.close()
    remove()
  })

  function open(options: AdapterTrainerOptions = {}): Promise<AdapterTrainer> {
    return openAdapterTrainer(store, { plan: lightPlan, tier: lightTier(), ...options })
  }

  const id = (name: string): UserId => name as UserId

  async function watches(name: string, from: number, to: number, half = 0): Promise<void> {
    await store.events.append(Array.from({ length: to - from }, (_, n) => watched(name, from + n, half)))
  }

  async function stored(name: string) {
    const found = await store.adapters.load(id(name))
    return found && { ...found, adapter: decodeAdapter(found.bytes) }
  }

  it('learns from every new event once, up to the last one, and leaves nobody due', async () => {
    for (const name of ['ann', 'bob', 'cid']) await watches(name, 0, 12, name === 'bob' ? 1 : 0)
    const run = await trainDueAdapters(store, trainer, { batch: 2 })
    expect(run).toMatchObject({ users: 3, saved: 3, lost: 0, events: 36, lessons: 36, passedOver: 0, problems: [] })
    expect(await stored('ann')).toMatchObject({ version: 1, space: 'light', lessons: 12, learnedTo: 12 })
    expect(await store.adapters.due.counts()).toMatchObject({ gathering: 0, due: 0, claimed: 0 })

    expect(await trainDueAdapters(store, trainer)).toMatchObject({ users: 0, saved: 0 })
    await watches('ann', 12, 22)
    expect(await trainDueAdapters(store, trainer)).toMatchObject({ users: 1, events: 10, lessons: 10 })
    expect(await stored('ann')).toMatchObject({ version: 2, lessons: 22, learnedTo: 22 })
  })

  it('learns what its user leans to: titles of their genre gain, the loss falls, the gate opens', async () => {
    const [ann, bob] = [(await stored('ann'))!.adapter, (await stored('bob'))!.adapter]
    expect(ann.values[0]).toBeGreaterThan(0.05) // always, comedies against thrillers
    expect(bob.values[0]).toBeLessThan(-0.05)
    expect(ann.gate.gain).toBeGreaterThan(0)
    await watches('dee', 0, 20)
    const { lossBefore, lossAfter, meanGate, open: opened } = await trainDueAdapters(store, trainer)
    expect(lossAfter).toBeLessThan(lossBefore)
    expect(opened).toBe(1)
    expect(meanGate).toBeGreaterThan(0)
  })

  it('makes lessons of the same trail and the same seen titles as an answer just before the event', async () => {
    const random = createRandom(7)
    const kinds = ['impression', 'play', 'progress', 'complete', 'rate', 'dislike', 'click', 'dismiss'] as const
    const events = Array.from({ length: 60 }, (_, n) => ({
      ...watched('eve', n),
      eventId: `${n}` as EventId,
      itemId: smallItems[random.below(8)]!.item.itemId,
      kind: kinds[random.below(kinds.length)]!,
      completion: random.below(11) / 10,
    }))
    const states = createUserStates(store, { historyLimit: 1_000, maxUsers: 1 })
    const before: KnownUser[] = []
    for (const event of events) {
      states.forget('everybody')
      before.push(await states.get(id('eve')))
      await store.events.append([event])
    }
    const { userKey } = (await store.events.userState(id('eve'), 1))!
    const past = pastOf(await store.events.pastsOf([{ userKey, after: 0 }]), 0, 0)
    expect(past.visits.length).toBeGreaterThan(30)
    past.visits.forEach(({ itemNo, seenBefore }, place) => {
      // The first event of the visit: the first after the visit before it that teaches.
      const first = place === 0 ? 0 : events.findIndex(({ occurredAt }) => occurredAt > past.visits[place - 1]!.occurredAt)
      const teaching = events.findIndex(({ kind }, at) => at >= first && kind !== 'impression')
      const { trail, seen } = before[teaching]!
      expect(smallItems[itemNo]!.item.itemId).toBe(events[teaching]!.itemId)
      expect(trailBefore(past.trail, place, 1_000)).toEqual(trail)
      expect([...new Set(past.seen.subarray(0, seenBefore))].sort((a, b) => a - b)).toEqual([...seen].sort((a, b) => a - b))
    })
    await trainDueAdapters(store, trainer)
  })

  it('passes over what the models learned from, unless told otherwise', async () => {
    const old = Array.from({ length: 12 }, (_, n) => ({ ...watched('fay', n), occurredAt: Date.UTC(2020, 0, 1 + n) }))
    await store.events.append(old)
    expect(await trainDueAdapters(store, trainer)).toMatchObject({ users: 1, saved: 0, events: 12, lessons: 0, passedOver: 12 })
    expect(await stored('fay')).toBeUndefined()
    await store.events.append(old.map((event) => ({ ...event, userId: id('gus') })))
    const all = await open({ events: 'all' })
    expect(await trainDueAdapters(store, all)).toMatchObject({ users: 1, saved: 1, lessons: 12 })
    await all.close()
  })

  it('learns nothing from somebody who did not agree, and asks them no more', async () => {
    await watches('hal', 0, 12)
    await store.users.put([{ userId: id('hal'), traits: noTraits, consent: { ...fullConsent, training: false } }])
    expect(await trainDueAdapters(store, trainer)).toMatchObject({ users: 1, saved: 0, lessons: 0, events: 12 })
    expect(await trainDueAdapters(store, trainer)).toMatchObject({ users: 0 })
  })

  it('knows a title that was written after the models were loaded', async () => {
    const [newcomer] = await store.items.put([{ ...smallItems[0]!.item, itemId: 'newcomer' as never, title: 'Newcomer' }])
    await watches('ida', 0, 9)
    await store.events.append([{ ...watched('ida', 9), itemId: newcomer!.item.itemId, kind: 'dislike' }])
    // Nobody proposes it, but who refuses it is heard.
    expect(await trainDueAdapters(store, trainer)).toMatchObject({ users: 1, lessons: 10, passedOver: 0 })
  })

  it('begins anew where the adapter before is damaged, and says so', async () => {
    await watches('jon', 0, 1)
    const { userKey } = (await store.events.userState(id('jon'), 1))!
    const facts = { space: 'light', format: 'f16', lessons: 5, learnedTo: 0, gate: 1, gain: 1 } as const
    const bytes = encodeAdapter(emptyAdapter(lightTier().space), 'f16')
    bytes[50]! ^= 1
    await store.adapters.save([{ userKey, ...facts, bytes }])
    await store.adapters.due.request([id('jon')])
    const run = await trainDueAdapters(store, trainer)
    expect(run).toMatchObject({ users: 1, saved: 1 })
    expect(run.problems).toEqual([expect.stringContaining('checksum')])
    expect(await stored('jon')).toMatchObject({ version: 2, lessons: 1 })
  })

  it('trains only the users it is told to', async () => {
    for (const name of ['kim', 'lea']) await watches(name, 0, 10)
    expect(await trainDueAdapters(store, trainer, { users: [id('lea')] })).toMatchObject({ users: 1 })
    expect(await stored('kim')).toBeUndefined()
    expect(await trainDueAdapters(store, trainer)).toMatchObject({ users: 1 })
  })

  it('brings together what several learn from everybody at the same time', async () => {
    const before = (await store.adapters.tiers.newest('light'))!
    const others = [await open(), await open()]
    for (let n = 0; n < 20; n++) await watches(`pair-${n}`, 0, 10)
    const runs = await Promise.all(others.map((other) => trainDueAdapters(store, other, { batch: 3 })))
    await Promise.all(others.map((other) => other.close()))
    expect(runs.reduce((sum, { users }) => sum + users, 0)).toBe(20)
    const after = (await store.adapters.tiers.newest('light'))!
    expect(after.version).toBeGreaterThan(before.version)
    const [was, is] = [before, after].map(({ bytes, version }) => decodeShared(bytes, version))
    // Two hundred lessons, of which the discount has forgotten hardly any.
    expect(is!.gate.weight - was!.gate.weight).toBeGreaterThan(190)
    expect(is!.gate.weight - was!.gate.weight).toBeLessThanOrEqual(200)
  })

  it('does nothing before a tier was ever fitted', async () => {
    const without = await openAdapterTrainer(store, { plan: lightPlan })
    await watches('mia', 0, 10)
    expect(await trainDueAdapters(store, without)).toMatchObject({ users: 0 })
    expect(await store.adapters.due.ofUser(id('mia'))).toEqual({ events: 10, reason: 'events' })
    await without.close()
  })

  it('stops between two batches when it is asked to, or when its time is up', async () => {
    for (let n = 0; n < 6; n++) await watches(`stop-${n}`, 0, 10)
    const stop = new AbortController()
    const run = await trainDueAdapters(store, trainer, { batch: 2, signal: stop.signal, onProgress: () => stop.abort() })
    expect(run.users).toBe(2)
    expect(await trainDueAdapters(store, trainer, { budgetMs: 0 })).toMatchObject({ users: 0 })
    expect((await trainDueAdapters(store, trainer)).users).toBeGreaterThanOrEqual(4)
  })

  it('gives the claim back when training fails', async () => {
    await watches('ned', 0, 10)
    const broken = await open()
    await broken.close()
    await expect(trainDueAdapters(store, broken)).rejects.toMatchObject({ code: 'THREAD_DIED' })
    const half: AdapterTrainer = { ...trainer, train: () => broken.train({ users: [], pasts: {} as never }) }
    await expect(trainDueAdapters(store, half)).rejects.toMatchObject({ code: 'THREAD_DIED' })
    expect(await trainDueAdapters(store, trainer)).toMatchObject({ users: 1 })
  })
})
