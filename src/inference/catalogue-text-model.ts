import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTokeniser, type Tokeniser, type Vocabulary, type WeightedTokens } from '../encoders/vocabulary.js'
import { int64Rows } from './int64-rows.js'
import { type EncoderManifest, files, invalidEncoder } from './manifest.js'
import type { Runtime } from './runtime.js'
import { openModel } from './session.js'
import { normaliseRows, type TextModel } from './text-model.js'

/** The text model that was learned from a catalogue: `vocabulary.json`, and a graph over weighted rows of its table. */
export async function openCatalogueTextModel(
  runtime: Runtime,
  directory: string,
  manifest: EncoderManifest,
  threads: number,
): Promise<TextModel<WeightedTokens>> {
  const { dimensions } = manifest.text
  const { Tensor } = runtime
  const { tokeniser, trials } = await readVocabulary(directory)
  const model = await openModel(runtime, directory, files.text, threads, {
    inputs: { tokens: 'int64', weights: 'float32' },
    outputs: ['embedding'],
    width: dimensions,
  })
  return {
    dimensions,
    trials,
    lengthOf: ({ tokens }) => tokens.length,
    tokenise(text) {
      const tokens = tokeniser.tokenise(text)
      return tokens === undefined ? undefined : { tokens, isCut: tokens.isCut }
    },
    async run(texts) {
      // Padding is row 0 at a weight of 0: it adds nothing.
      const length = texts.reduce((most, { tokens }) => Math.max(most, tokens.length), 0)
      const rows = int64Rows(texts.length, length)
      const weights = new Float32Array(texts.length * length)
      for (const [text, { tokens, weights: own }] of texts.entries()) {
        weights.set(own, text * length)
        for (let place = 0; place < tokens.length; place++) rows.put(text, place, tokens[place]!)
      }
      const shape = [texts.length, length]
      const feeds = { tokens: new Tensor('int64', rows.values, shape), weights: new Tensor('float32', weights, shape) }
      return normaliseRows((await model.run(feeds)).values, dimensions)
    },
    release: () => model.release(),
  }
}

async function readVocabulary(directory: string): Promise<{ tokeniser: Tokeniser; trials: readonly WeightedTokens[] }> {
  const refuse = (what: string, cause?: unknown): never => {
    throw invalidEncoder(directory, `has a ${files.vocabulary} ${what}`, cause)
  }
  const text = await readFile(join(directory, files.vocabulary), 'utf8').catch((cause: unknown) =>
    refuse('that cannot be read', cause),
  )
  let vocabulary: Partial<Vocabulary>
  try {
    vocabulary = JSON.parse(text) as Partial<Vocabulary>
  } catch (cause) {
    return refuse('that is not JSON', cause)
  }
  const { words, parts, weights, mostWords } = vocabulary
  const isWhole = Array.isArray(words) && Array.isArray(parts) && Array.isArray(weights) && Number.isSafeInteger(mostWords)
  if (!isWhole) return refuse('without words, parts, weights and mostWords')
  const count = words.length + parts.length
  if (count === 0 || weights.length !== count) return refuse(`with ${count} words and parts, and ${weights.length} weights`)
  const alone = (token: number): WeightedTokens => ({ tokens: Int32Array.of(token), weights: Float32Array.of(1), isCut: false })
  return { tokeniser: createTokeniser(vocabulary as Vocabulary), trials: [alone(0), alone(count - 1)] }
}
