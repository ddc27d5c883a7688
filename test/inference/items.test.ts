import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseItem } from '../../src/contract/item.js'
import type { Item } from '../../src/domain/item.js'
import { textOf } from '../../src/encoders/described.js'
import { featuresOf } from '../../src/encoders/structured-features.js'
import { createTokeniser } from '../../src/encoders/vocabulary.js'
import type { Encoders } from '../../src/inference/encoder.js'
import { sealEncoder } from '../../src/inference/manifest.js'
import { openEncoders } from '../../src/inference/open-encoders.js'
import { encoderDirectory } from '../../src/inference/shelf.js'
import { ITEM, placeTinyCatalogue, TEXT, type TinyCatalogue } from './tiny-catalogue.js'

const alien = item({
  title: 'Alien',
  description: 'A ship answers a call in space.',
  genres: ['Horror'],
  directors: ['Ridley Scott'],
})
const up = item({ title: 'Up', description: 'A house is lifted by balloons.' })
const unread = item({ title: 'Ωξ', genres: ['Drama'] })
const unknown = item({ title: 'Ωξ' })

function item(fields: object): Item {
  const parsed = parseItem({ itemId: 'x', kind: 'movie', ...fields })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.value
}

let home: string
let tiny: TinyCatalogue
let encoders: Encoders
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sona-items-'))
  tiny = await placeTinyCatalogue(home, [alien, up].map(textOf))
  encoders = await openEncoders(encoderDirectory(home, tiny.manifest.version))
})
afterAll(async () => {
  await encoders.close()
  await rm(home, { recursive: true, force: true })
})

const row = (values: Float32Array, place: number, width: number): number[] => [
  ...values.slice(place * width, (place + 1) * width),
]
const close = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 5))
const unit = (values: readonly number[]): number[] => values.map((value) => value / Math.hypot(...values))

/** Σ weight · table[row], number by number. */
function weighted(table: Float32Array, width: number, rows: Int32Array, weights: Float32Array): number[] {
  return Array.from({ length: width }, (_, i) => rows.reduce((sum, at, k) => sum + weights[k]! * table[at * width + i]!, 0))
}

function plainText(text: string): number[] {
  const known = createTokeniser(tiny.vocabulary).tokenise(text)
  return known === undefined ? Array(TEXT).fill(0) : unit(weighted(tiny.words, TEXT, known.tokens, known.weights))
}

function plainItem(each: Item): number[] {
  const text = plainText(textOf(each))
  const { features, weights } = featuresOf(each, undefined) ?? { features: new Int32Array(0), weights: new Float32Array(0) }
  const told = weighted(tiny.features, ITEM, features, weights)
  return unit(told.map((value, i) => value + text.reduce((sum, t, k) => sum + t * tiny.projection[k * ITEM + i]!, 0)))
}

describe('an encoder made from a catalogue', () => {
  it('encodes texts as weighted words, and says nothing of texts that it knows no word of', async () => {
    const { values, dimensions } = await encoders.encodeTexts(['alien ship', 'balloons', 'Ωξ', ''])
    expect(dimensions).toBe(TEXT)
    expect(row(values, 0, TEXT)).toEqual(close(plainText('alien ship')))
    expect(row(values, 1, TEXT)).toEqual(close(plainText('balloons')))
    expect([...row(values, 2, TEXT), ...row(values, 3, TEXT)].every(Number.isNaN)).toBe(true)
  })

  it('encodes items from their text and their fields, with any part missing', async () => {
    const { values, dimensions, version } = await encoders.encodeItems([alien, up, unread, unknown])
    expect({ dimensions, version }).toEqual({ dimensions: ITEM, version: tiny.manifest.version })
    for (const [place, each] of [alien, up, unread].entries()) {
      expect(row(values, place, ITEM), each.title).toEqual(close(plainItem(each)))
    }
    expect(row(values, 3, ITEM).every(Number.isNaN)).toBe(true)
  })

  it('gives an item the same vector alone and among a thousand', async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => (i % 3 === 0 ? alien : i % 3 === 1 ? up : unread))
    const { values } = await encoders.encodeItems(many)
    const alone = await encoders.encodeItems([alien])
    expect(row(values, 999, ITEM)).toEqual(close(row(alone.values, 0, ITEM)))
  })

  it('encodes histories of different length, and leaves out items that have no vector', async () => {
    const { values: items } = await encoders.encodeItems([alien, up, unknown])
    const [first, second] = [row(items, 0, ITEM), row(items, 1, ITEM)]
    const { values } = await encoders.encodeHistories([
      { items: items.slice(0, 2 * ITEM), engagements: Float32Array.of(1, 0.5), agesDays: Float32Array.of(30, 0) },
      { items: items.slice(ITEM), engagements: Float32Array.of(1, 1), agesDays: Float32Array.of(5, 0) },
      { items: items.slice(2 * ITEM), engagements: Float32Array.of(1), agesDays: Float32Array.of(0) },
      { items: new Float32Array(0), engagements: new Float32Array(0), agesDays: new Float32Array(0) },
    ])
    expect(row(values, 0, ITEM)).toEqual(close(unit(first.map((value, i) => 0.5 * value + 0.5 * second[i]!))))
    expect(row(values, 1, ITEM)).toEqual(close(second))
    expect([...row(values, 2, ITEM), ...row(values, 3, ITEM)].every(Number.isNaN)).toBe(true)
  })

  it('reads the newest of a long history, and says so', async () => {
    const { values: items } = await encoders.encodeItems([alien, up])
    const repeated = new Float32Array(300 * ITEM)
    for (let at = 0; at < 300; at++) repeated.set(items.subarray(at < 100 ? 0 : ITEM, at < 100 ? ITEM : 2 * ITEM), at * ITEM)
    const history = { items: repeated, engagements: new Float32Array(300).fill(1), agesDays: new Float32Array(300) }
    const { values, cut } = await encoders.encodeHistories([history])
    expect(cut).toEqual([0])
    expect(row(values, 0, ITEM)).toEqual(close(row(items, 1, ITEM)))
  })

  it('cuts a long text, and says so of the item', async () => {
    const long = { ...up, description: 'space '.repeat(1_000) }
    expect((await encoders.encodeItems([alien, long])).cut).toEqual([1])
  })
})

describe('an encoder that was made for something else', () => {
  /** The tiny encoder with one file changed, and sealed again. */
  async function changed(file: string, content: string, fields: object = {}): Promise<string> {
    const place = await mkdtemp(join(home, 'changed-'))
    await cp(encoderDirectory(home, tiny.manifest.version), place, { recursive: true })
    if (file !== '') await writeFile(join(place, file), content)
    await sealEncoder(place, { ...tiny.manifest, ...fields })
    return place
  }
  const refused = async (place: string, message: RegExp) =>
    expect(openEncoders(place)).rejects.toMatchObject({ code: 'INVALID_ENCODER', message: expect.stringMatching(message) })

  it('is refused, with what is the matter', async () => {
    await refused(
      await changed('', '', { features: [{ name: 'kind', from: 0, size: 3 }] }),
      /features in another order or number/,
    )
    await refused(await changed('vocabulary.json', 'no'), /vocabulary\.json that is not JSON/)
    await refused(await changed('vocabulary.json', '{"words": []}'), /without words, parts, weights and mostWords/)
    await refused(await changed('standing.json', 'no'), /standing\.json that can be read/)
    const more = { ...tiny.vocabulary, words: [...tiny.vocabulary.words, 'zz'], weights: [...tiny.vocabulary.weights, 1] }
    await refused(await changed('vocabulary.json', JSON.stringify(more)), /cannot read what its tokenizer writes/)
    await refused(await changed('', '', { dimensions: 9 }), /content_encoder\.onnx whose vectors have 8 numbers; expected 9/)
  })
})
