import { beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { contentEncoderDefaults, encodeContent, fitContentEncoder } from '../../src/encoders/content-encoder.js'
import { type ContentRows, contentRowsOf } from '../../src/encoders/content-rows.js'
import { textOf } from '../../src/encoders/described.js'
import { createTextEncoder, fitTextTower, textTowerDefaults } from '../../src/encoders/text-tower.js'
import { openMetadata } from '../../src/formats/metadata.js'
import { openMovielens } from '../../src/formats/movielens.js'
import { type Corpus, corpusFromFeed } from '../../src/jobs/corpus.js'
import { createKernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'
import { realData } from '../formats/files.js'

/** No zero or constant vector anywhere (issue 4): every title of ml-latest-small with TMDB. */
const [ratings, films] = [realData('ml-latest-small'), realData('meta-tmdb')]
const TEXT = 128
const DIMENSIONS = 256
const now = Date.UTC(2026, 0, 1)

describe.skipIf(ratings === undefined || films === undefined)(
  'vectors of ml-latest-small with TMDB (needs ../shared/data)',
  () => {
    let corpus: Corpus
    let texts: Float32Array
    let vectors: Float32Array
    let rows: ContentRows

    beforeAll(async () => {
      const kernels = createKernels(createArena(2 ** 30))
      corpus = await corpusFromFeed(await openMovielens(ratings ?? '', { now }), now, [await openMetadata(`tmdb:${films}`)])
      const { items, catalogue, dataset } = corpus
      const run = { kernels, random: createRandom('catalogue'), checkpoint: () => {} }
      const written = items.map(({ item }) => textOf(item))
      const encode = createTextEncoder(fitTextTower(written, { ...textTowerDefaults, dimensions: TEXT }, run))
      texts = new Float32Array(items.length * TEXT)
      written.forEach((text, at) => {
        encode(text, texts.subarray(at * TEXT, (at + 1) * TEXT))
      })
      const itemNos = Int32Array.from(items, ({ itemNo }) => itemNo)
      rows = contentRowsOf(dataset, catalogue, { version: 'test', dimensions: TEXT, itemNos, values: texts }, kernels)
      const encoder = fitContentEncoder(dataset, rows, { ...contentEncoderDefaults, dimensions: DIMENSIONS }, run)
      vectors = kernels.arena.f32(items.length * DIMENSIONS)
      items.forEach((_, at) => {
        encodeContent(encoder, rows, at, vectors.subarray(at * DIMENSIONS, (at + 1) * DIMENSIONS), kernels)
      })
    }, 300_000)

    const row = (values: Float32Array, width: number, at: number): Float32Array => values.subarray(at * width, (at + 1) * width)
    const lengthOf = (vector: Float32Array): number => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))

    it('have length 1, and one is there for every title', () => {
      corpus.items.forEach((_, at) => {
        expect(lengthOf(row(vectors, DIMENSIONS, at))).toBeCloseTo(1, 4)
      })
    })

    it('are NaN, never zeros, for texts in which nothing is known', () => {
      const unknown = corpus.items.filter((_, at) => Number.isNaN(texts[at * TEXT]!))
      corpus.items.forEach((_, at) => {
        const length = lengthOf(row(texts, TEXT, at))
        expect(Number.isNaN(length) || Math.abs(length - 1) < 1e-4).toBe(true)
      })
      expect(unknown.length).toBeLessThan(0.01 * corpus.items.length)
    })

    it('vary in every dimension that is used, none of which is constant', () => {
      for (let at = 0; at < DIMENSIONS; at++) {
        const column = corpus.items.map((_, item) => vectors[item * DIMENSIONS + at]!)
        expect(new Set(column).size).toBeGreaterThan(corpus.items.length / 2)
      }
    })

    it('are shared by two titles only if these have the same content', () => {
      const byVector = new Map<string, number>()
      let shared = 0
      corpus.items.forEach(({ item }, at) => {
        const key = Array.from(row(vectors, DIMENSIONS, at), (value) => value.toFixed(5)).join()
        const twin = byVector.get(key)
        byVector.set(key, twin ?? at)
        if (twin === undefined) return
        shared++
        const content = (place: number): string => {
          const from = rows.sparse.start[place]!
          const features = rows.sparse.index.subarray(from, rows.sparse.start[place + 1])
          return `${textOf(corpus.items[place]!.item)} ${features}`
        }
        expect(content(at), item.title).toBe(content(twin))
      })
      console.log(`${shared} of ${corpus.items.length} titles share their vector with a title of the same content.`)
      expect(shared).toBeLessThan(0.01 * corpus.items.length)
    })
  },
)
