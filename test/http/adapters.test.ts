import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AdapterAnswer } from '../../src/contract/adapter.js'
import type { RecommendationAnswer } from '../../src/contract/recommendation.js'
import type { UserId, UserKey } from '../../src/domain/ids.js'
import { type AdapterTrainer, openAdapterTrainer } from '../../src/jobs/adapter-trainer.js'
import { trainDueAdapters } from '../../src/jobs/train-adapters.js'
import { createSona, type Sona } from '../../src/sona.js'
import { openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { lightPlan, lightTier, publishLight, watched } from '../light-adapters.js'
import { freshHome } from '../storage/fresh-home.js'
import { type Served, served } from './served.js'

const plan = { ...lightPlan, ranker: 'personalized' }

describe('a user’s adapter over HTTP', () => {
  let store: Store
  let sona: Sona
  let trainer: AdapterTrainer
  let http: Served
  let remove: () => void

  beforeAll(async () => {
    const fresh = await freshHome()
    remove = fresh.remove
    store = await openStore({ home: fresh.home })
    await publishLight(store, lightTier())
    await store.adapters.due.setPolicy({ leastEvents: 10, pauseMs: 0 })
    sona = await createSona({ store, plan, warmUpQuestions: 0 })
    trainer = await openAdapterTrainer(store, { plan })
    http = await served(sona)
  })
  afterAll(async () => {
    await http?.server.close()
    await trainer?.close()
    await sona?.close()
    await store?.close()
    remove()
  })

  const watch = (user: string, from: number, to: number, half = 0) =>
    sona.events.append(Array.from({ length: to - from }, (_, n) => watched(user, from + n, half)))

  async function ask(userId: string, context?: object): Promise<RecommendationAnswer> {
    const { status, body } = await http.send('POST', '/v1/recommendations', { userId, count: 10, ...(context && { context }) })
    expect(status).toBe(200)
    return body as RecommendationAnswer
  }

  async function adapterOf(userId: string): Promise<AdapterAnswer> {
    const { status, body } = await http.send('GET', `/v1/users/${userId}/adapter`)
    expect(status).toBe(200)
    return body as AdapterAnswer
  }

  it('is none before anything was learned, and nobody’s for a user nobody knows', async () => {
    await watch('ann', 0, 4)
    expect(await adapterOf('ann')).toEqual({ userId: 'ann', leanings: [], due: { events: 4 } })
    expect((await ask('ann')).adapterVersion).toBeUndefined()
    expect((await http.send('GET', '/v1/users/nobody/adapter')).status).toBe(404)
    expect((await http.send('POST', '/v1/users/nobody/adapter')).status).toBe(404)
  })

  it('is in the very next answer once it is trained, moves titles, and says by what', async () => {
    await watch('bob', 0, 9)
    const before = await ask('bob')
    await watch('bob', 9, 12)
    expect((await adapterOf('bob')).due).toEqual({ events: 12, reason: 'events' })
    await trainDueAdapters(store, trainer)
    const after = await ask('bob')
    expect(after.adapterVersion).toBe(1)
    expect(before.items.some(({ sources }) => 'adapter' in sources)).toBe(false)
    expect(after.items.every(({ sources }) => 'adapter' in sources)).toBe(true)
    expect(after.items.flatMap(({ reasons }) => reasons).some(({ kind }) => kind === 'adapter')).toBe(true)
    const { adapter, leanings, due } = await adapterOf('bob')
    expect(adapter).toMatchObject({ version: 1, space: 'light', lessons: 12, format: 'f16' })
    expect(adapter!.gate).toBeGreaterThan(0)
    expect(leanings.find(({ when, feature }) => when === 'always' && feature === 'genre:comedy')!.lift).toBeGreaterThan(0)
    expect(due).toEqual({ events: 0 })
  })

  it('is trained when an operator asks, with less than makes it due by itself', async () => {
    expect((await http.send('POST', '/v1/users/ann/adapter')).body).toEqual({
      userId: 'ann',
      due: { events: 4, reason: 'request' },
    })
    await trainDueAdapters(store, trainer)
    expect((await adapterOf('ann')).adapter).toMatchObject({ version: 1, lessons: 4 })
  })

  it('goes back a version, as a new one, and says that there is none before the first', async () => {
    expect((await http.send('POST', '/v1/users/bob/adapter/rollback', {})).body).toMatchObject({
      error: { code: 'ADAPTER_NOT_FOUND' },
    })
    await watch('bob', 12, 24)
    await trainDueAdapters(store, trainer)
    const { body } = await http.send('POST', '/v1/users/bob/adapter/rollback', {})
    expect(body).toMatchObject({ userId: 'bob', adapter: { version: 3, restoredFrom: 1, lessons: 12 } })
    expect((await ask('bob')).adapterVersion).toBe(3)
    const versions = (await http.send('GET', '/v1/users/bob/adapter/versions')).body as { versions: { version: number }[] }
    expect(versions.versions.map(({ version }) => version)).toEqual([3, 2, 1])
    expect((await http.send('POST', '/v1/users/bob/adapter/rollback', { to: 99 })).status).toBe(404)
  })

  it('is forgotten on request: the shared ranking serves again', async () => {
    await watch('cid', 0, 12)
    const shared = await ask('cid')
    await trainDueAdapters(store, trainer)
    expect((await ask('cid')).adapterVersion).toBe(1)
    expect((await http.send('DELETE', '/v1/users/cid/adapter')).body).toEqual({ userId: 'cid', versions: 1 })
    const again = await ask('cid')
    expect(again.adapterVersion).toBeUndefined()
    expect(again.items).toEqual(shared.items)
  })

  it('speaks by the circumstances of the request, and an answer for others is as it was', async () => {
    const evening = await ask('bob', { device: 'tv' })
    const anywhere = await ask('bob')
    expect(evening.items.map(({ score }) => score)).not.toEqual(anywhere.items.map(({ score }) => score))
    expect((await http.send('POST', '/v1/recommendations', { userId: 'bob', context: { device: 'toaster' } })).status).toBe(400)
  })

  it('is left out where it is damaged, and the answer says so', async () => {
    await watch('eve', 0, 2)
    const { userKey } = (await store.events.userState('eve' as UserId, 1))!
    const [format, facts] = ['f16' as const, { space: 'light', lessons: 9, learnedTo: 2, gate: 1, gain: 1 }]
    await store.adapters.save([{ userKey: userKey as UserKey, format, ...facts, bytes: Uint8Array.of(1, 2, 3) }])
    const answer = await ask('eve')
    expect(answer.degraded).toContain('adapter:corrupt')
    expect(answer.items).toHaveLength(10)
    expect((await http.send('GET', '/v1/users/eve/adapter')).body).toMatchObject({ error: { code: 'ADAPTER_CORRUPT' } })
  })

  it('is not heard, nor learned, for somebody who refused personalisation', async () => {
    await sona.users.put([{ ...(await sona.users.get('bob' as UserId))!, consent: { training: true, personalisation: false } }])
    const answer = await ask('bob')
    expect(answer.adapterVersion).toBeUndefined()
    expect(answer.items.some(({ sources }) => 'adapter' in sources)).toBe(false)
  })
})
