import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SearchAnswer, SimilarAnswer } from '../../src/contract/search.js'
import { createRandom } from '../../src/domain/random.js'
import { addEncoder } from '../../src/inference/add-encoder.js'
import { type EncodersInUse, encodersInUse } from '../../src/inference/encoders-in-use.js'
import { useEncoder } from '../../src/inference/shelf.js'
import { encodeCatalogue } from '../../src/jobs/encode-catalogue.js'
import { createSona, type Sona } from '../../src/sona.js'
import { openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { type Served, served } from '../http/served.js'
import { writeTinyBert } from '../inference/tiny-bert.js'
import { freshDatabase, serverUrl, whySkipped } from '../storage/fresh-database.js'
import { freshHome } from '../storage/fresh-home.js'

/** Words that the made-up encoder knows. */
const WORDS = ['ship', 'space', 'love', 'war', 'dog', 'film', 'about']
const random = createRandom('films')
const films = Array.from({ length: 150 }, (_, at) => ({
  kind: 'movie',
  itemId: `film-${at}`,
  title: `Number ${at}`,
  description: Array.from({ length: 5 + random.below(20) }, () => WORDS[random.below(WORDS.length)]).join(' '),
  genres: [at % 30 === 7 ? 'Horror' : 'Drama'],
}))

/** What each size of a catalogue does with its vectors, on a small one with the limits moved. */
const sizes = {
  numbers: {},
  bytes: { mostAsNumbers: 0 },
  database: { mostAsNumbers: 0, mostAsBytes: 0 },
} as const
type Size = keyof typeof sizes

describe.skipIf(serverUrl === undefined)(
  `vectors of a catalogue by its size, on a server${serverUrl ? '' : `: ${whySkipped}`}`,
  () => {
    let database: Awaited<ReturnType<typeof freshDatabase>>
    let fresh: Awaited<ReturnType<typeof freshHome>>
    let store: Store
    let encoders: EncodersInUse
    const running = new Map<Size, { readonly sona: Sona; readonly api: Served }>()

    beforeAll(async () => {
      database = await freshDatabase()
      fresh = await freshHome()
      store = await openStore({ databaseUrl: database.url })
      const { directory } = await writeTinyBert(`${fresh.home}/tiny`, { seed: 3 })
      const { version } = await addEncoder(fresh.home, directory)
      await useEncoder(fresh.home, version)
      encoders = await encodersInUse({ home: fresh.home })
      const first = await createSona({ store, encoders, warmUpQuestions: 0 })
      const api = await served(first)
      const lines = films.map((film) => `${JSON.stringify(film)}\n`).join('')
      await api.send('POST', '/v1/items', lines, { type: 'application/x-ndjson' })
      await encodeCatalogue(store, encoders.current!)
      await api.server.close()
      await first.close()
      for (const [size, vectorLimits] of Object.entries(sizes)) {
        const sona = await createSona({ store, encoders, vectorLimits, warmUpQuestions: 0 })
        running.set(size as Size, { sona, api: await served(sona) })
      }
    })
    afterAll(async () => {
      for (const { sona, api } of running.values()) {
        await api.server.close()
        await sona.close()
      }
      await encoders?.close()
      await store?.close()
      fresh?.remove()
      await database?.drop()
    })

    async function ask<Answer>(size: Size, path: string): Promise<Answer> {
      const answer = await running.get(size)!.api.send('GET', path)
      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      return answer.body as Answer
    }
    const search = (size: Size, query: Readonly<Record<string, string>>): Promise<SearchAnswer> =>
      ask(size, `/v1/search?${new URLSearchParams(query)}`)

    it('finds the same by meaning, wherever the vectors are', async () => {
      const query = { q: 'a war about love in space', count: '20' }
      const [numbers, bytes, graph] = await Promise.all(
        (['numbers', 'bytes', 'database'] as const).map((size) => search(size, query)),
      )
      for (const answer of [numbers!, bytes!, graph!]) {
        expect(answer.degraded).toEqual([])
        expect(answer.items.some(({ parts }) => parts.meaning !== undefined)).toBe(true)
      }
      const meant = ({ items }: SearchAnswer): string[] => items.map(({ itemId }) => itemId)
      const shared = (other: SearchAnswer): number => meant(other).filter((id) => meant(numbers!).includes(id)).length
      expect(shared(bytes!)).toBeGreaterThanOrEqual(19)
      expect(shared(graph!)).toBeGreaterThanOrEqual(19)
    })

    it('fills the list under a filter that keeps a few', async () => {
      const filter = JSON.stringify({ field: 'genres', op: 'eq', value: 'horror' })
      for (const size of Object.keys(sizes) as Size[]) {
        const { items } = await search(size, { q: 'war love', count: '5', filter })
        expect(items.map(({ itemId }) => Number(itemId.slice(5)) % 30, size)).toEqual([7, 7, 7, 7, 7])
      }
    })

    it('compares similar titles by bytes too; without vectors in memory it says that it could not', async () => {
      const isSilent = async (size: Size): Promise<boolean> =>
        (await ask<SimilarAnswer>(size, '/v1/items/film-12/similar')).degraded.includes('content:no-vector')
      expect([await isSilent('numbers'), await isSilent('bytes'), await isSilent('database')]).toEqual([false, false, true])
    })
  },
)
