import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTokeniser, type Vocabulary, type WeightedTokens } from '../encoders/vocabulary.js'
import { type EncoderManifest, files, invalidEncoder } from './manifest.js'
import type { Runtime } from './runtime.js'
import { openModel } from './session.js'
import { normaliseRows, type TextModel } from './text-model.js'

/** The text model that Sona fits on the catalogue's own texts: `vocabulary.json`, and a graph over tokens with weights. */
export async function openCatalogueTextModel(
  runtime: Runtime,
  directory: string,
  manifest: EncoderManifest,
  threads: number,
): Promise<TextModel<WeightedTokens>> {
  const { dimensions } = manifest.text
  const vocabulary = await readVocabulary(directory)
  const tokeniser = createTokeniser(vocabulary)
  const model = await openModel(runtime, directory, files.text, threads, {
    inputs: { tokens: 'int64', weights: 'float32' },
    outputs: ['embedding'],
    width: dimensions,
  })
  const token = (place: number): WeightedTokens => ({
    tokens: Int32Array.of(place),
    weights: Float32Array.of(1),
    isCut: false,
  })
  return {
    dimensions,
    lengthOf: ({ tokens }) => tokens.length,
    tokenise(text) {
      const tokens = tokeniser.tokenise(text)
      return tokens && { tokens, isCut: tokens.isCut }
    },
    trials: [token(0), token(vocabulary.weights.length - 1)],
    async run(texts) {
      const length = texts.reduce((most, { tokens }) => Math.max(most, tokens.length), 1)
      const ids = new BigInt64Array(texts.length * length)
      const weights = new Float32Array(texts.length * length)
      for (const [row, text] of texts.entries()) {
        weights.set(text.weights, row * length)
        for (const [place, id] of text.tokens.entries()) ids[row * length + place] = BigInt(id)
      }
      const shape = [texts.length, length]
      const { values } = await model.run({
        tokens: new runtime.Tensor('int64', ids, shape),
        weights: new runtime.Tensor('float32', weights, shape),
      })
      return normaliseRows(values, dimensions)
    },
    release: () => model.release(),
  }
}

async function readVocabulary(directory: string): Promise<Vocabulary> {
  const read = await readFile(join(directory, files.vocabulary), 'utf8')
    .then((text) => JSON.parse(text) as Partial<Vocabulary>)
    .catch((cause: unknown) => {
      throw invalidEncoder(directory, `has no ${files.vocabulary} that can be read`, cause)
    })
  const { words, parts, weights, mostWords } = read
  const isWhole =
    Array.isArray(words) && Array.isArray(parts) && Array.isArray(weights) && weights.length === words.length + parts.length
  if (!isWhole || weights.length === 0 || !Number.isSafeInteger(mostWords)) {
    throw invalidEncoder(directory, `has a ${files.vocabulary} without words, parts, a weight for each, and mostWords`)
  }
  return read as Vocabulary
}
