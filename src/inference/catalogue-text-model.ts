import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTokeniser, type Tokeniser, type Vocabulary, type WeightedTokens } from '../encoders/vocabulary.js'
import { TABLE } from './encoder-graphs.js'
import { int64Rows } from './int64-rows.js'
import { type EncoderManifest, files, invalidEncoder } from './manifest.js'
import { readWeights } from './onnx/weights.js'
import { createRowSums, type RowSums } from './row-sums.js'
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
  const told = {
    dimensions,
    trials,
    lengthOf: ({ tokens }: WeightedTokens) => tokens.length,
    tokenise(text: string) {
      const tokens = tokeniser.tokenise(text)
      return tokens === undefined ? undefined : { tokens, isCut: tokens.isCut }
    },
  }
  const graph: TextModel<WeightedTokens> = {
    ...told,
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
  const sums = await sameSums(directory, graph)
  if (sums === undefined) return graph
  await model.release()
  return { ...told, run: (texts) => Promise.resolve(normaliseRows(sums.sum(texts), dimensions)), release: async () => {} }
}

/**
 * The graph without ONNX Runtime, where it is nothing but weighted rows of one table and their sums are the graph's own to 1e-5 on the trials.
 * Another graph, or one of 8 bits, runs as it is.
 */
async function sameSums(directory: string, { dimensions, trials, run }: TextModel<WeightedTokens>): Promise<RowSums | undefined> {
  const table = readWeights(await readFile(join(directory, files.text)), TABLE)
  const isWhole =
    table?.dimensions.length === 2 && table.dimensions[1] === dimensions && trials.every(isWithin(table.dimensions[0]!))
  if (table === undefined || !isWhole) return undefined
  const sums = createRowSums(table.bytes, dimensions)
  const own = normaliseRows(sums.sum(trials), dimensions)
  const graphs = await run(trials).catch(() => undefined) // whoever tries out the model says what is the matter
  return graphs !== undefined && own.every((value, at) => Math.abs(value - graphs[at]!) <= SAME) ? sums : undefined
}

const isWithin =
  (rows: number) =>
  ({ tokens }: WeightedTokens): boolean =>
    tokens.every((token) => token < rows)

const SAME = 1e-5

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
  return { tokeniser: createTokeniser(vocabulary as Vocabulary), trials: trialsOf(count) }
}

/** The first row alone, the last, and some rows from all over the table together. */
function trialsOf(count: number): readonly WeightedTokens[] {
  const spread = Array.from({ length: Math.min(count, 97) }, (_, at) => Math.floor((at * count) / 97))
  return [[0], [count - 1], [...new Set(spread)]].map((tokens) => ({
    tokens: Int32Array.from(tokens),
    weights: Float32Array.from(tokens, (_, at) => (1 + (at % 5)) / Math.sqrt(tokens.length)),
    isCut: false,
  }))
}
