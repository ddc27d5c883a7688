import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { createKernels, createPlainKernels, type Kernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'
import { plainNeuralKernels } from '../../src/math/plain-neural-kernels.js'

const arena = createArena(2 ** 27)
const fast = createKernels(arena)
const plain = createPlainKernels(arena)

const widths = [4, 8, 12, 64, 100]

describe('each fast neural kernel agrees with its plain twin', () => {
  it('product, whichever way its factors lie, replacing and adding', () => {
    for (const [m, n, inner] of [
      [1, 1, 1],
      [3, 5, 7],
      [4, 8, 64],
      [65, 33, 300],
      [1, 192, 64],
      [130, 1030, 17],
    ] as const) {
      for (const aLies of ['straight', 'turned'] as const) {
        for (const bLies of ['straight', 'turned'] as const) {
          for (const mode of ['replace', 'add'] as const) {
            const [a, b] = [randomArray(`a${m}`, m * inner), randomArray(`b${n}`, n * inner)]
            const product = { a, aLies, b, bLies, inner, mode }
            expectTwins([randomArray('old', m * n)], ([out], kernels) => kernels.product({ ...product, out: out! }), 2e-6 * inner)
          }
        }
      }
    }
  })

  it('layerNorm and the way back', () => {
    for (const columns of widths) {
      for (const rows of [0, 1, 7]) {
        const some = (name: string) => randomArray(name, rows * columns)
        const [gain, offset] = [randomArray('gain', columns), randomArray('offset', columns)]
        const [input, outGradient] = [some('input'), some('outGradient')]
        expectTwins(
          [some('n'), arena.f32(rows), some('out'), some('dx'), randomArray('dg', columns), randomArray('do', columns)],
          ([normalized, inverseDeviation, out, inputGradient, gainGradient, offsetGradient], kernels) => {
            const kept = { columns, gain, normalized: normalized!, inverseDeviation: inverseDeviation! }
            kernels.layerNorm({ ...kept, input, offset, out: out! })
            const given = { inputGradient: inputGradient!, gainGradient: gainGradient!, offsetGradient: offsetGradient! }
            kernels.layerNormBackward({ ...kept, outGradient, ...given })
          },
          1e-5,
        )
      }
    }
  })

  it('gatedRecurrence and the way back, over runs of none, one and many rows', () => {
    for (const columns of widths) {
      const start = rowsOf(0, 1, 1, 40, 42)
      const bias = randomArray('bias', 3 * columns, 3)
      const outGradient = randomArray('slope', 42 * columns)
      expectTwins(
        [randomArray('gates', 3 * 42 * columns, 4), arena.f32(42 * columns), arena.f32(42 * columns), arena.f32(3 * columns)],
        ([gates, state, out, biasGradient], kernels) => {
          const shared = { columns, start, gates: gates!, state: state! }
          kernels.gatedRecurrence({ ...shared, bias, out: out! })
          kernels.gatedRecurrenceBackward({ ...shared, outGradient, biasGradient: biasGradient! })
        },
        1e-5,
      )
    }
  })

  it('rectify and the way back', () => {
    for (const columns of widths) {
      const bias = randomArray('bias', columns)
      expectTwins(
        [randomArray('x', 5 * columns), randomArray('slope', 5 * columns), randomArray('dbias', columns)],
        ([x, gradient, biasGradient], kernels) => {
          kernels.rectify(x!, bias)
          kernels.rectifyBackward(x!, gradient!, biasGradient!)
        },
        1e-6,
      )
    }
  })

  it('sampledSoftmax, with scores near and far apart', () => {
    for (const columns of widths) {
      for (const spread of [1, 30, 2000]) {
        const offset = randomArray('offset', columns, 2)
        const ownColumn = arena.i32(4)
        ownColumn.set([-1, 0, columns - 1, 2])
        expectTwins(
          [randomArray('s', 4 * columns, spread), randomArray('own', 4, spread), arena.f32(4), randomArray('old', columns)],
          ([scores, own, chance, columnGradient], kernels) => {
            const given = { scores: scores!, own: own!, chance: chance!, columnGradient: columnGradient! }
            kernels.sampledSoftmax({ ...given, offset, ownColumn, scale: 0.25 })
          },
          2e-6,
        )
      }
    }
  })

  it('gatherRows, scatterRows, addRows and rowProducts', () => {
    for (const columns of [1, 5, ...widths]) {
      const rows = rowsOf(3, 0, 3, 2)
      const weights = randomArray('w', 4)
      const x = randomArray('x', 4 * columns)
      expectTwins(
        [randomArray('table', 6 * columns), arena.f32(4 * columns), arena.f32(4), randomArray('y', 4 * columns)],
        ([table, out, products, y], kernels) => {
          kernels.gatherRows(table!, columns, rows, out!)
          kernels.rowProducts(x, columns, rows, table!, products!)
          kernels.addRows(table!, columns, rows, weights, y!)
          kernels.scatterRows(x, columns, rows, table!, weights)
          kernels.scatterRows(x, columns, rows, table!)
        },
        1e-5,
      )
    }
  })

  it('adamStep, over several steps', () => {
    expectTwins(
      [randomArray('value', 20), arena.f32(20), arena.f32(20), arena.f32(20)],
      ([value, gradient, mean, square], kernels) => {
        for (let steps = 1; steps <= 5; steps++) {
          gradient!.set(randomArray(`g${steps}`, 20))
          const moments = { value: value!, gradient: gradient!, mean: mean!, square: square! }
          kernels.adamStep({ ...moments, rate: 0.01, decay: 0.1, beta1: 0.9, beta2: 0.98, steps })
        }
      },
      1e-5,
    )
  })
})

// In 64-bit arithmetic, so that differences of nearly equal losses still mean something: the twins take any array of numbers.
describe('each way back is the slope of its way forward', () => {
  const kernels = plainNeuralKernels

  it('layerNorm', () => {
    const [input, gain, offset, weight] = [numbers('x', 24), numbers('g', 8), numbers('o', 8), numbers('w', 24)]
    const kept = { columns: 8, normalized: zeros(24), inverseDeviation: zeros(3) }
    const loss = () => {
      const out = zeros(24)
      kernels.layerNorm({ ...kept, input, gain, offset, out })
      return dot(out, weight)
    }
    loss()
    const [inputGradient, gainGradient, offsetGradient] = [zeros(24), zeros(8), zeros(8)]
    kernels.layerNormBackward({ ...kept, gain, outGradient: weight, inputGradient, gainGradient, offsetGradient })
    expectSlopes(loss, [
      [input, inputGradient],
      [gain, gainGradient],
      [offset, offsetGradient],
    ])
  })

  it('gatedRecurrence', () => {
    const start = Uint32Array.of(0, 1, 6)
    const [raw, bias, weight] = [numbers('gates', 72), numbers('bias', 12), numbers('w', 24)]
    const forward = () => {
      const shared = { columns: 4, start, gates: raw.slice(), state: zeros(24) }
      const out = zeros(24)
      kernels.gatedRecurrence({ ...shared, bias, out })
      return { ...shared, out }
    }
    const { out: _, ...shared } = forward()
    const biasGradient = zeros(12)
    kernels.gatedRecurrenceBackward({ ...shared, outGradient: weight, biasGradient })
    expectSlopes(
      () => dot(forward().out, weight),
      [
        [raw, shared.gates],
        [bias, biasGradient],
      ],
    )
  })

  it('rectify', () => {
    const [x, bias, weight] = [numbers('x', 12), numbers('b', 4), numbers('w', 12)]
    const forward = () => {
      const out = x.slice()
      kernels.rectify(out, bias)
      return out
    }
    const [gradient, biasGradient] = [weight.slice(), zeros(4)]
    kernels.rectifyBackward(forward(), gradient, biasGradient)
    expectSlopes(
      () => dot(forward(), weight),
      [
        [x, gradient],
        [bias, biasGradient],
      ],
    )
  })

  it('sampledSoftmax', () => {
    const [scores, own, offset] = [numbers('s', 24), numbers('own', 3), numbers('o', 8)]
    const ownColumn = Int32Array.of(-1, 5, 0)
    const forward = () => {
      const given = { scores: scores.slice(), own: own.slice(), chance: zeros(3), columnGradient: zeros(8) }
      kernels.sampledSoftmax({ ...given, offset, ownColumn, scale: 1 })
      return given
    }
    const slopes = forward()
    expectSlopes(
      () => forward().chance.reduce((sum, p) => sum - Math.log(p), 0),
      [
        [scores, slopes.scores],
        [own, slopes.own],
        [offset, slopes.columnGradient],
      ],
    )
  })
})

describe('arguments that would read or write elsewhere are refused', () => {
  const eight = arena.f32(8)
  it.each([
    ['a product of the wrong size', () => fast.product({ ...products(eight), out: arena.f32(3) }), /out has 3 numbers where 4/],
    ['a width that is no multiple of four', () => fast.rectify(arena.f32(6), arena.f32(3)), /3 is not a multiple of four/],
    ['runs beyond the rows', () => fast.gatedRecurrence(recurrence(rowsOf(0, 3))), /gates has 24 numbers where 36/],
    ['a row beyond the table', () => fast.gatherRows(eight, 4, rowsOf(2), arena.f32(4)), /rows\[0\] is 2/],
    ['an array of another buffer', () => fast.scatterRows(new Float32Array(4), 4, rowsOf(0), eight), /does not lie in its arena/],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})

function products(a: Float32Array) {
  return { a, aLies: 'straight', b: a, bLies: 'turned', inner: 4, mode: 'replace' } as const
}

function recurrence(start: Uint32Array) {
  return { columns: 4, start, bias: arena.f32(12), gates: arena.f32(24), state: arena.f32(8), out: arena.f32(8) }
}

function expectSlopes(loss: () => number, pairs: readonly (readonly [Float32Array, Float32Array])[]): void {
  for (const [values, gradient] of pairs) {
    for (let at = 0; at < values.length; at++) {
      const before = values[at]!
      values[at] = before + 1e-5
      const above = loss()
      values[at] = before - 1e-5
      const below = loss()
      values[at] = before
      expect(Math.abs((above - below) / 2e-5 - gradient[at]!)).toBeLessThan(1e-6)
    }
  }
}

/** 64-bit numbers where kernels ask for 32-bit ones. */
function numbers(seed: string, length: number): Float32Array {
  const random = createRandom(seed)
  return Float64Array.from({ length }, () => random.normal()) as unknown as Float32Array
}

function zeros(length: number): Float32Array {
  return new Float64Array(length) as unknown as Float32Array
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, at) => sum + value * b[at]!, 0)
}

function expectTwins(
  arrays: readonly Float32Array[],
  run: (copies: readonly Float32Array[], kernels: Kernels) => void,
  tolerance: number,
): void {
  const [mine, theirs] = [arrays.map(held), arrays.map(held)]
  run(mine, fast)
  run(theirs, plain)
  mine.forEach((array, which) => {
    const wanted = theirs[which]!
    const scale = wanted.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1)
    const wrong = array.findIndex((value, i) => !(Math.abs(value - wanted[i]!) <= tolerance * scale))
    expect(wrong, `array ${which} differs at ${wrong}: ${array[wrong]} for ${wanted[wrong]}`).toBe(-1)
  })
}

function held(values: Float32Array): Float32Array {
  const copy = arena.f32(values.length)
  copy.set(values)
  return copy
}

function randomArray(seed: string, length: number, spread = 1): Float32Array {
  const random = createRandom(seed)
  return held(Float32Array.from({ length }, () => spread * (random.next() * 2 - 1)))
}

function rowsOf(...rows: number[]): Uint32Array {
  const array = arena.u32(rows.length)
  array.set(rows)
  return array
}
