import type { ContentEncoder } from '../encoders/content-encoder.js'
import { TEXT_WEIGHT } from '../encoders/content-rows.js'
import type { TextTower } from '../encoders/text-tower.js'
import type { UserEncoder } from '../encoders/user-encoder.js'
import { createGraph, type GraphBuilder, type Value } from './onnx/graph.js'

/** The fitted encoders of src/encoders/ as ONNX graphs. The pure forward passes there are their slow twins. */

/** f32: the numbers as they were fitted. int8: 8 bits a number and a scale a row; a quarter of the size. */
export type Precision = 'f32' | 'int8'

/** What the table of weighted rows is named in a graph. */
export const TABLE = 'table'

/** `tokens` int64 [n, L], `weights` f32 [n, L] → `embedding` f32 [n, dimensions]; padding has weight 0. */
export function textGraph({ table, dimensions }: TextTower, precision: Precision): Uint8Array {
  const graph = createGraph('catalogue-text', { metadata: { precision } })
  const tokens = graph.input('tokens', 'int64', ['n', 'L'])
  const weights = graph.input('weights', 'float32', ['n', 'L'])
  const sum = weightedRows(graph, table, dimensions, tokens, weights, precision)
  graph.output('embedding', normalised(graph, sum), 'float32', ['n', dimensions])
  return graph.bytes()
}

/** `text` f32 [n, t], `features` int64 [n, F], `feature_weights` f32 [n, F] → `embedding` f32 [n, dimensions]. No text: zeros. */
export function contentGraph({ table, textDimensions, dimensions }: ContentEncoder, precision: Precision): Uint8Array {
  const graph = createGraph('content', { metadata: { precision } })
  const text = graph.input('text', 'float32', ['n', textDimensions])
  const features = graph.input('features', 'int64', ['n', 'F'])
  const weights = graph.input('feature_weights', 'float32', ['n', 'F'])
  const textTable = table.slice(0, textDimensions * dimensions).map((value) => TEXT_WEIGHT * value)
  const fromText = denseProduct(graph, text, textTable, textDimensions, dimensions, precision)
  const rest = weightedRows(graph, table.slice(textDimensions * dimensions), dimensions, features, weights, precision)
  graph.output('embedding', normalised(graph, graph.apply('Add', [fromText, rest])), 'float32', ['n', dimensions])
  return graph.bytes()
}

/** `items` f32 [n, L, d], `engagements`, `ages_days`, `mask` f32 [n, L] → `embedding` f32 [n, d]. */
export function userGraph({ theta, query, dimensions }: UserEncoder): Uint8Array {
  const graph = createGraph('user')
  const items = graph.input('items', 'float32', ['n', 'L', dimensions])
  const [engagements, ages, mask] = ['engagements', 'ages_days', 'mask'].map((name) => graph.input(name, 'float32', ['n', 'L']))
  const floor = graph.apply('Max', [engagements, graph.scalar(1e-6)])
  const parts = [
    [theta[0], graph.apply('Log', [floor])],
    [theta[1], graph.apply('Div', [ages, graph.scalar(30)])],
    [theta[2], graph.apply('Log', [graph.apply('Add', [graph.apply('Mul', [ages, graph.scalar(24)]), graph.scalar(1)])])],
  ] as const
  const alike = graph.apply('Squeeze', [
    graph.apply('MatMul', [items, graph.constant([dimensions, 1], query)]),
    graph.integers([2]),
  ])
  const told = parts.reduce(
    (sum, [weight, value]) => graph.apply('Add', [sum, graph.apply('Mul', [value, graph.scalar(weight)])]),
    alike,
  )
  const isHeard = graph.apply('Mul', [
    mask,
    graph.apply('Cast', [graph.apply('Greater', [engagements, graph.scalar(0)])], { to: { int: 1 } }),
  ])
  const barred = graph.apply('Mul', [graph.apply('Sub', [isHeard, graph.scalar(1)]), graph.scalar(BARRED)])
  const attention = graph.apply('Softmax', [graph.apply('Add', [told, barred])], { axis: { int: -1 } })
  // Where nothing is heard, softmax spreads over the silence: times what is heard it is zeros, which whoever runs it refuses.
  const heard = graph.apply('Unsqueeze', [graph.apply('Mul', [attention, isHeard]), graph.integers([1])])
  const pooled = graph.apply('Squeeze', [graph.apply('MatMul', [heard, items]), graph.integers([1])])
  graph.output('embedding', normalised(graph, pooled), 'float32', ['n', dimensions])
  return graph.bytes()
}

const BARRED = 1e9

/** Σ_l weights[n, l]·table[index[n, l]]: n × dimensions. */
function weightedRows(
  graph: GraphBuilder,
  table: Float32Array,
  dimensions: number,
  index: Value,
  weights: Value,
  precision: Precision,
): Value {
  const rows = table.length / dimensions
  const axis = graph.integers([1])
  if (precision === 'f32') {
    const gathered = graph.apply('Gather', [graph.constant([rows, dimensions], table, TABLE), index]) // n × L × d
    return graph.apply('Squeeze', [graph.apply('MatMul', [graph.apply('Unsqueeze', [weights, axis]), gathered]), axis])
  }
  const { numbers, scales } = quantised(table, rows, dimensions)
  const gathered = graph.apply('Gather', [graph.constant([rows, dimensions], numbers, TABLE), index])
  const scaled = graph.apply('Mul', [weights, graph.apply('Gather', [graph.constant([rows], scales, 'scales'), index])])
  const values = graph.apply('Cast', [gathered], { to: { int: 1 } })
  return graph.apply('Squeeze', [graph.apply('MatMul', [graph.apply('Unsqueeze', [scaled, axis]), values]), axis])
}

/** x·table. In int8 the input is quantised as it comes, and the product is of whole numbers. */
function denseProduct(
  graph: GraphBuilder,
  x: Value,
  table: Float32Array,
  rows: number,
  dimensions: number,
  precision: Precision,
): Value {
  if (precision === 'f32') return graph.apply('MatMul', [x, graph.constant([rows, dimensions], table, 'text_table')])
  const largest = table.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const scale = largest > 0 ? largest / 127 : 1
  const numbers = Int8Array.from(table, (value) => Math.round(value / scale))
  const [bytes, inputScale, zero] = graph.applyMany('DynamicQuantizeLinear', [x], 3)
  const product = graph.apply('MatMulInteger', [bytes, graph.constant([rows, dimensions], numbers, 'text_table'), zero])
  const value = graph.apply('Cast', [product], { to: { int: 1 } })
  return graph.apply('Mul', [value, graph.apply('Mul', [inputScale, graph.scalar(scale)])])
}

/** Each row in 8 bits, symmetric about 0: value ≈ number · scale of its row. */
function quantised(
  table: Float32Array,
  rows: number,
  columns: number,
): { readonly numbers: Int8Array; readonly scales: Float32Array } {
  const numbers = new Int8Array(table.length)
  const scales = new Float32Array(rows)
  for (let row = 0; row < rows; row++) {
    const values = table.subarray(row * columns, (row + 1) * columns)
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    scales[row] = largest / 127
    if (largest > 0) for (let at = 0; at < columns; at++) numbers[row * columns + at] = Math.round(values[at] / scales[row])
  }
  return { numbers, scales }
}

/** Rows of unit length; a row of zeros stays zeros, for whoever checks it to refuse. */
function normalised(graph: GraphBuilder, rows: Value): Value {
  const norm = graph.apply('ReduceL2', [rows], { axes: { ints: [1] }, keepdims: { int: 1 } })
  return graph.apply('Div', [rows, graph.apply('Max', [norm, graph.scalar(1e-12)])])
}
