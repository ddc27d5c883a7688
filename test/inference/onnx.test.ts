import { onnx } from 'onnx-proto'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { createGraph } from '../../src/inference/onnx/graph.js'
import { readWeights } from '../../src/inference/onnx/weights.js'

/** What the file says, by somebody else's reader. */
function read(bytes: Uint8Array): onnx.IModelProto {
  return onnx.ModelProto.toObject(onnx.ModelProto.decode(bytes), { longs: Number, arrays: true }) as onnx.IModelProto
}

async function run(bytes: Uint8Array, feeds: Record<string, Tensor>): Promise<InferenceSession.OnnxValueMapType> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 })
  try {
    return await session.run(feeds)
  } finally {
    await session.release()
  }
}

describe('a written model', () => {
  it('says to another reader what was put into it', () => {
    const graph = createGraph('projection', { metadata: { madeBy: 'a test' } })
    const x = graph.input('x', 'float32', ['n', 2])
    const weights = graph.constant([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6), 'weights')
    graph.output('y', graph.apply('Gemm', [x, weights], { alpha: { float: 0.5 }, transB: { int: 0 } }), 'float32', ['n', 3])

    const model = read(graph.bytes())
    expect(model).toMatchObject({ irVersion: 8, producerName: 'sona', opsetImport: [{ domain: '', version: 17 }] })
    expect(model.metadataProps).toEqual([{ key: 'madeBy', value: 'a test' }])
    expect(model.graph).toMatchObject({
      name: 'projection',
      input: [{ name: 'x', type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'n' }, { dimValue: 2 }] } } } }],
      output: [{ name: 'y', type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'n' }, { dimValue: 3 }] } } } }],
      initializer: [{ name: 'weights', dims: [2, 3], dataType: 1 }],
    })
    const [weightsRead] = model.graph?.initializer ?? []
    expect(new Float32Array(Uint8Array.from(weightsRead?.rawData ?? []).buffer)).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6))
    const [gemm] = model.graph?.node ?? []
    expect(gemm).toMatchObject({ opType: 'Gemm', input: ['x', 'weights'], output: ['Gemm_0'] })
    expect(gemm?.attribute).toMatchObject([
      { name: 'alpha', f: 0.5, type: 1 },
      { name: 'transB', i: 0, type: 2 },
    ])
  })

  it('gives its weights back by name, also from a file of another writer', () => {
    const graph = createGraph('weights')
    graph.constant([1], Float32Array.of(7), 'other')
    graph.constant([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6), 'weights')
    graph.constant([2], Int8Array.of(1, 2), 'bytes')
    const numbers = (model: Uint8Array): readonly number[] => {
      const { dimensions, bytes } = readWeights(model, 'weights')!
      expect(dimensions).toEqual([2, 3])
      return [...new Float32Array(Uint8Array.from(bytes).buffer)]
    }
    expect(numbers(graph.bytes())).toEqual([1, 2, 3, 4, 5, 6])
    expect(numbers(onnx.ModelProto.encode(onnx.ModelProto.decode(graph.bytes())).finish())).toEqual([1, 2, 3, 4, 5, 6])
    expect(readWeights(graph.bytes(), 'bytes')).toBeUndefined()
    expect(readWeights(graph.bytes(), 'none')).toBeUndefined()
    expect(readWeights(graph.bytes().subarray(0, 90), 'weights')).toBeUndefined()
  })

  it('keeps numbers of every size, and lists and texts as attributes', () => {
    const graph = createGraph('odd')
    const x = graph.input('x', 'float32', ['n'])
    graph.output(
      'y',
      graph.apply('NoSuchOperator', [x, undefined, x], {
        large: { int: 2 ** 40 + 1 },
        negative: { int: -3 },
        ints: { ints: [0, 127, 128, -1] },
        floats: { floats: [0.25, -1e-12] },
        text: { string: 'größe' },
      }),
      'float32',
      ['n'],
    )
    const [node] = read(graph.bytes()).graph?.node ?? []
    expect(node?.input).toEqual(['x', '', 'x'])
    const attributes = Object.fromEntries((node?.attribute ?? []).map((each) => [each.name, each]))
    expect(attributes.large?.i).toBe(2 ** 40 + 1)
    expect(attributes.negative?.i).toBe(-3)
    expect(attributes.ints?.ints).toEqual([0, 127, 128, -1])
    expect(attributes.floats?.floats).toEqual([0.25, Math.fround(-1e-12)])
    expect(new TextDecoder().decode(attributes.text?.s ?? new Uint8Array())).toBe('größe')
  })

  it('computes: a masked mean of rows of a table, by hand', async () => {
    const graph = createGraph('mean')
    const tokens = graph.input('tokens', 'int64', ['n', 'L'])
    const weights = graph.input('weights', 'float32', ['n', 'L'])
    const table = graph.constant([3, 2], Float32Array.of(1, 0, 0, 1, 5, 5))
    const rows = graph.apply('Gather', [table, tokens], { axis: { int: 0 } }) // n × L × 2
    const weighted = graph.apply('Mul', [rows, graph.apply('Unsqueeze', [weights, graph.integers([2])])])
    const sum = graph.apply('ReduceSum', [weighted, graph.integers([1])], { keepdims: { int: 0 } })
    graph.output('mean', graph.apply('Mul', [sum, graph.scalar(0.5)]), 'float32', ['n', 2])

    const { mean } = await run(graph.bytes(), {
      tokens: new Tensor('int64', BigInt64Array.of(0n, 1n, 2n, 2n), [2, 2]),
      weights: new Tensor('float32', Float32Array.of(2, 4, 1, 0), [2, 2]),
    })
    expect(mean).toMatchObject({ dims: [2, 2] })
    expect(mean?.data).toEqual(Float32Array.of(1, 2, 2.5, 2.5))
  })

  it('has operators with several outputs: dynamic quantisation to eight bits', async () => {
    const graph = createGraph('quantised')
    const x = graph.input('x', 'float32', ['n', 2])
    const [whole, scale, zero] = graph.applyMany('DynamicQuantizeLinear', [x], 3)
    const weights = graph.constant([2, 1], Int8Array.of(127, -127)) // 1 and −1 at a scale of 1 / 127
    const product = graph.apply('Cast', [graph.apply('MatMulInteger', [whole, weights, zero])], { to: { int: 1 } })
    const scaled = graph.apply('Mul', [graph.apply('Mul', [product, scale]), graph.scalar(1 / 127)])
    graph.output('y', scaled, 'float32', ['n', 1])
    const { y } = await run(graph.bytes(), { x: new Tensor('float32', Float32Array.of(1, 0.25, -1, 0.5), [2, 2]) })
    const close = [0.75, -1.5].map((value) => expect.closeTo(value, 2))
    expect(Array.from(y?.data as Float32Array)).toEqual(close)
  })

  it('is the same bytes every time', () => {
    const write = (): Uint8Array => {
      const graph = createGraph('same')
      const x = graph.input('x', 'float32', ['n', 2])
      graph.output('y', graph.apply('Add', [x, graph.constant([2], Float32Array.of(1, 2))]), 'float32', ['n', 2])
      return graph.bytes()
    }
    expect(write()).toEqual(write())
  })

  it('refuses a tensor whose numbers do not fit its shape, and a name given twice', () => {
    const graph = createGraph('wrong')
    expect(() => graph.constant([2, 2], new Float32Array(3))).toThrow(/2 × 2 has 4 numbers, not 3/)
    graph.input('x', 'float32', ['n'])
    expect(() => graph.input('x', 'float32', ['n'])).toThrow(/two values named x/)
  })
})
