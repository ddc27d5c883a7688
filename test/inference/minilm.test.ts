import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addEncoder } from '../../src/inference/add-encoder.js'
import { readTokenizer } from '../../src/inference/bert/tokenizer.js'
import type { Encoders } from '../../src/inference/encoder.js'
import { openEncoders } from '../../src/inference/open-encoders.js'
import { encoderDirectory } from '../../src/inference/shelf.js'

/**
 * A real pretrained model against its reference implementation; test/reference/minilm.json is written by bench/peers/minilm.py.
 * Skipped unless SONA_TEST_MINILM names the model's directory; scripts/minilm.sh fetches it.
 */
const model = process.env.SONA_TEST_MINILM ?? ''

interface Reference {
  readonly mostTokens: number
  readonly rows: readonly { readonly text: string; readonly tokens: readonly number[]; readonly vector: string }[]
}
const reference = JSON.parse(readFileSync(join(import.meta.dirname, '../reference/minilm.json'), 'utf8')) as Reference

describe.skipIf(model === '')('all-MiniLM-L6-v2 (set SONA_TEST_MINILM to the directory that scripts/minilm.sh prints)', () => {
  let home: string
  let encoders: Encoders
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'sona-minilm-'))
    const { version } = await addEncoder(home, model, { name: 'all-MiniLM-L6-v2' })
    encoders = await openEncoders(encoderDirectory(home, version))
  })
  afterAll(async () => {
    await encoders?.close()
    await rm(home, { recursive: true, force: true })
  })

  it('is cut into the reference’s tokens', async () => {
    const tokenizer = await readTokenizer(model)
    expect(reference.rows.length).toBeGreaterThan(30)
    for (const { text, tokens } of reference.rows) {
      const known = tokens.some((token) => ![100, 101, 102].includes(token)) // unknown, begin, end
      expect(tokenizer.tokenise(text, reference.mostTokens)?.tokens, text).toEqual(known ? tokens : undefined)
    }
  })

  it('gives the reference’s vectors within 1e-4', async () => {
    const known = reference.rows.filter(({ tokens }) => tokens.some((token) => ![100, 101, 102].includes(token)))
    const { values, dimensions, cut } = await encoders.encodeTexts(known.map(({ text }) => text))
    expect(dimensions).toBe(384)
    expect(cut).toEqual([known.findIndex(({ text }) => text.startsWith('word word'))])
    let worst = 0
    for (const [row, { vector }] of known.entries()) {
      const expected = new Float32Array(Uint8Array.from(Buffer.from(vector, 'base64')).buffer)
      for (let i = 0; i < dimensions; i++) worst = Math.max(worst, Math.abs(expected[i]! - values[row * dimensions + i]!))
    }
    expect(worst).toBeLessThan(1e-4)
    expect(worst).toBeGreaterThan(0) // they were computed here, not copied
  })

  it('places sentences about one film closer to each other than to those about others', async () => {
    const sentences = reference.rows.slice(0, 12).map(({ text }) => text) // three about each of four films
    const { values, dimensions } = await encoders.encodeTexts(sentences)
    const vector = (row: number): Float32Array => values.subarray(row * dimensions, (row + 1) * dimensions)
    const cosine = (a: number, b: number): number => vector(a).reduce((sum, value, i) => sum + value * vector(b)[i]!, 0)
    for (const row of sentences.keys()) {
      const others = [...sentences.keys()].filter((other) => other !== row).sort((a, b) => cosine(row, b) - cosine(row, a))
      expect(Math.floor(others[0]! / 3), sentences[row]).toBe(Math.floor(row / 3))
    }
  })
})
