import { assert } from '../../domain/errors.js'
import { bytesField, type Encoded, floatField, integerField, join, message, messageField, stringField } from './protobuf.js'
import { type Dimension, type ElementType, elementTypeOf, type TensorData, tensor, valueInfo } from './tensor.js'

/**
 * Writes ONNX models: a graph is put together operator by operator, and `bytes()` is the file.
 *
 *   const graph = createGraph('double')
 *   const x = graph.input('x', 'float32', ['n', 3])
 *   graph.output('y', graph.apply('Mul', [x, graph.constant([], Float32Array.of(2))]), 'float32', ['n', 3])
 *   await writeFile('double.onnx', graph.bytes())
 *
 * Same calls, same bytes. Operators and their attributes are those of opset 17 (github.com/onnx/onnx, Operators.md); whether they fit
 * together is not checked here but by whoever loads the file.
 */
export interface GraphBuilder {
  input(name: string, type: ElementType, shape: readonly Dimension[]): Value
  /** Known numbers: weights, and operators' fixed arguments. A scalar has no dimensions. */
  constant(dimensions: readonly number[], data: TensorData, name?: string): Value
  /** int64, one dimension: what shapes and axes are given as. */
  integers(values: readonly number[]): Value
  /** float32, no dimension. */
  scalar(value: number): Value
  /** One operator with one output. An undefined input is one that was left out. */
  apply(operator: string, inputs: readonly (Value | undefined)[], attributes?: Attributes): Value
  /** One operator with several outputs, in the operator's order. */
  applyMany(operator: string, inputs: readonly (Value | undefined)[], outputs: number, attributes?: Attributes): readonly Value[]
  /** Gives a value to the outside under this name. */
  output(name: string, value: Value, type: ElementType, shape: readonly Dimension[]): void
  bytes(): Uint8Array
}

/** The name of something computed or given in one graph. */
export type Value = string & { readonly value: unique symbol }

export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
export type Attributes = Readonly<Record<string, Attribute>>

export interface GraphOptions {
  /** Kept in the file for whoever opens it: what made it, of what. */
  readonly metadata?: Readonly<Record<string, string>>
}

const OPSET = 17
const IR_VERSION = 8 // the oldest that knows opset 17

export function createGraph(name: string, options: GraphOptions = {}): GraphBuilder {
  const inputs: Encoded[] = []
  const outputs: Encoded[] = []
  const initializers: Encoded[] = []
  const nodes: Encoded[] = []
  const taken = new Set<string>()

  function declare(wanted: string): Value {
    assert(!taken.has(wanted), `the graph ${name} has two values named ${wanted}`)
    taken.add(wanted)
    return wanted as Value
  }

  const builder: GraphBuilder = {
    input(inputName, type, shape) {
      inputs.push(valueInfo(inputName, type, shape))
      return declare(inputName)
    },
    constant(dimensions, data, constantName = `constant_${initializers.length}`) {
      initializers.push(tensor(constantName, elementTypeOf(data), dimensions, data))
      return declare(constantName)
    },
    integers: (values) => builder.constant([values.length], BigInt64Array.from(values, BigInt)),
    scalar: (value) => builder.constant([], Float32Array.of(value)),
    apply: (operator, given, attributes) => builder.applyMany(operator, given, 1, attributes)[0] as Value,
    applyMany(operator, given, count, attributes = {}) {
      const nodeName = `${operator}_${nodes.length}`
      const made = Array.from({ length: count }, (_, place) => declare(count === 1 ? nodeName : `${nodeName}_${place}`))
      nodes.push(node(nodeName, operator, given, made, attributes))
      return made
    },
    output(outputName, value, type, shape) {
      nodes.push(node(outputName, 'Identity', [value], [declare(outputName)], {}))
      outputs.push(valueInfo(outputName, type, shape))
    },
    bytes() {
      const graph = message([
        ...nodes.map((each) => messageField(1, each)),
        stringField(2, name),
        ...initializers.map((each) => messageField(5, each)),
        ...inputs.map((each) => messageField(11, each)),
        ...outputs.map((each) => messageField(12, each)),
      ])
      return join(model(graph, options.metadata ?? {}))
    },
  }
  return builder
}

function model(graph: Encoded, metadata: Readonly<Record<string, string>>): Encoded {
  return message([
    integerField(1, IR_VERSION),
    stringField(2, 'sona'),
    messageField(7, graph),
    messageField(8, message([stringField(1, ''), integerField(2, OPSET)])),
    ...Object.entries(metadata).map(([key, value]) => messageField(14, message([stringField(1, key), stringField(2, value)]))),
  ])
}

function node(
  name: string,
  operator: string,
  inputs: readonly (Value | undefined)[],
  outputs: readonly Value[],
  attributes: Attributes,
): Encoded {
  return message([
    ...inputs.map((input) => stringField(1, input ?? '')),
    ...outputs.map((output) => stringField(2, output)),
    stringField(3, name),
    stringField(4, operator),
    ...Object.entries(attributes).map(([key, value]) => messageField(5, attribute(key, value))),
  ])
}

/** An AttributeProto; field 20 says which of its kinds it is. */
function attribute(name: string, value: Attribute): Encoded {
  const kind = (number: number, fields: readonly Encoded[]): Encoded =>
    message([stringField(1, name), ...fields, integerField(20, number)])
  if ('float' in value) return kind(1, [floatField(2, value.float)])
  if ('int' in value) return kind(2, [integerField(3, value.int)])
  if ('string' in value) return kind(3, [bytesField(4, new TextEncoder().encode(value.string))])
  if ('floats' in value)
    return kind(
      6,
      value.floats.map((each) => floatField(7, each)),
    )
  return kind(
    7,
    value.ints.map((each) => integerField(8, each)),
  )
}
