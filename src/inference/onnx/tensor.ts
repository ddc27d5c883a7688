import { assert } from '../../domain/errors.js'
import { bytesField, type Encoded, integerField, message, messageField, stringField } from './protobuf.js'

/** Numbers as ONNX stores them. `bool` is one byte each, 0 or 1. */
export type ElementType = 'float32' | 'uint8' | 'int8' | 'int32' | 'int64' | 'bool'

/** A fixed length, or the name of one that differs from call to call: 'n' for the batch, 'L' for the longest text in it. */
export type Dimension = number | string

export type TensorData = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array

// TensorProto.DataType
export const elementNumbers: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
}

/** A TensorProto: known numbers, kept as the machine's own little-endian bytes. */
export function tensor(name: string, type: ElementType, dimensions: readonly number[], data: TensorData): Encoded {
  const length = dimensions.reduce((product, dimension) => product * dimension, 1)
  assert(data.length === length, `tensor ${name} of ${dimensions.join(' × ')} has ${length} numbers, not ${data.length}`)
  return message([
    ...dimensions.map((dimension) => integerField(1, dimension)),
    integerField(2, elementNumbers[type]),
    ...(name === '' ? [] : [stringField(8, name)]),
    bytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ])
}

/** A ValueInfoProto: the name, element type and shape of an input or output. */
export function valueInfo(name: string, type: ElementType, shape: readonly Dimension[]): Encoded {
  const dimensions = shape.map((dimension) =>
    messageField(1, typeof dimension === 'number' ? integerField(1, dimension) : stringField(2, dimension)),
  )
  const tensorType = message([integerField(1, elementNumbers[type]), messageField(2, message(dimensions))])
  return message([stringField(1, name), messageField(2, messageField(1, tensorType))])
}

export function elementTypeOf(data: TensorData): ElementType {
  if (data instanceof Float32Array) return 'float32'
  if (data instanceof Int32Array) return 'int32'
  if (data instanceof BigInt64Array) return 'int64'
  return data instanceof Int8Array ? 'int8' : 'uint8'
}
