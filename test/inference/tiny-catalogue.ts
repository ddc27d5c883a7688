import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRandom } from '../../src/domain/random.js'
import { featureCount, layout } from '../../src/encoders/structured-features.js'
import { fitVocabulary, type Vocabulary, vocabularyDefaults } from '../../src/encoders/vocabulary.js'
import type { EncoderManifest } from '../../src/inference/manifest.js'
import { createGraph, type GraphBuilder, type Value } from '../../src/inference/onnx/graph.js'
import { placeEncoder } from '../../src/inference/shelf.js'

/** Three models with made-up weights over a real vocabulary: what `sona encoders train` leaves, at a size that can be checked by hand. */
export interface TinyCatalogue {
  readonly manifest: EncoderManifest
  readonly vocabulary: Vocabulary
  /** words and parts × 6 */
  readonly words: Float32Array
  /** 6 × 8 */
  readonly projection: Float32Array
  /** featureCount × 8 */
  readonly features: Float32Array
}

export const TEXT = 6
export const ITEM = 8

export async function placeTinyCatalogue(home: string, texts: readonly string[], seed = 1): Promise<TinyCatalogue> {
  const random = createRandom(seed)
  const numbers = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal())
  const vocabulary = fitVocabulary(texts, { ...vocabularyDefaults, leastTexts: 1 })
  const words = numbers(vocabulary.weights.length * TEXT)
  const [projection, features] = [numbers(TEXT * ITEM), numbers(featureCount * ITEM)]
  const none = { sums: [], mean: 0, deviations: [1, 1, 1, 1, 1, 1, 1, 1] }
  const manifest = await placeEncoder(home, async (place) => {
    const put = (name: string, what: Uint8Array | string): Promise<void> => writeFile(join(place, name), what)
    await put('vocabulary.json', JSON.stringify(vocabulary))
    await put('standing.json', JSON.stringify({ rows: [], popularity: none, rating: none, titles: [] }))
    await put('text_encoder.onnx', textGraph(words))
    await put('content_encoder.onnx', contentGraph(projection, features))
    await put('user_encoder.onnx', userGraph())
    const text = { kind: 'catalogue', dimensions: TEXT, mostTokens: vocabulary.mostWords } as const
    return { name: 'tiny', text, dimensions: ITEM, features: layout }
  })
  return { manifest, vocabulary, words, projection, features }
}

function textGraph(words: Float32Array): Uint8Array {
  const graph = createGraph('text')
  const tokens = graph.input('tokens', 'int64', ['n', 'L'])
  const weights = graph.input('weights', 'float32', ['n', 'L'])
  const table = graph.constant([words.length / TEXT, TEXT], words)
  graph.output('embedding', weightedRows(graph, table, tokens, weights), 'float32', ['n', TEXT])
  return graph.bytes()
}

function contentGraph(projection: Float32Array, features: Float32Array): Uint8Array {
  const graph = createGraph('content')
  const text = graph.input('text', 'float32', ['n', TEXT])
  const rows = graph.input('features', 'int64', ['n', 'F'])
  const weights = graph.input('feature_weights', 'float32', ['n', 'F'])
  const told = graph.apply('MatMul', [text, graph.constant([TEXT, ITEM], projection)])
  const table = graph.constant([features.length / ITEM, ITEM], features)
  graph.output('embedding', graph.apply('Add', [told, weightedRows(graph, table, rows, weights)]), 'float32', ['n', ITEM])
  return graph.bytes()
}

/** Σ mask · engagement · 0.5^(age / 30 days) · item */
function userGraph(): Uint8Array {
  const graph = createGraph('user')
  const items = graph.input('items', 'float32', ['n', 'L', ITEM])
  const engagements = graph.input('engagements', 'float32', ['n', 'L'])
  const ages = graph.input('ages_days', 'float32', ['n', 'L'])
  const mask = graph.input('mask', 'float32', ['n', 'L'])
  const fading = graph.apply('Pow', [graph.scalar(0.5), graph.apply('Div', [ages, graph.scalar(30)])])
  const weights = graph.apply('Mul', [graph.apply('Mul', [fading, engagements]), mask])
  graph.output('embedding', weightedSum(graph, items, weights), 'float32', ['n', ITEM])
  return graph.bytes()
}

function weightedRows(graph: GraphBuilder, table: Value, rows: Value, weights: Value): Value {
  return weightedSum(graph, graph.apply('Gather', [table, rows], { axis: { int: 0 } }), weights)
}

function weightedSum(graph: GraphBuilder, rows: Value, weights: Value): Value {
  const axis = graph.integers([1])
  return graph.apply('Squeeze', [graph.apply('MatMul', [graph.apply('Unsqueeze', [weights, axis]), rows]), axis])
}
