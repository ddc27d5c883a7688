import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Item } from '../../src/domain/item.js'
import { createRandom } from '../../src/domain/random.js'
import { encodeContent, fitContentEncoder } from '../../src/encoders/content-encoder.js'
import { contentRowsOf } from '../../src/encoders/content-rows.js'
import { textOf } from '../../src/encoders/described.js'
import { createTextEncoder, fitTextTower, textTowerDefaults } from '../../src/encoders/text-tower.js'
import { decayedMean, encodeUser, type UserEncoder } from '../../src/encoders/user-encoder.js'
import { createTokeniser } from '../../src/encoders/vocabulary.js'
import { createDatasetBuilder } from '../../src/features/dataset-builder.js'
import type { Encoders } from '../../src/inference/encoder.js'
import { contentGraph, textGraph, userGraph } from '../../src/inference/encoder-graphs.js'
import { files } from '../../src/inference/manifest.js'
import { createGraph } from '../../src/inference/onnx/graph.js'
import { openEncoders } from '../../src/inference/open-encoders.js'
import { encoderDirectory, placeEncoder } from '../../src/inference/shelf.js'
import { writeEncoder } from '../../src/inference/write-encoder.js'
import { createKernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'
import { catalogueOf, itemWith } from '../catalogue-of.js'

const DIMENSIONS = 24
const TASTES = 6
const random = createRandom('encoder graphs')
const subjects = ['space', 'love', 'war', 'robots', 'music', 'crime']
const people = Array.from({ length: 30 }, (_, at) => `Person ${at}`)

const items: readonly Item[] = Array.from({ length: 80 }, (_, at) => {
  const group = at % subjects.length
  const title = `Film ${at} of ${subjects[group]}`
  const bare = itemWith({ itemId: `i${at}`, title })
  if (at % 11 === 0) return bare
  return {
    ...bare,
    description: `A story about ${subjects[group]} and ${subjects[(at * 7) % 6]}, number ${at % 9}.`,
    genres: [subjects[group]!],
    cast: [people[at % 30]!, people[(at * 13) % 30]!],
    ...(at % 2 === 0 && { releasedAt: Date.UTC(1960 + at, 1, 1), durationMinutes: 60 + at }),
  }
})

/** Everything fitted on the little catalogue, and what the pure forward passes say. */
function fitted() {
  const kernels = createKernels(createArena(2 ** 27))
  const run = { kernels, random: createRandom('fit'), checkpoint: () => {} }
  const texts = items.map(textOf)
  const tower = fitTextTower(texts, { ...textTowerDefaults, dimensions: 16 }, run)
  const values = new Float32Array(items.length * 16)
  const encodeText = createTextEncoder(tower)
  texts.forEach((text, row) => {
    encodeText(text, values.subarray(row * 16, (row + 1) * 16))
  })
  const itemNos = Int32Array.from(items.keys())
  const builder = createDatasetBuilder(itemNos)
  for (let user = 0; user < 60; user++) {
    for (let at = 0; at < 10; at++) builder.add(user, ((user % 6) + 6 * random.below(10)) % 70, 1, at)
  }
  const data = builder.build({ asOfDay: 20 })
  const rows = contentRowsOf(data, catalogueOf(...items), { version: 'test', dimensions: 16, itemNos, values }, kernels)
  const options = { dimensions: DIMENSIONS, tasteDimensions: TASTES, tasteShare: 0.7, regularization: 1 }
  const content = fitContentEncoder(data, rows, options, run)
  const vectors = kernels.arena.f32(items.length * DIMENSIONS)
  items.forEach((_, item) => {
    encodeContent(content, rows, item, vectors.subarray(item * DIMENSIONS, (item + 1) * DIMENSIONS), kernels)
  })
  return { tower, texts: values, content, vectors, standing: rows.standing, data }
}

const user: UserEncoder = {
  dimensions: DIMENSIONS,
  theta: [0.8, -0.4, -0.2],
  query: Float32Array.from({ length: DIMENSIONS }, () => random.normal()),
}

let home: string
let encoders: Encoders
let small: Encoders
const made = fitted()

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sona-graphs-'))
  const all = { text: made.tower, content: made.content, user, standing: made.standing }
  const manifest = await placeEncoder(home, (directory) => writeEncoder(home, directory, 'little', all))
  encoders = await openEncoders(encoderDirectory(home, manifest.version))
  const written = await placeEncoder(home, async (directory) => {
    const fields = await writeEncoder(home, directory, 'little8', all)
    await writeFile(join(directory, files.text), textGraph(made.tower, 'int8'))
    await writeFile(join(directory, files.content), contentGraph(made.content, 'int8'))
    return fields
  })
  small = await openEncoders(encoderDirectory(home, written.version))
})
afterAll(async () => {
  await Promise.all([encoders?.close(), small?.close()])
  await rm(home, { recursive: true, force: true })
})

/** The largest difference of two lists in which NaN stands at the same places. */
function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  return Array.from(a).reduce((most, value, at) => {
    expect(Number.isNaN(value)).toBe(Number.isNaN(b[at]))
    return Number.isNaN(value) ? most : Math.max(most, Math.abs(value - b[at]!))
  }, 0)
}

function leastCosine(a: Float32Array, b: Float32Array, width: number): number {
  let least = 1
  for (let from = 0; from < a.length; from += width) {
    let product = 0
    for (let at = from; at < from + width; at++) product += a[at]! * b[at]!
    if (!Number.isNaN(product)) least = Math.min(least, product)
  }
  return least
}

/** The same table under the same name, and then the other way round. */
function turnedTextGraph(table: Float32Array): Uint8Array {
  const graph = createGraph('turned')
  const tokens = graph.input('tokens', 'int64', ['n', 'L'])
  const weights = graph.input('weights', 'float32', ['n', 'L'])
  const rows = graph.apply('Gather', [graph.constant([table.length / 16, 16], table, 'table'), tokens])
  const sum = graph.apply('MatMul', [graph.apply('Unsqueeze', [weights, graph.integers([1])]), rows])
  graph.output('embedding', graph.apply('Neg', [graph.apply('Squeeze', [sum, graph.integers([1])])]), 'float32', ['n', 16])
  return graph.bytes()
}

describe('the graphs', () => {
  it('give the numbers of the pure forward passes: texts', async () => {
    const { values } = await encoders.encodeTexts([...items.map(textOf), '', '🎬'])
    expect(apart(values.subarray(0, made.texts.length), made.texts)).toBeLessThanOrEqual(1e-5)
    expect([...values.subarray(made.texts.length)].every(Number.isNaN)).toBe(true)
  })

  it('give what ONNX Runtime makes of the file, though rows of a 32-bit table are added up without it', async () => {
    const file = join(encoderDirectory(home, encoders.version), files.text)
    const session = await InferenceSession.create(file, { intraOpNumThreads: 1 })
    const tokeniser = createTokeniser(made.tower.vocabulary)
    const texts = items.map(textOf)
    const { values } = await encoders.encodeTexts(texts)
    for (const [row, text] of texts.entries()) {
      const { tokens, weights } = tokeniser.tokenise(text)!
      const { embedding } = await session.run({
        tokens: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length]),
        weights: new Tensor('float32', weights, [1, tokens.length]),
      })
      expect(apart(values.subarray(row * 16, (row + 1) * 16), embedding!.data as Float32Array)).toBeLessThanOrEqual(1e-5)
    }
    await session.release()
  })

  it('of another form than a sum of rows are run as they are', async () => {
    const manifest = await placeEncoder(home, async (directory) => {
      const fields = await writeEncoder(home, directory, 'turned', {
        text: made.tower,
        content: made.content,
        user,
        standing: made.standing,
      })
      await writeFile(join(directory, files.text), turnedTextGraph(made.tower.table))
      return fields
    })
    const turned = await openEncoders(encoderDirectory(home, manifest.version))
    const { values } = await turned.encodeTexts(items.map(textOf))
    await turned.close()
    expect(
      apart(
        values,
        made.texts.map((value) => -value),
      ),
    ).toBeLessThanOrEqual(1e-5)
  })

  it('give the numbers of the pure forward passes: items new to the audience, with any part missing', async () => {
    const unseen = items.slice(70)
    const { values } = await encoders.encodeItems(unseen)
    expect(apart(values, made.vectors.subarray(70 * DIMENSIONS))).toBeLessThanOrEqual(1e-5)
  })

  it('give the numbers of the pure forward passes: users', async () => {
    const histories = [[0, 1, 2, 3], [5], [10, 11, 12, 13, 14, 15, 16]].map((rows) => ({
      items: Float32Array.from(rows.flatMap((row) => [...made.vectors.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS)])),
      engagements: Float32Array.from(rows, (row) => ((row * 7) % 10) / 10),
      agesDays: Float32Array.from(rows, (_, at) => 3 ** (rows.length - at) - 3),
    }))
    const heard = histories.map((history, at) => ({
      ...history,
      engagements: history.engagements.map((e) => e || (at ? 0.5 : 0)),
    }))
    const { values } = await encoders.encodeHistories(heard)
    const expected = heard.flatMap((history) => {
      const out = new Float32Array(DIMENSIONS)
      encodeUser(user, history, out)
      return [...out]
    })
    expect(apart(values, expected)).toBeLessThanOrEqual(1e-5)
  })

  it('point where they should in 8 bits too', async () => {
    const texts = await small.encodeTexts(items.map(textOf))
    expect(leastCosine(texts.values, made.texts, 16)).toBeGreaterThan(0.999)
    const found = await small.encodeItems(items.slice(70))
    expect(leastCosine(found.values, made.vectors.subarray(70 * DIMENSIONS), DIMENSIONS)).toBeGreaterThan(0.995)
  })

  it('give items of which nothing is known no vector', async () => {
    const { values } = await encoders.encodeItems([itemWith({ itemId: 'bare', title: '🎬' })])
    expect([...values].every(Number.isNaN)).toBe(true)
  })

  it('are the same bytes from the same numbers', () => {
    expect(Buffer.compare(contentGraph(made.content, 'int8'), contentGraph(made.content, 'int8'))).toBe(0)
    expect(Buffer.compare(userGraph(decayedMean(8)), userGraph(decayedMean(8)))).toBe(0)
  })
})
