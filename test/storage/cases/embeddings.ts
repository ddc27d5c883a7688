import { expect } from 'vitest'
import { type Bench, gather, item, itemId, type StoreCase } from '../bench.js'

export const DIMENSIONS = 512

export const embeddingCases: readonly StoreCase[] = [
  {
    name: 'gives vectors back to the bit, ascending by number, in batches of any size',
    async check(bench) {
      const { store, name } = bench
      const itemNos = await writeNumbers(bench, 23)
      const backwards = itemNos.slice().reverse()
      await store.embeddings.put(name('v'), vectorsOf(backwards))
      for (const batch of [1, 7, 23, 1000]) {
        const pages = []
        for await (const page of store.embeddings.all(name('v'), batch)) pages.push(page)
        expect(Int32Array.from(pages.flatMap((page) => [...page.itemNos]))).toEqual(itemNos)
        expect(Float32Array.from(pages.flatMap((page) => [...page.values]))).toEqual(vectorsOf(itemNos).values)
      }
    },
  },
  {
    name: 'gives the items and the vectors of some numbers, and of others nothing',
    async check(bench) {
      const { store, name } = bench
      const itemNos = await writeNumbers(bench, 5)
      await store.embeddings.put(name('v'), vectorsOf(itemNos.slice(0, 3)))
      const asked = [itemNos[3]!, itemNos[0]!, 2 ** 30, itemNos[2]!]
      const found = await store.embeddings.of(name('v'), Int32Array.from(asked))
      expect(found).toEqual({ itemNos: Int32Array.of(itemNos[0]!, itemNos[2]!), values: found.values })
      expect(found.values.subarray(DIMENSIONS)).toEqual(vectorsOf(itemNos.slice(2, 3)).values)
      expect((await store.embeddings.of(name('v'), new Int32Array(0))).itemNos).toHaveLength(0)
      expect((await store.embeddings.of(name('nobody'), itemNos)).itemNos).toHaveLength(0)
      const items = await store.items.numbered(asked)
      expect(items.map(({ itemNo }) => itemNo)).toEqual([itemNos[0], itemNos[2], itemNos[3]])
      expect(items[0]).toEqual(await store.items.get(items[0]!.item.itemId))
    },
  },
  {
    name: 'replaces an item’s vector and hash, and leaves the others and other versions alone',
    async check(bench) {
      const { store, name } = bench
      const itemNos = await writeNumbers(bench, 3)
      await store.embeddings.put(name('v1'), vectorsOf(itemNos))
      await store.embeddings.put(name('v2'), vectorsOf(itemNos))
      await store.embeddings.put(name('v1'), vectorsOf(itemNos.slice(1, 2), 9))
      const [first, second] = [await allOf(bench, 'v1'), await allOf(bench, 'v2')]
      expect(first[1]!.values).toEqual(vectorsOf(itemNos.slice(1, 2), 9).values)
      expect(first[0]!.values).toEqual(second[0]!.values)
      expect(second[1]!.values).not.toEqual(first[1]!.values)
      const hashes = await store.embeddings.contentHashes(name('v1'), Int32Array.from([...itemNos, 2 ** 30]))
      expect([...hashes.keys()].sort((a, b) => a - b)).toEqual([...itemNos])
      expect(Buffer.from(hashes.get(itemNos[1]!)!)).toEqual(Buffer.from(hashOf(itemNos[1]!, 9)))
      expect(await store.embeddings.contentHashes(name('nobody'), itemNos)).toEqual(new Map())
    },
  },
  {
    name: 'knows no vector of an item that is gone, and takes none',
    async check(bench) {
      const { store, name } = bench
      const itemNos = await writeNumbers(bench, 3)
      await store.embeddings.put(name('v'), vectorsOf(itemNos))
      await store.items.delete(itemId(name('item-1')))
      expect((await allOf(bench, 'v')).map(({ itemNo }) => itemNo)).toEqual([itemNos[0], itemNos[2]])
      await store.embeddings.put(name('v'), vectorsOf(itemNos))
      expect((await allOf(bench, 'v')).map(({ itemNo }) => itemNo)).toEqual([itemNos[0], itemNos[2]])
      expect((await store.embeddings.contentHashes(name('v'), itemNos)).size).toBe(2)
    },
  },
  {
    name: 'switches versions at once, keeps one beside it and drops older ones with their vectors',
    async check(bench) {
      const { store, name } = bench
      const itemNos = await writeNumbers(bench, 2)
      for (const version of ['a', 'b', 'c']) await store.embeddings.put(name(version), vectorsOf(itemNos))
      await store.embeddings.use(name('a'), { keep: 10 })
      expect((await store.embeddings.current())?.version).toBe(name('a'))
      await store.embeddings.use(name('c'), { keep: 1 })
      expect((await store.embeddings.current())?.version).toBe(name('c'))
      const versions = await store.embeddings.versions()
      expect(versions.map(({ version, isCurrent }) => [version, isCurrent])).toEqual([
        [name('c'), true],
        [name('b'), false],
      ])
      expect(versions.every(({ createdAt }) => Math.abs(createdAt - Date.now()) < 600_000)).toBe(true)
      expect(await allOf(bench, 'a')).toEqual([])
      expect(await store.embeddings.delete(name('c'))).toBe(false)
      expect(await store.embeddings.delete(name('b'))).toBe(true)
      expect(await store.embeddings.delete(name('b'))).toBe(false)
      expect((await store.embeddings.versions()).map(({ version }) => version)).toEqual([name('c')])
    },
  },
  {
    name: 'makes a version as often as two writers begin it at once',
    async check(bench) {
      const { store, name } = bench
      const itemNos = await writeNumbers(bench, 8)
      await Promise.all([...itemNos].map((itemNo) => store.embeddings.put(name('race'), vectorsOf(Int32Array.of(itemNo)))))
      expect((await allOf(bench, 'race')).map(({ itemNo }) => itemNo)).toEqual([...itemNos])
    },
  },
  {
    name: 'finds the nearest, whole lists of them also among 1 % of the items',
    async check(bench) {
      const { store, name } = bench
      const itemNos = await writeNumbers(bench, 600)
      const vectors = vectorsOf(itemNos)
      await store.embeddings.put(name('near'), vectors)
      await store.embeddings.use(name('near'))
      const wanted = vectors.values.subarray(100 * DIMENSIONS, 101 * DIMENSIONS)
      const cosines = Array.from(itemNos, (itemNo, row) => ({ itemNo, cosine: dot(wanted, vectors.values, row) }))
      const exact = cosines.sort((a, b) => b.cosine - a.cosine).slice(0, 10)
      const found = await store.embeddings.nearest(name('near'), wanted, { limit: 10 })
      expect(found[0]!.itemNo).toBe(itemNos[100])
      expect(found[0]!.cosine).toBeCloseTo(1, 4)
      const both = found.filter(({ itemNo }) => exact.some((other) => other.itemNo === itemNo))
      expect(both.length).toBeGreaterThanOrEqual(9)
      const few = itemNos.filter((_, at) => at % 100 === 7)
      const among = await store.embeddings.nearest(name('near'), wanted, { limit: 6, among: few })
      expect(among.map(({ itemNo }) => itemNo as number).sort((a, b) => a - b)).toEqual([...few])
      expect(await store.embeddings.nearest(name('none'), wanted, { limit: 10 })).toEqual([])
    },
  },
]

async function writeNumbers(bench: Bench, count: number): Promise<Int32Array> {
  const items = Array.from({ length: count }, (_, n) => item(bench.name(`item-${n}`)))
  const stored = await bench.store.items.put(items)
  return Int32Array.from(stored, ({ itemNo }) => itemNo)
}

/** A vector of each item's own, of unit length; another one for each seed. */
export function vectorsOf(itemNos: Int32Array, seed = 0) {
  const values = new Float32Array(itemNos.length * DIMENSIONS)
  for (const [row, itemNo] of itemNos.entries()) {
    const own = Float32Array.from({ length: DIMENSIONS }, (_, at) => Math.sin((itemNo + 1) * (at + 1) * 0.7 + seed))
    const length = Math.hypot(...own)
    values.set(
      own.map((value) => value / length),
      row * DIMENSIONS,
    )
  }
  return { itemNos, values, contentHashes: Array.from(itemNos, (itemNo) => hashOf(itemNo, seed)) }
}

function hashOf(itemNo: number, seed: number): Uint8Array {
  return Uint8Array.of(itemNo & 255, (itemNo >> 8) & 255, seed, 1, 2, 3, 0, 255)
}

function dot(vector: Float32Array, values: Float32Array, row: number): number {
  return vector.reduce((sum, value, at) => sum + value * values[row * DIMENSIONS + at]!, 0)
}

async function allOf(bench: Bench, version: string) {
  return gather(rowsOf(bench, version))
}

async function* rowsOf({ store, name }: Bench, version: string) {
  for await (const { itemNos, values } of store.embeddings.all(name(version))) {
    yield Array.from(itemNos, (itemNo, row) => ({ itemNo, values: values.slice(row * DIMENSIONS, (row + 1) * DIMENSIONS) }))
  }
}
