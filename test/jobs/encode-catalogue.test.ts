import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ItemId } from '../../src/domain/ids.js'
import { contentHash, textVersionOf } from '../../src/engine/item-encoding.js'
import { addEncoder } from '../../src/inference/add-encoder.js'
import type { Encoders } from '../../src/inference/encoder.js'
import { openEncoders } from '../../src/inference/open-encoders.js'
import { encoderDirectory } from '../../src/inference/shelf.js'
import { encodeCatalogue } from '../../src/jobs/encode-catalogue.js'
import { storedTextVectors, textVectorsBy } from '../../src/jobs/text-vectors.js'
import { openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { itemWith } from '../catalogue-of.js'
import { writeTinyBert } from '../inference/tiny-bert.js'
import { freshHome } from '../storage/fresh-home.js'

const ITEMS = 60
const items = Array.from({ length: ITEMS }, (_, at) =>
  itemWith({ itemId: `film-${at}`, title: `the film ${'dog cat run'.split(' ')[at % 3]} ${at}` }),
)

let home: Awaited<ReturnType<typeof freshHome>>
let store: Store
let first: Encoders
let second: Encoders
beforeAll(async () => {
  home = await freshHome()
  store = await openStore({ home: home.home })
  await store.items.put(items)
  const bring = async (seed: number): Promise<Encoders> => {
    const { directory } = await writeTinyBert(join(home.home, `tiny-${seed}`), { seed })
    const { version } = await addEncoder(home.home, directory)
    return openEncoders(encoderDirectory(home.home, version))
  }
  first = await bring(1)
  second = await bring(2)
})
afterAll(async () => {
  await first?.close()
  await second?.close()
  await store?.close()
  home?.remove()
})

async function vectors(version: string): Promise<ReadonlyMap<number, Float32Array>> {
  const all = new Map<number, Float32Array>()
  for await (const { itemNos, values } of store.embeddings.all(version)) {
    for (const [at, itemNo] of itemNos.entries()) all.set(itemNo, values.slice(at * 512, (at + 1) * 512))
  }
  return all
}

describe('encodeCatalogue', () => {
  it('stops when it is asked to, keeps what it made, and does not put it in use', async () => {
    const stop = new AbortController()
    const report = await encodeCatalogue(store, first, {
      batch: 10,
      signal: stop.signal,
      onProgress: ({ done }) => {
        if (done === 30) stop.abort()
      },
    })
    expect(report).toMatchObject({ items: 30, encoded: 30, interrupted: true })
    expect(await store.embeddings.current()).toBeUndefined()
    expect((await vectors(first.version)).size).toBe(30)
  })

  it('goes on where it was stopped, and then puts the version in use', async () => {
    const progress: number[] = []
    const report = await encodeCatalogue(store, first, { batch: 7, onProgress: ({ done }) => progress.push(done) })
    expect(report).toMatchObject({ version: first.version, items: ITEMS, encoded: 30, unchanged: 30, withoutVector: 0 })
    expect(progress.at(-1)).toBe(ITEMS)
    expect((await store.embeddings.current())?.version).toBe(first.version)
    const made = await vectors(first.version)
    expect(made.size).toBe(ITEMS)
    const { values } = await first.encodeTexts([items[4]!.title])
    const own = made.get((await store.items.get('film-4' as ItemId))!.itemNo)!
    expect(own.slice(0, 16)).toEqual(values)
    expect(own.slice(16).every((value) => value === 0)).toBe(true)
  })

  it('encodes what changed, and nothing else', async () => {
    await store.items.put([itemWith({ ...items[3]!, title: 'the other dog' }), itemWith({ ...items[5]!, hidden: true })])
    expect(await encodeCatalogue(store, first)).toMatchObject({ encoded: 1, unchanged: ITEMS - 1 })
    expect(await encodeCatalogue(store, first)).toMatchObject({ encoded: 0, unchanged: ITEMS })
    expect(await encodeCatalogue(store, first, { which: 'all' })).toMatchObject({ encoded: ITEMS, unchanged: 0 })
  })

  it('leaves the old version in use until the new one is whole, and keeps it beside', async () => {
    const during: (string | undefined)[] = []
    await encodeCatalogue(store, second, {
      batch: 20,
      onEncoded: async () => void during.push((await store.embeddings.current())?.version),
    })
    expect(new Set(during)).toEqual(new Set([first.version]))
    expect((await store.embeddings.current())?.version).toBe(second.version)
    expect((await vectors(first.version)).size).toBe(ITEMS)
  })
})

describe('the texts that models learn from', () => {
  it('are those of the encoder in use, as its own model has them; an item it has yet to read is without', async () => {
    await store.items.put([itemWith({ itemId: 'unread', title: 'the film of the unread dog' })])
    const all = []
    for await (const batch of store.items.all()) all.push(...batch)
    const stored = (await storedTextVectors(store.embeddings, all))!
    const own = await textVectorsBy(home.home, second.version, all, () => {})
    expect(stored.version).toBe(second.version)
    expect(stored.itemNos).toEqual(own.itemNos)
    for (const [row, { item }] of all.entries()) {
      const vector = stored.values.subarray(row * 512, row * 512 + 16)
      if (item.itemId === 'unread') expect(vector.every(Number.isNaN)).toBe(true)
      else
        expect([...vector]).toEqual([...own.values.subarray(row * 16, (row + 1) * 16)].map((value) => expect.closeTo(value, 5)))
    }
  })
})

describe('contentHash', () => {
  const item = itemWith({ itemId: 'a', title: 'Alien', description: 'A ship.', genres: ['horror'] })

  it('changes with all that an encoder reads', () => {
    const changes = [
      { title: 'Aliens' },
      { description: 'A ship!' },
      { genres: [] },
      { cast: ['Sigourney Weaver'] },
      { directors: ['Ridley Scott'] },
      { franchise: 'Alien' },
      { themes: ['space'] },
      { moods: ['dark'] },
      { languages: ['en'] },
      { countries: ['GB'] },
      { kind: 'series' },
      { releasedAt: 0 },
      { durationMinutes: 117 },
    ] as const
    const hashes = [{}, ...changes].map((change) => Buffer.from(contentHash(itemWith({ ...item, ...change }))).toString('hex'))
    expect(new Set(hashes).size).toBe(changes.length + 1)
  })

  it('is the same for what it does not read', () => {
    const same = itemWith({ ...item, hidden: true, averageRating: 8.5, attributes: { x: 1 } })
    expect(contentHash(same)).toEqual(contentHash(item))
  })

  it('has a version of its own for texts', () => {
    expect(textVersionOf('v')).not.toBe('v')
  })
})
