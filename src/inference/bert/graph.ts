import { createGraph, type GraphBuilder, type Value } from '../onnx/graph.js'
import type { BertConfig } from './config.js'
import { bertLayers } from './layers.js'
import type { Safetensors } from './safetensors.js'

/** How the vectors of a text's tokens become one: their mean, or the first token's. */
export type Pooling = 'mean' | 'first'

/** Added to an attention score, it leaves a share of exactly 0 in f32. */
const BARRED = -1e9

/**
 * BERT as an ONNX graph, with what sentence encoders put behind it: attention-masked pooling and unit length.
 *
 *   x = norm(words[id] + positions[place] + types[0])
 *   in each layer:  x = norm(x + attention(x)),  x = norm(x + feedForward(x))
 *   embedding = pool(x, mask) / ‖pool(x, mask)‖
 *
 * Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", NAACL 2019.
 * Reimers and Gurevych, "Sentence-BERT", EMNLP 2019.
 *
 * Inputs `input_ids` and `attention_mask`, int64 [n, L]; output `embedding`, f32 [n, width].
 */
export function bertGraph(config: BertConfig, weights: Safetensors, pooling: Pooling): Uint8Array {
  const graph = createGraph('bert', { metadata: { pooling } })
  const ids = graph.input('input_ids', 'int64', ['n', 'L'])
  const mask = graph.apply('Cast', [graph.input('attention_mask', 'int64', ['n', 'L'])], { to: { int: 1 } })
  const layers = bertLayers(graph, config, weights)

  const barred = graph.apply('Mul', [graph.apply('Sub', [graph.scalar(1), mask]), graph.scalar(BARRED)])
  const perKey = graph.apply('Unsqueeze', [barred, graph.integers([1, 2])]) // n × 1 × 1 × L
  let x = layers.embed(ids)
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `encoder.layer.${layer}`
    x = layers.norm(graph.apply('Add', [layers.attention(x, perKey, layer), x]), `${name}.attention.output.LayerNorm`)
    x = layers.norm(graph.apply('Add', [layers.feedForward(x, layer), x]), `${name}.output.LayerNorm`)
  }
  const pooled = pooling === 'mean' ? maskedMean(graph, x, mask) : firstToken(graph, x)
  const norm = graph.apply('ReduceL2', [pooled], { axes: { ints: [1] }, keepdims: { int: 1 } })
  graph.output('embedding', graph.apply('Div', [pooled, norm]), 'float32', ['n', config.width])
  return graph.bytes()
}

/** Σ maskₜ·xₜ / Σ maskₜ, as one product of n × 1 × L by n × L × width. */
function maskedMean(graph: GraphBuilder, x: Value, mask: Value): Value {
  const axis = graph.integers([1])
  const sum = graph.apply('Squeeze', [graph.apply('MatMul', [graph.apply('Unsqueeze', [mask, axis]), x]), axis])
  return graph.apply('Div', [sum, graph.apply('ReduceSum', [mask, axis], { keepdims: { int: 1 } })])
}

function firstToken(graph: GraphBuilder, x: Value): Value {
  return graph.apply('Gather', [x, graph.constant([], BigInt64Array.of(0n))], { axis: { int: 1 } })
}
