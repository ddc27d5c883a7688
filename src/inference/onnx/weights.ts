/**
 * Reads weights back out of a model's file: of an ONNX ModelProto, field 7 is the graph, whose fields 5 are its known numbers
 * (TensorProto). What is not understood is skipped, as Protocol Buffers want it.
 * Source: protobuf.dev, "Encoding"; github.com/onnx/onnx, onnx.proto.
 */
import { elementNumbers } from './tensor.js'

export interface Weights {
  readonly dimensions: readonly number[]
  /** The numbers' bytes, little-endian, where they lie in the model: a copy of a large table is the caller's to make. */
  readonly bytes: Uint8Array
}

/** The 32-bit numbers of that name; undefined where there are none, or they are kept in another way than `raw_data`. */
export function readWeights(model: Uint8Array, name: string): Weights | undefined {
  for (const graph of fieldsOf(model)) {
    if (graph.number !== GRAPH || graph.bytes === undefined) continue
    for (const field of fieldsOf(graph.bytes)) {
      if (field.number !== INITIALIZER || field.bytes === undefined) continue
      const tensor = tensorOf(field.bytes)
      if (tensor.name === name) return weightsOf(tensor)
    }
  }
  return undefined
}

const GRAPH = 7
const INITIALIZER = 5

interface Tensor {
  name: string
  type: number
  dimensions: number[]
  raw: Uint8Array | undefined
}

function tensorOf(bytes: Uint8Array): Tensor {
  const tensor: Tensor = { name: '', type: 0, dimensions: [], raw: undefined }
  for (const { number, value, bytes: inner } of fieldsOf(bytes)) {
    if (number === 1) tensor.dimensions.push(...(inner === undefined ? [value] : varintsOf(inner)))
    else if (number === 2) tensor.type = value
    else if (number === 8 && inner !== undefined) tensor.name = new TextDecoder().decode(inner)
    else if (number === 9) tensor.raw = inner
  }
  return tensor
}

function weightsOf({ type, dimensions, raw }: Tensor): Weights | undefined {
  const count = dimensions.reduce((product, dimension) => product * dimension, 1)
  if (type !== elementNumbers.float32 || raw?.length !== 4 * count) return undefined
  return { dimensions, bytes: raw }
}

interface Field {
  readonly number: number
  /** Of a number: what it is. Of anything else 0. */
  readonly value: number
  /** Of what has a length: its bytes, in place. */
  readonly bytes: Uint8Array | undefined
}

const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 }

/** The fields of a message in order. A message that ends too early, or has a wire type of old, ends the list. */
function* fieldsOf(message: Uint8Array): Generator<Field> {
  for (let at = 0; at < message.length; ) {
    const tag = varintAt(message, at)
    at = tag.end
    const [number, wireType] = [Math.floor(tag.value / 8), tag.value % 8]
    if (wireType === 0) {
      const { value, end } = varintAt(message, at)
      at = end
      yield { number, value, bytes: undefined }
    } else if (wireType === 2) {
      const { value: length, end } = varintAt(message, at)
      at = end + length
      if (at > message.length) return
      yield { number, value: 0, bytes: message.subarray(end, at) }
    } else {
      const bytes = FIXED_BYTES[wireType]
      if (bytes === undefined) return
      at += bytes
    }
  }
}

function varintAt(bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } {
  let value = 0
  let at = from
  for (let scale = 1; at < bytes.length; scale *= 128) {
    const byte = bytes[at++]!
    value += (byte % 128) * scale
    if (byte < 128) break
  }
  return { value, end: at }
}

function varintsOf(bytes: Uint8Array): number[] {
  const values: number[] = []
  for (let at = 0; at < bytes.length; ) {
    const { value, end } = varintAt(bytes, at)
    values.push(value)
    at = end
  }
  return values
}
