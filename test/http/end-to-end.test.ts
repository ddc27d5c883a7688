import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventsAnswer } from '../../src/contract/events.js'
import type { RecommendationAnswer } from '../../src/contract/recommendation.js'
import type { EventId, UserId } from '../../src/domain/ids.js'
import { trainAndPublish } from '../../src/jobs/train.js'
import { createSona, type Sona } from '../../src/sona.js'
import { openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { freshHome } from '../storage/fresh-home.js'
import { errorOf, type Served, served } from './served.js'

/** A real Sona on the embedded database, served on a socket. */
interface Running extends Served {
  readonly home: string
  readonly store: Store
  readonly sona: Sona
  recommend(request: object): Promise<RecommendationAnswer>
  tell(events: unknown): Promise<EventsAnswer>
  stop(): Promise<void>
}

async function run(home: string): Promise<Running> {
  const store = await openStore({ home })
  const sona = await createSona({ store })
  const api = await served(sona)
  return {
    ...api,
    home,
    store,
    sona,
    recommend: async (request) => (await api.send('POST', '/v1/recommendations', request)).body as RecommendationAnswer,
    tell: async (events) => (await api.send('POST', '/v1/events', events)).body as EventsAnswer,
    async stop() {
      await api.server.close()
      await sona.close()
      await store.close()
    },
  }
}

const ndjson = { type: 'application/x-ndjson' }
const lines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const idsOf = ({ items }: RecommendationAnswer): string[] => items.map(({ itemId }) => itemId)

/** Two tastes, 20 titles each: whoever likes one taste watches titles of that taste. Some ids are awkward on purpose. */
const titles = Array.from({ length: 40 }, (_, at) => ({
  itemId: at === 0 ? 'dark/alien 👽' : at === 1 ? 'light%2Fparis' : `film-${at}`,
  kind: 'movie',
  title: `Film ${at}`,
  genres: [at % 2 === 0 ? 'Horror' : 'Romance'],
  releasedAt: `${1980 + at}-01-01`,
}))
const watched = Array.from({ length: 60 }, (_, user) =>
  Array.from({ length: 8 }, (_, step) => {
    const film = titles[(user % 2) + 2 * ((user * 7 + step * 3) % 20)]
    return {
      eventId: `seed-${user}-${step}`,
      userId: `viewer-${user}`,
      itemId: film?.itemId,
      kind: 'complete',
      completion: 1,
      occurredAt: Date.now() - (10 - step) * 3_600_000,
    }
  }),
).flat()

let fresh: Awaited<ReturnType<typeof freshHome>>
let sona: Running
beforeAll(async () => {
  fresh = await freshHome()
  sona = await run(fresh.home)
  expect(await sona.send('POST', '/v1/items', lines(titles), ndjson)).toMatchObject({ status: 200 })
  expect(await sona.tell(watched)).toMatchObject({ accepted: watched.length })
  await trainAndPublish(sona.store)
  await sona.sona.reload()
})
afterAll(async () => {
  await sona.stop()
  fresh.remove()
})

describe('what a user gets', () => {
  it('is explained by what they watched, and never has what they have seen', async () => {
    const answer = await sona.recommend({ userId: 'viewer-0', count: 5 })
    expect(answer.items).toHaveLength(5)
    expect(answer.degraded).toEqual([])
    const seen = watched.filter(({ userId }) => userId === 'viewer-0').map(({ itemId }) => itemId)
    for (const { itemId, title, reasons } of answer.items) {
      expect(seen).not.toContain(itemId)
      expect(titles).toContainEqual(expect.objectContaining({ itemId, title }))
      expect(reasons.length).toBeGreaterThan(0)
    }
    const because = answer.items.flatMap(({ reasons }) => reasons).filter(({ kind }) => kind === 'because-watched')
    expect(because.length).toBeGreaterThan(0)
    for (const { items = [] } of because) for (const { itemId } of items) expect(seen).toContain(itemId)
    const horror = answer.items.filter(({ itemId }) => titles.find((title) => title.itemId === itemId)?.genres[0] === 'Horror')
    expect(horror.length).toBeGreaterThanOrEqual(4)
  })

  it('changes with the very next answer when an event is acknowledged, every time', async () => {
    for (let trial = 0; trial < 10; trial++) {
      const userId = `viewer-${trial + 10}`
      const before = await sona.recommend({ userId, count: 40 })
      const [top] = before.items
      const told = await sona.tell({ userId, itemId: top?.itemId, kind: 'complete', completion: 1 })
      expect(told.results[0]?.userVersion).toBe(before.userVersion + 1)
      const after = await sona.recommend({ userId, count: 40 })
      expect(after.userVersion).toBe(before.userVersion + 1)
      expect(idsOf(after)).not.toContain(top?.itemId)
      const scores = new Map(before.items.map(({ itemId, score }) => [itemId, score]))
      expect(after.items.some(({ itemId, score }) => scores.get(itemId) !== score)).toBe(true)
    }
  })

  it('is the same after an event that was told before', async () => {
    const before = await sona.recommend({ userId: 'viewer-1', count: 40 })
    expect(await sona.tell(watched.filter(({ userId }) => userId === 'viewer-1'))).toMatchObject({ accepted: 0, duplicates: 8 })
    const after = await sona.recommend({ userId: 'viewer-1', count: 40 })
    expect(after.userVersion).toBe(before.userVersion)
    expect(idsOf(after)).toEqual(idsOf(before))
  })

  it('keeps to filter, kinds and exclusions, and carries the whole item when asked', async () => {
    const answer = await sona.recommend({
      userId: 'viewer-2',
      filter: { field: 'genres', op: 'in', value: ['romance'] },
      exclude: ['film-3', 'light%2Fparis'],
      include: true,
    })
    expect(answer.items.length).toBe(18)
    for (const { itemId, item } of answer.items) {
      expect(['film-3', 'light%2Fparis']).not.toContain(itemId)
      expect(item).toMatchObject({ itemId, genres: ['romance'], releasedAt: expect.stringMatching(/^\d{4}-01-01T/) })
    }
    expect((await sona.recommend({ userId: 'viewer-2', kinds: ['book'] })).items).toEqual([])
  })

  it('is what is popular when nobody knows them, and is no error', async () => {
    const answer = await sona.recommend({ userId: 'a stranger 🛸/1', count: 10 })
    expect(answer.userVersion).toBe(0)
    expect(answer.items).toHaveLength(10)
    expect(errorOf(await sona.send('GET', `/v1/users/${encodeURIComponent('a stranger 🛸/1')}`)).code).toBe('USER_NOT_FOUND')
  })
})

describe('an item', () => {
  it('with an awkward id is written, read, recommended, watched and deleted as any other', async () => {
    for (const itemId of ['a/b', '🍿', 'x?y=1&z#', '100%', ' ', 'ünïcödé']) {
      const path = `/v1/items/${encodeURIComponent(itemId)}`
      const body = { kind: 'movie', title: itemId === ' ' ? 'Blank' : itemId, genres: ['Awkward'] }
      expect((await sona.send('PUT', path, body)).body).toEqual({ itemId, change: 'created' })
      expect((await sona.send('PUT', path, body)).body).toEqual({ itemId, change: 'unchanged' })
      expect((await sona.send('GET', path)).body).toMatchObject({ itemId, genres: ['awkward'] })
      const request = { userId: 'curious', filter: { field: 'genres', op: 'eq', value: 'awkward' } }
      expect(idsOf(await sona.recommend(request))).toEqual([itemId])
      expect(await sona.tell({ userId: 'curious', itemId, kind: 'complete', completion: 1 })).toMatchObject({ accepted: 1 })
      expect(idsOf(await sona.recommend(request))).toEqual([])
      expect(idsOf(await sona.recommend({ ...request, userId: `another ${itemId}` }))).toEqual([itemId])
      expect((await sona.send('DELETE', path)).status).toBe(200)
      expect(idsOf(await sona.recommend({ ...request, userId: `another ${itemId}` }))).toEqual([])
      expect(errorOf(await sona.send('GET', path)).code).toBe('ITEM_NOT_FOUND')
    }
  })

  it('in a bulk body is stored though its neighbours are faulty', async () => {
    const answer = await sona.send(
      'POST',
      '/v1/items',
      `${lines([{ itemId: 'bulk-1', kind: 'movie', title: 'One', genres: ['Bulk'] }])}{\n${lines([{ itemId: 'bulk-2' }, { itemId: 'bulk-3', kind: 'movie', title: 'Three', genres: ['Bulk'] }])}`,
      ndjson,
    )
    expect(answer.body).toMatchObject({ created: 2, rejected: 2, rejects: [{ line: 2 }, { line: 3 }] })
    const bulk = await sona.recommend({ userId: 'viewer-5', filter: { field: 'genres', op: 'eq', value: 'bulk' } })
    expect(idsOf(bulk).sort()).toEqual(['bulk-1', 'bulk-3'])
    for (const itemId of ['bulk-1', 'bulk-3']) await sona.send('DELETE', `/v1/items/${itemId}`)
  })

  it('that nobody wrote cannot be watched', async () => {
    const answer = await sona.tell([
      { userId: 'viewer-6', itemId: 'nowhere', kind: 'play' },
      { userId: 'viewer-6', itemId: 'film-2', kind: 'play', rating: 11 },
    ])
    expect(answer).toMatchObject({ accepted: 0, rejected: 2, results: [{ code: 'ITEM_NOT_FOUND' }, { code: 'INVALID_EVENT' }] })
  })
})

describe('a user', () => {
  it('is written, obeyed, and erased with all their events', async () => {
    const path = '/v1/users/private%2Fperson'
    await sona.tell({ userId: 'private/person', itemId: 'film-4', kind: 'complete', completion: 1 })
    expect((await sona.send('PUT', path, { traits: { blockedGenres: ['Horror'] } })).status).toBe(200)
    const answer = await sona.recommend({ userId: 'private/person', count: 40 })
    for (const itemId of idsOf(answer)) expect(titles.find((title) => title.itemId === itemId)?.genres).not.toContain('Horror')
    expect((await sona.send('DELETE', path)).body).toEqual({ userId: 'private/person', deleted: true, events: 1 })
    expect(errorOf(await sona.send('GET', path)).code).toBe('USER_NOT_FOUND')
    expect(idsOf(await sona.recommend({ userId: 'private/person', count: 40 }))).toContain('film-4')
  })
})

describe('a server without anything', () => {
  it('is ready, and answers with an empty list and not with an error', async () => {
    const empty = await freshHome()
    const api = await run(empty.home)
    expect((await api.send('GET', '/health/ready')).body).toMatchObject({ status: 'ready', items: 0, modelVersion: 'none' })
    expect(await api.recommend({ userId: 'ann' })).toMatchObject({ items: [], userVersion: 0 })
    await api.send('PUT', '/v1/items/first', { kind: 'movie', title: 'First' })
    expect(idsOf(await api.recommend({ userId: 'ann' }))).toEqual(['first'])
    await api.stop()
    empty.remove()
  })
})

describe('a server that stops while events come in', () => {
  it('has lost nothing that it acknowledged, and stored nothing twice', async () => {
    const home = await freshHome()
    const first = await run(home.home)
    await first.send('PUT', '/v1/items/alien', { kind: 'movie', title: 'Alien' })
    const acknowledged: { userId: string; eventId: string }[] = []
    const senders = Array.from({ length: 6 }, async (_, sender) => {
      for (let at = 0; ; at++) {
        const event = { userId: `user-${sender}`, eventId: `event-${at}`, itemId: 'alien', kind: 'play' }
        const answer = await first.tell(event).catch(() => undefined)
        if (answer?.accepted !== 1) return
        acknowledged.push(event)
      }
    })
    await expect.poll(() => acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(60)
    await first.stop()
    await Promise.all(senders)

    const second = await run(home.home)
    const stored = new Map<UserId, EventId[]>()
    for await (const events of second.store.events.all()) {
      for (const { userId, eventId } of events) stored.set(userId, [...(stored.get(userId) ?? []), eventId])
    }
    for (const { userId, eventId } of acknowledged) expect(stored.get(userId as UserId)).toContain(eventId)
    for (const eventIds of stored.values()) expect(new Set(eventIds).size).toBe(eventIds.length)
    await second.stop()
    home.remove()
  })
})
