import type { GraphBuilder, Value } from '../onnx/graph.js'
import type { BertConfig } from './config.js'
import type { Safetensors } from './safetensors.js'

/** The parts of BERT as operators of one graph, with the weights that each reads. */
export interface BertLayers {
  /** n × L token numbers → n × L × width */
  embed(ids: Value): Value
  norm(x: Value, name: string): Value
  /** @param barred n × 1 × 1 × L, added to the scores: 0 where a token may be looked at */
  attention(x: Value, barred: Value, layer: number): Value
  feedForward(x: Value, layer: number): Value
}

type Read = (name: string, shape: readonly number[]) => Float32Array

export function bertLayers(graph: GraphBuilder, config: BertConfig, weights: Safetensors): BertLayers {
  const { width, heads, innerWidth } = config
  const prefix = ['bert.', 'roberta.'].find((each) => weights.names.includes(`${each}embeddings.word_embeddings.weight`)) ?? ''
  const read: Read = (name, shape) => weights.read(prefix + name, shape)
  const vector = (name: string): Value => graph.constant([width], read(name, [width]), name)

  function norm(x: Value, name: string): Value {
    const epsilon = { float: config.layerNormEpsilon }
    return graph.apply('LayerNormalization', [x, vector(`${name}.weight`), vector(`${name}.bias`)], {
      axis: { int: -1 },
      epsilon,
    })
  }

  /** x · Wᵀ + b */
  function linear(x: Value, name: string, inputs: number, outputs: number): Value {
    const transposed = transpose(read(`${name}.weight`, [outputs, inputs]), outputs, inputs)
    const product = graph.apply('MatMul', [x, graph.constant([inputs, outputs], transposed, `${name}.weight`)])
    return graph.apply('Add', [product, graph.constant([outputs], read(`${name}.bias`, [outputs]), `${name}.bias`)])
  }

  return {
    norm,
    embed(ids) {
      const words = read('embeddings.word_embeddings.weight', [config.vocabulary, width])
      const rows = graph.apply('Gather', [graph.constant([config.vocabulary, width], words, 'words'), ids], { axis: { int: 0 } })
      const places = graph.constant([config.positions - config.firstPosition, width], placesOf(config, read), 'places')
      const length = graph.apply('Shape', [ids], { start: { int: 1 }, end: { int: 2 } })
      const used = graph.apply('Slice', [places, graph.integers([0]), length, graph.integers([0])]) // L × width
      return norm(graph.apply('Add', [rows, used]), 'embeddings.LayerNorm')
    },
    attention(x, barred, layer) {
      const name = `encoder.layer.${layer}.attention`
      const perHead = graph.integers([0, 0, heads, width / heads])
      const [queries, keys, values] = graph.applyMany('Split', [jointProjection(graph, x, name, config, read)], 3, {
        axis: { int: 2 },
      })
      const byHead = (joint: Value | undefined, perm: readonly number[]): Value =>
        graph.apply('Transpose', [graph.apply('Reshape', [joint, perHead])], { perm: { ints: perm } })
      const scores = graph.apply('MatMul', [byHead(queries, [0, 2, 1, 3]), byHead(keys, [0, 2, 3, 1])]) // n × heads × L × L
      const shares = graph.apply('Softmax', [graph.apply('Add', [scores, barred])], { axis: { int: -1 } })
      const mixed = graph.apply('MatMul', [shares, byHead(values, [0, 2, 1, 3])]) // n × heads × L × width / heads
      const inOrder = graph.apply('Transpose', [mixed], { perm: { ints: [0, 2, 1, 3] } })
      return linear(graph.apply('Reshape', [inOrder, graph.integers([0, 0, width])]), `${name}.output.dense`, width, width)
    },
    feedForward(x, layer) {
      const inner = linear(x, `encoder.layer.${layer}.intermediate.dense`, width, innerWidth)
      return linear(activate(graph, inner, config.activation), `encoder.layer.${layer}.output.dense`, innerWidth, width)
    },
  }
}

/** The table of positions, with the one token type that a single text has added to every row. */
function placesOf(config: BertConfig, read: Read): Float32Array {
  const { width } = config
  const table = read('embeddings.position_embeddings.weight', [config.positions, width]).slice(config.firstPosition * width)
  if (config.tokenTypes === 0) return table
  const types = read('embeddings.token_type_embeddings.weight', [config.tokenTypes, width])
  return table.map((value, place) => value + types[place % width]!)
}

/** One product for queries, keys and values of all heads: the same numbers in a third of the calls. 1/√(width/heads) is in the queries' weights. */
function jointProjection(graph: GraphBuilder, x: Value, name: string, { width, heads }: BertConfig, read: Read): Value {
  const scale = 1 / Math.sqrt(width / heads)
  const weights = new Float32Array(width * 3 * width)
  const biases = new Float32Array(3 * width)
  for (const [which, part] of ['query', 'key', 'value'].entries()) {
    const factor = part === 'query' ? scale : 1
    const matrix = read(`${name}.self.${part}.weight`, [width, width]) // outputs × inputs
    const bias = read(`${name}.self.${part}.bias`, [width])
    for (let output = 0; output < width; output++) {
      const column = which * width + output
      biases[column] = bias[output]! * factor
      for (let input = 0; input < width; input++) weights[input * 3 * width + column] = matrix[output * width + input]! * factor
    }
  }
  const product = graph.apply('MatMul', [x, graph.constant([width, 3 * width], weights, `${name}.joint.weight`)])
  return graph.apply('Add', [product, graph.constant([3 * width], biases, `${name}.joint.bias`)])
}

function activate(graph: GraphBuilder, x: Value, activation: BertConfig['activation']): Value {
  if (activation === 'relu') return graph.apply('Relu', [x])
  return activation === 'gelu' ? gelu(graph, x) : tanhGelu(graph, x)
}

/** x · Φ(x), written as runtimes look for it, to run it as one operator. */
function gelu(graph: GraphBuilder, x: Value): Value {
  const error = graph.apply('Erf', [graph.apply('Div', [x, graph.scalar(Math.SQRT2)])])
  return graph.apply('Mul', [graph.apply('Mul', [x, graph.apply('Add', [error, graph.scalar(1)])]), graph.scalar(0.5)])
}

/** ½x · (1 + tanh(√(2/π)·(x + 0.044715·x³))). Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016. */
function tanhGelu(graph: GraphBuilder, x: Value): Value {
  const cube = graph.apply('Mul', [graph.apply('Pow', [x, graph.scalar(3)]), graph.scalar(0.044715)])
  const inner = graph.apply('Mul', [graph.apply('Add', [x, cube]), graph.scalar(Math.sqrt(2 / Math.PI))])
  const share = graph.apply('Add', [graph.apply('Tanh', [inner]), graph.scalar(1)])
  return graph.apply('Mul', [graph.apply('Mul', [x, share]), graph.scalar(0.5)])
}

/** PyTorch keeps matrices as outputs × inputs; a product wants inputs × outputs. */
function transpose(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const transposed = new Float32Array(matrix.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) transposed[column * rows + row] = matrix[row * columns + column]!
  }
  return transposed
}
