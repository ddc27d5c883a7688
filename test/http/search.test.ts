import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SearchAnswer, SimilarAnswer } from '../../src/contract/search.js'
import type { ItemId } from '../../src/domain/ids.js'
import { addEncoder } from '../../src/inference/add-encoder.js'
import { type EncodersInUse, encodersInUse } from '../../src/inference/encoders-in-use.js'
import { useEncoder } from '../../src/inference/shelf.js'
import { encodeCatalogue } from '../../src/jobs/encode-catalogue.js'
import { trainAndPublish } from '../../src/jobs/train.js'
import { createSona, type Sona } from '../../src/sona.js'
import { openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { writeTinyBert } from '../inference/tiny-bert.js'
import { freshHome } from '../storage/fresh-home.js'
import { errorOf, type Served, served } from './served.js'

/** Words that the made-up encoder knows. */
const known = ['ship', 'space', 'love', 'war', 'dog', 'film', 'about']

const films = [
  {
    itemId: 'alien',
    title: 'Alien',
    genres: ['Horror'],
    cast: ['Sigourney Weaver'],
    directors: ['Ridley Scott'],
    description: 'A crew meets the cat in space.',
    releasedAt: '1979-05-25',
    franchise: 'Alien',
  },
  {
    itemId: 'aliens',
    title: 'Aliens',
    genres: ['Action'],
    cast: ['Sigourney Weaver'],
    directors: ['James Cameron'],
    releasedAt: '1986-07-18',
    franchise: 'Alien',
  },
  {
    itemId: 'runner',
    title: 'Blade Runner',
    description: 'love love war',
    genres: ['Science Fiction'],
    directors: ['Ridley Scott'],
    cast: ['Harrison Ford'],
    releasedAt: '1982-06-25',
    maturity: 'R',
  },
  {
    itemId: 'amelie',
    title: 'Amélie',
    genres: ['Comedy'],
    languages: ['fr'],
    description: 'A waitress in Paris.',
    releasedAt: '2001-04-25',
  },
  { itemId: 'spider', title: 'Spider-Man', genres: ['Action'], releasedAt: '2002-05-03' },
  { itemId: 'hidden', title: 'Alien hidden', hidden: true },
  ...Array.from({ length: 60 }, (_, at) => ({
    itemId: `filler-${at}`,
    title: `Alien filler number ${at}`,
    description: [at, at * 3, at * 5, at * 7].map((n) => known[n % known.length]).join(' '),
    genres: ['Drama'],
    releasedAt: '1990-01-01',
  })),
]

let fresh: Awaited<ReturnType<typeof freshHome>>
let store: Store
let encoders: EncodersInUse
let sona: Sona
let api: Served
beforeAll(async () => {
  fresh = await freshHome()
  store = await openStore({ home: fresh.home })
  encoders = await encodersInUse({ home: fresh.home })
  sona = await createSona({ store, encoders, warmUpQuestions: 0 })
  api = await served(sona)
  const lines = films.map((film) => `${JSON.stringify({ kind: 'movie', ...film })}\n`).join('')
  await api.send('POST', '/v1/items', lines, { type: 'application/x-ndjson' })
})
afterAll(async () => {
  await api?.server.close()
  await sona?.close()
  await encoders?.close()
  await store?.close()
  fresh?.remove()
})

async function search(query: Readonly<Record<string, string>>): Promise<SearchAnswer & { readonly ids: readonly string[] }> {
  const answer = await api.send('GET', `/v1/search?${new URLSearchParams(query)}`)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  const body = answer.body as SearchAnswer
  return { ...body, ids: body.items.map(({ itemId }) => itemId) }
}

async function similar(id: string, query: Readonly<Record<string, string>> = {}): Promise<SimilarAnswer> {
  return (await api.send('GET', `/v1/items/${id}/similar?${new URLSearchParams(query)}`)).body as SimilarAnswer
}

describe('GET /v1/search without an encoder', () => {
  it('finds by title, mistyped and without accents, by people and by what is told, and says what it did without', async () => {
    for (const [q, id] of [
      ['alien', 'alien'],
      ['blade runer', 'runner'],
      ['amelie', 'amelie'],
      ['spiderman', 'spider'],
      ['ridley scott blade', 'runner'],
      ['harison ford', 'runner'],
      ['waitresses in paris', 'amelie'],
      ['alien 1979', 'alien'],
    ] as const) {
      const { ids, degraded } = await search({ q })
      expect(ids[0], q).toBe(id)
      expect(degraded).toEqual(['semantic:no-encoder'])
    }
  })

  it('answers with admissible items alone, and still finds all of the few that a filter keeps', async () => {
    expect((await search({ q: 'alien', count: '100' })).ids).not.toContain('hidden')
    const filter = JSON.stringify({ field: 'releasedYear', op: 'lt', value: 1987 })
    expect((await search({ q: 'alien', filter })).ids.slice(0, 2)).toEqual(['alien', 'aliens'])
    // Sixty fillers match as well: the words' own lists hold none of these two unless they are asked among the admissible.
    const late = JSON.stringify({ field: 'directors', op: 'eq', value: 'James Cameron' })
    expect((await search({ q: 'filler number', filter: late })).ids).toEqual([])
    expect((await search({ q: 'aliens filler number', filter: late })).ids).toEqual(['aliens'])
  })

  it('finds what the user has seen, and keeps to the user’s limits', async () => {
    await api.send('PUT', '/v1/users/child', { traits: { maxMaturity: '13+' } })
    await api.send('POST', '/v1/events', {
      events: [{ eventId: '1', userId: 'ann', itemId: 'runner', kind: 'complete', completion: 1, occurredAt: Date.now() - 1000 }],
    })
    expect((await search({ q: 'blade runner', userId: 'ann' })).ids[0]).toBe('runner')
    expect((await search({ q: 'blade runner', userId: 'child' })).ids).not.toContain('runner')
  })

  it('answers whole items when asked to', async () => {
    const { items } = await search({ q: 'alien', include: 'true', count: '1' })
    expect(items).toEqual([
      expect.objectContaining({ itemId: 'alien', item: expect.objectContaining({ directors: ['Ridley Scott'] }) }),
    ])
  })

  it('knows a new title in the very next search', async () => {
    await api.send('PUT', '/v1/items/fresh', { kind: 'movie', title: 'Quuxotic Voyage' })
    expect((await search({ q: 'quuxotic' })).ids).toEqual(['fresh'])
    await api.send('DELETE', '/v1/items/fresh')
    expect((await search({ q: 'quuxotic' })).ids).not.toContain('fresh')
  })

  it('answers any text, or says what is wrong with it', async () => {
    for (const q of [
      '🎬🎬',
      '映画',
      "'; drop table sona.items; --",
      '"a" -b or (c & d):*',
      '\\',
      '%_',
      ' a ',
      '\u0001',
      'ünïcödé',
      'x'.repeat(1000),
    ]) {
      expect((await search({ q })).items).toBeInstanceOf(Array)
    }
    for (const [query, status, code] of [
      ['', 400, 'INVALID_REQUEST'],
      ['q=', 400, 'INVALID_REQUEST'],
      ['q=%20%20', 400, 'INVALID_REQUEST'],
      ['q=a%00b', 400, 'INVALID_REQUEST'],
      [`q=${'x'.repeat(1001)}`, 400, 'INVALID_REQUEST'],
      [`q=${'x'.repeat(2 ** 20)}`, 431, 'HEADERS_TOO_LARGE'],
      ['q=a&count=0', 400, 'INVALID_REQUEST'],
      ['q=a&count=101', 400, 'INVALID_REQUEST'],
      ['q=a&kinds=film', 400, 'INVALID_REQUEST'],
      ['q=a&filter=%7B', 400, 'INVALID_REQUEST'],
      ['q=a&filter=%7B%22field%22%3A%22nope%22%2C%22op%22%3A%22eq%22%2C%22value%22%3A1%7D', 400, undefined],
      ['q=a&page=2', 400, 'INVALID_REQUEST'],
    ] as const) {
      const answer = await api.send('GET', `/v1/search?${query}`)
      expect(answer.status, query.slice(0, 50)).toBe(status)
      if (code !== undefined) expect(errorOf(answer).code).toBe(code)
    }
    expect((await search({ q: 'alien' })).ids[0]).toBe('alien')
  })
})

describe('GET /v1/search with an encoder', () => {
  it('has the query’s meaning beside its words, once the catalogue is encoded', async () => {
    const { version } = await addEncoder(fresh.home, (await writeTinyBert(join(fresh.home, 'tiny'))).directory)
    await useEncoder(fresh.home, version)
    await encoders.refresh()
    expect((await search({ q: 'the film' })).degraded).toEqual(['semantic:no-vectors'])
    await encodeCatalogue(store, encoders.current!)
    await sona.reload()
    const { items, degraded } = await search({ q: 'the film' })
    expect(degraded).toEqual([])
    expect(items.some(({ parts }) => parts.meaning !== undefined)).toBe(true)
    expect((await search({ q: 'blade runner' })).ids[0]).toBe('runner')
  })

  it('has the vector of an item within two seconds after its write was acknowledged', async () => {
    await api.send('PUT', '/v1/items/later', { kind: 'movie', title: 'dog ship war' })
    const written = performance.now()
    const isNear = async (): Promise<boolean> =>
      (await search({ q: 'dog ship war', count: '100' })).items.some(
        ({ itemId, parts }) => itemId === 'later' && parts.meaning !== undefined,
      )
    while (!(await isNear())) {
      expect(performance.now() - written).toBeLessThan(2_000)
      await sleep(20)
    }
  })

  it('says that vectors are of another version, until they are made anew', async () => {
    const { version } = await addEncoder(fresh.home, (await writeTinyBert(join(fresh.home, 'tiny-2'), { seed: 2 })).directory)
    await useEncoder(fresh.home, version)
    await encoders.refresh()
    expect((await search({ q: 'the film' })).degraded).toEqual(['semantic:other-version'])
    await encodeCatalogue(store, encoders.current!)
    await sona.reload()
    expect((await search({ q: 'the film' })).degraded).toEqual([])
  })
})

describe('GET /v1/items/:id/similar', () => {
  it('answers by vectors alone before anything is trained, the nearest first, and names what could not speak', async () => {
    const { version } = (await store.embeddings.current())!
    const numbers = await store.items.numbersOf(films.map(({ itemId }) => itemId as ItemId))
    const itemNos = Int32Array.from(numbers.values()).sort()
    const values = new Float32Array(itemNos.length * 512)
    const { runner, spider } = { runner: numbers.get('runner' as ItemId), spider: numbers.get('spider' as ItemId) }
    itemNos.forEach((itemNo, row) => {
      // Every item an axis of its own, and a share of Blade Runner's: Spider-Man's is the largest.
      const share = itemNo === runner ? 1 : itemNo === spider ? 0.9 : 0.5
      values[row * 512] = share
      values[row * 512 + 1 + row] = Math.sqrt(1 - share ** 2)
    })
    await store.embeddings.put(version, { itemNos, values, contentHashes: Array.from(itemNos, () => Uint8Array.of(0)) })
    await store.embeddings.use(version)
    await sona.reload()
    const { items, degraded, title } = await similar('runner', { count: '5' })
    expect(title).toBe('Blade Runner')
    expect(items).toHaveLength(5)
    expect(items[0]?.itemId).toBe('spider')
    expect(items.map(({ itemId }) => itemId)).not.toContain('runner')
    expect(degraded).toEqual(['collaborative:none-published', 'graph:none-published'])
  })

  it('has what the same people watch, once models are trained', async () => {
    const watched = Array.from({ length: 40 }, (_, user) =>
      ['alien', user % 2 === 0 ? 'spider' : 'aliens', `filler-${user % 20}`].map((itemId, step) => ({
        eventId: `${user}-${step}`,
        userId: `viewer-${user}`,
        itemId,
        kind: 'complete',
        completion: 1,
        occurredAt: Date.now() - (10 - step) * 3_600_000,
      })),
    ).flat()
    await api.send('POST', '/v1/events', { events: watched })
    await trainAndPublish(store, { models: [{ algorithm: 'item-knn' }, { algorithm: 'graph-walk' }], seed: 1, threads: 1 })
    await sona.reload()
    const { items, degraded } = await similar('alien', { count: '3' })
    expect(degraded).toEqual([])
    expect(items.map(({ itemId }) => itemId)).toEqual(expect.arrayContaining(['aliens', 'spider']))
    expect(items[0]?.sources.collaborative).toBeDefined()
    expect(
      (await similar('alien', { filter: JSON.stringify({ field: 'genres', op: 'eq', value: 'drama' }) })).items.every(
        ({ itemId }) => itemId.startsWith('filler'),
      ),
    ).toBe(true)
  })

  it('may be kept by caches: the same answer has the same tag, and is not sent twice', async () => {
    const [first, second] = [await api.send('GET', '/v1/items/alien/similar'), await api.send('GET', '/v1/items/alien/similar')]
    const etag = first.headers.get('etag')
    expect(etag).toMatch(/^"[\w-]{22}"$/)
    expect(second.headers.get('etag')).toBe(etag)
    expect(first.headers.get('cache-control')).toBe('public, max-age=60, stale-while-revalidate=600')
    for (const tag of [etag!, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await fetch(`${api.url}/v1/items/alien/similar`, { headers: { 'if-none-match': tag } })
      expect(response.status).toBe(304)
      expect(await response.text()).toBe('')
      expect(response.headers.get('etag')).toBe(etag)
    }
    const other = await fetch(`${api.url}/v1/items/alien/similar`, { headers: { 'if-none-match': '"other"' } })
    expect(other.status).toBe(200)
  })

  it('knows nothing of an item that is not there, and keeps no such answer', async () => {
    const answer = await api.send('GET', '/v1/items/nobody/similar')
    expect(errorOf(answer).code).toBe('ITEM_NOT_FOUND')
    expect(answer.headers.get('cache-control')).toBeNull()
    expect((await api.send('GET', '/v1/items/hidden/similar')).status).toBe(404)
  })
})
