import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recommendationRequestSchema } from '../../src/contract/recommendation.js'
import type { Event } from '../../src/domain/event.js'
import type { EventId, ItemId, UserId } from '../../src/domain/ids.js'
import { fullConsent, noTraits } from '../../src/domain/user.js'
import { trainAndPublish } from '../../src/jobs/train.js'
import type { PlanSpec } from '../../src/pipeline/plan.js'
import { createSona, type Sona } from '../../src/sona.js'
import { openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { ITEMS, smallItems } from '../small-world.js'

const plan: PlanSpec = {
  name: 'three-sources',
  sources: [
    { name: 'collaborative', source: 'collaborative', model: 'ease' },
    { name: 'sequential', source: 'sequential', model: 'transitions' },
    { name: 'popular', source: 'popular', model: 'popularity' },
  ],
  ranker: 'weighted',
  weights: { collaborative: 1, sequential: 1, popular: 0.1 },
  rules: [{ name: 'eligible' }],
  candidatesPerSource: 100,
}
const DAY_MS = 86_400_000
let clock = Date.UTC(2025, 0, 1)
let serial = 0

function completed(userId: string, itemId: string): Event {
  clock += 60_000
  return {
    eventId: `e${serial++}` as EventId,
    userId: userId as UserId,
    itemId: itemId as ItemId,
    kind: 'complete',
    completion: 1,
    rewatch: false,
    occurredAt: clock,
  }
}

const request = (userId: string, more: object = {}) => recommendationRequestSchema.parse({ userId, count: 10, ...more })

describe('a running Sona on the embedded database', () => {
  let home: string
  let store: Store
  let sona: Sona

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'sona-engine-'))
    store = await openStore({ home: join(home, 'data') })
  })
  afterAll(async () => {
    await sona?.close()
    await store?.close()
    await rm(home, { recursive: true, force: true })
  })

  it('answers from an empty catalogue with an empty list, and says that no model is published', async () => {
    sona = await createSona({ store, plan })
    const answer = await sona.recommend(request('anybody'))
    expect(answer.items).toEqual([])
    expect(answer.degraded).toContain('source:collaborative:no-model')
    expect(sona.health()).toMatchObject({ ready: true, modelVersion: 'none', items: 0, degraded: ['models:none-published'] })
  })

  it('recommends a new item as soon as its write is acknowledged', async () => {
    await sona.items.put(smallItems.map(({ item }) => item))
    const answer = await sona.recommend(request('anybody', { count: ITEMS }))
    expect(answer.items).toHaveLength(ITEMS)
    expect(answer.items[0].reasons[0].kind).toBe('new')
  })

  it('takes over newly trained models without a restart', async () => {
    const events: Event[] = []
    for (let user = 0; user < 60; user++) {
      for (let n = 0; n < 12; n++) events.push(completed(`user-${user}`, `film-${(user % 2) * 30 + ((user + 2 * n) % 30)}`))
    }
    await sona.events.append(events)
    const { version } = await trainAndPublish(store, { plan, threads: 1 })
    expect(await sona.reload()).toEqual({ modelVersion: String(version) })
    const answer = await sona.recommend(request('user-0'))
    expect(answer).toMatchObject({ modelVersion: String(version), degraded: [] })
    expect(answer.items[0].reasons[0]).toMatchObject({ kind: 'because-watched' })
    expect(answer.items[0].reasons[0].text).toMatch(/^Because you watched Film \d+/)
  })

  it('knows an event in the very next answer: the title is gone and other scores differ', async () => {
    for (let trial = 0; trial < 50; trial++) {
      const userId = `user-${trial}`
      const before = await sona.recommend(request(userId))
      const top = before.items[0].itemId
      await sona.events.append([completed(userId, top)])
      const after = await sona.recommend(request(userId))
      expect(after.userVersion).toBe(before.userVersion + 1)
      expect(after.items.map(({ itemId }) => itemId)).not.toContain(top)
      const scores = new Map(before.items.map(({ itemId, score }) => [itemId, score]))
      expect(after.items.some(({ itemId, score }) => scores.has(itemId) && scores.get(itemId) !== score)).toBe(true)
    }
  })

  it('shows its own writes to answers asked at the same time as many others write', async () => {
    await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const userId = `crowd-${n % 8}`
        const itemId = `film-${n}`
        await sona.events.append([completed(userId, itemId)])
        const answer = await sona.recommend(request(userId, { count: ITEMS }))
        expect(answer.items.map((item) => item.itemId)).not.toContain(itemId)
      }),
    )
  })

  it('gives the same answer from memory as from the store', async () => {
    for (const userId of ['user-1', 'crowd-3', 'nobody']) {
      const remembered = await sona.recommend(request(userId))
      const fresh = await createSona({ store, plan })
      const read = await fresh.recommend(request(userId))
      await fresh.close()
      expect(read.items).toEqual(remembered.items)
    }
  })

  it('takes a late event into the past, not to the end of it', async () => {
    const late = { ...completed('user-7', 'film-3'), occurredAt: clock - 300 * DAY_MS }
    await sona.events.append([late])
    const { events } = (await store.events.userState('user-7' as UserId, 1_000)) ?? { events: [] }
    expect(events.at(-1)?.event.eventId).toBe(late.eventId)
    const answer = await sona.recommend(request('user-7', { count: ITEMS }))
    expect(answer.items.map(({ itemId }) => itemId)).not.toContain('film-3')
  })

  it('never recommends a deleted item, and keeps answering users who watched it', async () => {
    const [{ itemId }] = (await sona.recommend(request('user-9'))).items
    expect(await sona.items.delete(itemId as ItemId)).toBe(true)
    const answer = await sona.recommend(request('user-9', { count: ITEMS }))
    expect(answer.items.map((item) => item.itemId)).not.toContain(itemId)
    expect(await sona.items.delete(itemId as ItemId)).toBe(false)
  })

  it('obeys a user’s limits from the next answer on', async () => {
    const kids = smallItems.slice(0, 3).map(({ item }) => ({ ...item, maturity: 'all' as const }))
    await sona.items.put(kids)
    await sona.users.put([{ userId: 'child' as UserId, traits: { ...noTraits, maxMaturity: '7+' }, consent: fullConsent }])
    const answer = await sona.recommend(request('child'))
    expect(new Set(answer.items.map(({ itemId }) => itemId))).toEqual(new Set(kids.map(({ itemId }) => itemId)))
  })

  it('does not use the past of a user who does not agree to it', async () => {
    const user = { userId: 'user-11' as UserId, traits: noTraits, consent: { training: true, personalisation: false } }
    await sona.users.put([user])
    const answer = await sona.recommend(request('user-11'))
    expect(answer.items.every(({ reasons }) => reasons.every(({ kind }) => kind !== 'because-watched'))).toBe(true)
  })

  it('forgets an erased user', async () => {
    await sona.events.append([completed('leaving', 'film-5'), completed('leaving', 'film-6')])
    expect((await sona.recommend(request('leaving'))).userVersion).toBeGreaterThan(0)
    expect(await sona.users.delete('leaving' as UserId)).toEqual({ events: 2 })
    const answer = await sona.recommend(request('leaving', { count: ITEMS }))
    expect(answer.userVersion).toBe(0)
    expect(answer.items.map(({ itemId }) => itemId)).toContain('film-5')
  })

  it('says what is wrong with a filter, and refuses a context that nothing obeys', async () => {
    const filter = { field: 'attributes.votes', op: 'gt', value: 'many' } as const
    await expect(sona.recommend(request('user-1', { filter }))).rejects.toMatchObject({ code: 'INVALID_FILTER' })
    expect(recommendationRequestSchema.safeParse({ userId: 'u', context: { mood: 'gloomy' } }).success).toBe(false)
  })

  it('remembers what it served', async () => {
    const { recommendationId, items } = await sona.recommend(request('user-1'))
    await sona.close()
    const served = await store.recommendations.get(recommendationId as never)
    expect(served?.items).toHaveLength(items.length)
    sona = await createSona({ store, plan })
  })

  it('still serves when one published model is damaged, and says so', async () => {
    const damaged = new Map<string, Uint8Array>()
    for (const { name, version } of await store.artifacts.list()) damaged.set(name, await store.artifacts.read(name, version))
    const ease = Uint8Array.from(damaged.get('ease') ?? [])
    ease[ease.length - 1] ^= 1
    await store.artifacts.publish(new Map([...damaged, ['ease', ease]]))
    const told: string[] = []
    const limping = await createSona({ store, plan, onProblem: (what) => told.push(what) })
    const answer = await limping.recommend(request('user-1'))
    expect(answer.degraded).toEqual(['source:collaborative:no-model'])
    expect(answer.items).toHaveLength(10)
    expect(limping.health().degraded).toEqual(['models:1-corrupt'])
    expect(told).toEqual(['A published model cannot be used.'])
    await limping.close()
  })

  it('keeps answering when the database is gone: a stranger’s list, marked degraded, for those it does not remember', async () => {
    const lonely = await createSona({ store, plan })
    await lonely.recommend(request('user-1'))
    await store.close()
    const remembered = await lonely.recommend(request('user-1'))
    expect(remembered.degraded).not.toContain('user-state:DATABASE_UNAVAILABLE')
    const unknown = await lonely.recommend(request('user-2'))
    expect(unknown.items).toHaveLength(10)
    expect(unknown.degraded).toContain('user-state:DATABASE_UNAVAILABLE')
    await expect(lonely.events.append([completed('user-2', 'film-1')])).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    await lonely.close()
    store = await openStore({ home: join(home, 'data') })
  })
})

it('refuses a plan that cannot work before it starts any thread', async () => {
  const impossible = { ...plan, ranker: 'none' }
  await expect(createSona({ store: {} as Store, plan: impossible })).rejects.toMatchObject({ code: 'INVALID_PLAN' })
})
