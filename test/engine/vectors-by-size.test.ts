import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseSearchRequest, type SearchAnswer } from '../../src/contract/search.js'
import type { ItemId } from '../../src/domain/ids.js'
import { createRandom } from '../../src/domain/random.js'
import { addEncoder } from '../../src/inference/add-encoder.js'
import { type EncodersInUse, encodersInUse } from '../../src/inference/encoders-in-use.js'
import { useEncoder } from '../../src/inference/shelf.js'
import { encodeCatalogue } from '../../src/jobs/encode-catalogue.js'
import { createSona, type Sona } from '../../src/sona.js'
import { openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { itemWith } from '../catalogue-of.js'
import { writeTinyBert } from '../inference/tiny-bert.js'
import { freshDatabase, serverUrl, whySkipped } from '../storage/fresh-database.js'
import { freshHome } from '../storage/fresh-home.js'

/** Words that the made-up encoder knows. */
const WORDS = ['ship', 'space', 'love', 'war', 'dog', 'film', 'about']
const random = createRandom('films')
const films = Array.from({ length: 150 }, (_, at) =>
  itemWith({
    itemId: `film-${at}`,
    title: `Number ${at}`,
    description: Array.from({ length: 5 + random.below(20) }, () => WORDS[random.below(WORDS.length)]).join(' '),
    genres: [at % 30 === 7 ? 'horror' : 'drama'],
  }),
)

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
    const stores: Store[] = []
    let encoders: EncodersInUse
    const running = new Map<Size, Sona>()

    beforeAll(async () => {
      database = await freshDatabase()
      fresh = await freshHome()
      const { directory } = await writeTinyBert(`${fresh.home}/tiny`, { seed: 3 })
      const { version } = await addEncoder(fresh.home, directory)
      await useEncoder(fresh.home, version)
      encoders = await encodersInUse({ home: fresh.home })
      for (const [size, vectorLimits] of Object.entries(sizes)) {
        const store = await openStore({ databaseUrl: database.url }) // a process of its own, as far as the database can tell
        if (stores.push(store) === 1) {
          await store.items.put(films)
          await encodeCatalogue(store, encoders.current!)
        }
        running.set(size as Size, await createSona({ store, encoders, vectorLimits, warmUpQuestions: 0 }))
      }
    })
    afterAll(async () => {
      for (const sona of running.values()) await sona.close()
      await encoders?.close()
      for (const store of stores) await store.close()
      fresh?.remove()
      await database?.drop()
    })

    function search(size: Size, query: Readonly<Record<string, string>>): Promise<SearchAnswer> {
      const parsed = parseSearchRequest(query)
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
      return running.get(size)!.search(parsed.value)
    }

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

    it('are there soon on a server that another one wrote the item through, and gone with it', async () => {
      const [here, there] = [running.get('numbers')!, 'bytes' as const]
      await here.items.put([itemWith({ itemId: 'later', title: 'dog ship war', description: 'dog ship war '.repeat(30) })])
      const waits = async (isSo: (answer: SearchAnswer) => boolean): Promise<void> => {
        const began = performance.now()
        while (!isSo(await search(there, { q: 'dog ship war', count: '50' }))) {
          expect(performance.now() - began).toBeLessThan(10_000)
          await sleep(20)
        }
      }
      await waits(({ items }) => items.some(({ itemId, parts }) => itemId === 'later' && parts.meaning !== undefined))
      await here.items.delete('later' as ItemId)
      await waits(({ items }) => items.every(({ itemId }) => itemId !== 'later'))
    })

    it('fills the list under a filter that keeps a few', async () => {
      const filter = JSON.stringify({ field: 'genres', op: 'eq', value: 'horror' })
      for (const size of Object.keys(sizes) as Size[]) {
        const { items } = await search(size, { q: 'war love', count: '5', filter })
        expect(items.map(({ itemId }) => Number(itemId.slice(5)) % 30, size)).toEqual([7, 7, 7, 7, 7])
      }
    })

    it('compares similar titles by bytes too; without vectors in memory it says that it could not', async () => {
      const request = { count: 10, kinds: [], platforms: [], include: false }
      const isSilent = async (size: Size): Promise<boolean> =>
        (await running.get(size)!.items.similar('film-12' as ItemId, request))!.degraded.includes('content:no-vector')
      expect([await isSilent('numbers'), await isSilent('bytes'), await isSilent('database')]).toEqual([false, false, true])
    })
  },
)
