import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import * as bitmap from '../../src/math/bitmap.js'
import { csrFromTriplets } from '../../src/math/csr.js'
import { type AlsHalfStep, createKernels, createPlainKernels, type Kernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'

const arena = createArena(2 ** 28)
const fast = createKernels(arena)
const plain = createPlainKernels(arena)

// Around every block size in the kernels: lanes of 4, tiles of 4 × 8, leaves of 32, packed blocks of 128, 256 and 1024.
const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 64, 100, 257, 1023]
const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 32, 33, 47, 63, 64, 65, 96, 100, 127, 129, 150, 257, 300]

describe('each fast kernel agrees with its plain twin', () => {
  it('dot', () => {
    for (const length of lengths) {
      const a = randomArray(`a${length}`, length)
      const b = randomArray(`b${length}`, length)
      expect(Math.abs(fast.dot(a, b) - plain.dot(a, b))).toBeLessThanOrEqual(1e-6 * (1 + length))
    }
  })

  it('axpy', () => {
    for (const length of lengths) {
      const x = randomArray(`x${length}`, length)
      const y = randomArray(`y${length}`, length)
      expectTwins([y], ([copy], kernels) => kernels.axpy(0.7, x, copy), 1e-6)
    }
  })

  it('weightedRowSum', () => {
    for (const columns of lengths) {
      for (const count of [0, 1, 3, 4, 6, 33]) {
        const random = createRandom(`${columns}/${count}`)
        const matrix = randomArray(`m${columns}`, 20 * columns)
        const rows = arena.u32(count).map(() => random.below(columns === 0 ? 1 : 20))
        if (columns === 0 && count > 0) continue // no rows to name
        const heldRows = arena.u32(count)
        heldRows.set(rows)
        const weights = randomArray(`w${count}`, count)
        const out = randomArray('garbage', columns)
        expectTwins([out], ([copy], kernels) => kernels.weightedRowSum(matrix, columns, heldRows, weights, copy), 1e-5)
      }
    }
  })

  it('matrixVector', () => {
    for (const columns of lengths) {
      for (const rows of [0, 1, 2, 7, 8, 9]) {
        const matrix = randomArray(`m${columns}`, rows * columns)
        const vector = randomArray(`v${columns}`, columns)
        const out = randomArray('garbage', rows)
        expectTwins([out], ([copy], kernels) => kernels.matrixVector(matrix, columns, vector, copy), 1e-5)
      }
    }
  })

  it('matrixVector, to the very bits that dot gives for each row', () => {
    for (const columns of lengths) {
      const matrix = randomArray(`m${columns}`, 7 * columns)
      const vector = randomArray(`v${columns}`, columns)
      const out = arena.f32(7)
      fast.matrixVector(matrix, columns, vector, out)
      expect([...out]).toEqual(Array.from(out, (_, i) => fast.dot(matrix.subarray(i * columns, (i + 1) * columns), vector)))
    }
  })

  it('byteMatrixVector, to the last bit, at the ends of what its numbers may be', () => {
    for (const columns of [0, 16, 48, 512, 2048]) {
      for (const rows of [0, 1, 2, 3, 8, 9]) {
        const random = createRandom(`bytes ${columns}/${rows}`)
        const matrix = new Int8Array(arena.memory.buffer, arena.u8(rows * columns).byteOffset, rows * columns)
        const vector = new Int16Array(arena.memory.buffer, arena.u8(2 * columns).byteOffset, columns)
        for (let at = 0; at < matrix.length; at++) matrix[at] = at < columns ? -127 : random.below(255) - 127
        for (let at = 0; at < columns; at++) vector[at] = rows % 2 === 0 ? 8191 : random.below(16383) - 8191
        const scales = randomArray(`s${rows}`, rows)
        const out = randomArray('garbage', rows)
        expectTwins([out], ([copy], kernels) => kernels.byteMatrixVector(matrix, columns, vector, scales, copy), 0)
      }
    }
  })

  it('moments, with NaN here and there', () => {
    for (const length of lengths) {
      for (const unknown of [0, 0.3, 1]) {
        const random = createRandom(`moments ${length} ${unknown}`)
        const values = arena.f32(length)
        for (let i = 0; i < length; i++) values[i] = random.next() < unknown ? Number.NaN : 1e3 + random.next()
        const [a, b] = [fast.moments(values), plain.moments(values)]
        expect(a.count).toBe(b.count)
        if (b.count === 0) expect([a.mean, a.deviation]).toEqual([Number.NaN, Number.NaN])
        else expect(Math.abs(a.mean - b.mean) + Math.abs(a.deviation - b.deviation)).toBeLessThan(1e-9)
      }
    }
  })

  it('topK, with ties, NaN and what is not admissible', () => {
    for (const length of lengths) {
      for (const k of [0, 1, 2, 7, 100]) {
        const random = createRandom(`topK ${length} ${k}`)
        const scores = arena.f32(length)
        const admissible = bitmap.create(length)
        for (let i = 0; i < length; i++) {
          scores[i] = random.next() < 0.2 ? Number.NaN : random.below(9) === 0 ? Number.NEGATIVE_INFINITY : random.below(20)
          if (random.next() < 0.6) bitmap.set(admissible, i)
        }
        for (const only of [undefined, admissible]) {
          const found = [fast, plain].map((kernels) => {
            const into = arena.u32(k)
            return [...into.subarray(0, kernels.topK(scores, only, into))]
          })
          expect(found[0]).toEqual(found[1])
        }
      }
    }
  })

  it('topK of long lists: even, skewed, all alike, without bound, and with few that are admissible', () => {
    const random = createRandom('long lists')
    const kinds: readonly (() => number)[] = [
      () => random.normal(),
      () => Math.exp(4 * random.normal()),
      () => (random.next() < 0.95 ? 0 : random.next()),
      () => 1,
      () => Number.NaN,
      () => [Number.NaN, Number.NEGATIVE_INFINITY, random.normal()][random.below(3)]!,
      () => (random.below(500) === 0 ? Number.POSITIVE_INFINITY : random.normal()),
      () => Math.fround(random.below(5) * 1e-30),
      () => random.normal() * 1e38,
    ]
    for (const length of [512, 515, 3_883]) {
      for (const kind of kinds) {
        const scores = held(Float32Array.from({ length }, kind))
        for (const share of [1, 0.5, 0.01, 0]) {
          const admissible = bitmap.create(length)
          for (let i = 0; i < length; i++) if (random.next() < share) bitmap.set(admissible, i)
          for (const k of [0, 1, 20, 100, 128]) {
            for (const only of share === 1 ? [undefined, admissible] : [admissible]) {
              const [found, expected] = [fast, plain].map((kernels) => {
                const into = arena.u32(k)
                return [...into.subarray(0, kernels.topK(scores, only, into))]
              })
              expect(found).toEqual(expected)
            }
          }
        }
      }
    }
  })

  it('pushLevel, along edges that meet, loop and are too faint', () => {
    for (const nodes of [1, 3, 40]) {
      const random = createRandom(`walk of ${nodes}`)
      const edges = Array.from({ length: 5 * nodes }, () => [random.below(nodes), random.below(nodes), random.next()] as const)
      const { start, index, value } = csrFromTriplets(nodes, nodes, {
        row: edges.map(([row]) => row),
        column: edges.map(([, column]) => column),
        value: edges.map(([, , weight]) => weight),
      })
      const csr = { rows: nodes, columns: nodes, start: held(start), index: held(index), value: held(value) }
      const active = held(Uint32Array.from({ length: Math.ceil(nodes / 2) }, (_, at) => 2 * at))
      const mass = randomArray(`mass ${nodes}`, nodes).map(Math.abs)
      const [walked, expected] = [fast, plain].map((kernels) => {
        const level = { active, mass: held(mass), arriving: arena.f32(nodes), reached: arena.u32(nodes) }
        const found = kernels.pushLevel(csr, level, 0.05)
        return { mass: [...level.mass], arriving: [...level.arriving], reached: [...level.reached.subarray(0, found)] }
      })
      expect(walked!.reached).toEqual(expected!.reached)
      expect(walked!.mass).toEqual(expected!.mass)
      for (const [node, amount] of walked!.arriving.entries()) expect(amount).toBeCloseTo(expected!.arriving[node]!, 5)
    }
  })

  it('windowVotes, at the ends of rows, and of rows without weight', () => {
    const random = createRandom('votes')
    const rows = {
      start: held(Uint32Array.of(0, 4, 4, 9, 30)),
      items: held(Uint32Array.from({ length: 30 }, () => random.below(12))),
    }
    const places = held(Uint32Array.of(0, 3, 4, 8, 9, 20, 29))
    const owners = held(Uint32Array.of(0, 0, 2, 2, 3, 3, 3))
    for (const window of [0, 1, 5, 40]) {
      const near = held(randomArray(`near ${window}`, window + 1))
      const before = held(randomArray(`before ${window}`, window + 1))
      const weight = held(Float32Array.of(0.5, 1, 0, 2))
      const out = randomArray('garbage', 12)
      expectTwins(
        [out],
        ([copy], kernels) => kernels.windowVotes(rows, { places, owners, weight, scale: 0.7 }, near, before, copy),
        1e-5,
      )
    }
  })

  it('cholesky, and leaves the upper triangle alone', () => {
    for (const n of sizes) {
      const a = randomSpd(`spd${n}`, n)
      for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) a[i * n + j] = -99
      expectTwins([a], ([copy], kernels) => kernels.cholesky(copy, n), 2e-5)
    }
  })

  it('invertSpd, whatever is in the upper triangle', () => {
    for (const n of sizes) {
      const a = randomSpd(`spd${n}`, n)
      for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) a[i * n + j] = Number.NaN
      expectTwins([a], ([copy], kernels) => kernels.invertSpd(copy, n), 2e-5)
    }
  })

  it('solveCholesky', () => {
    for (const n of [0, 1, 3, 8, 31, 32, 33, 64, 100, 129]) {
      for (const m of [0, 1, 2, 8, 33]) {
        const factor = randomSpd(`spd${n}`, n)
        plain.cholesky(factor, n)
        const b = randomArray(`b${n}/${m}`, n * m)
        expectTwins([b], ([copy], kernels) => kernels.solveCholesky(factor, n, copy, m), 2e-5)
      }
    }
  })

  it('solveCholesky with more columns than one packed block', () => {
    const n = 40
    const m = 1100
    const factor = randomSpd('spd', n)
    plain.cholesky(factor, n)
    expectTwins([randomArray('b', n * m)], ([copy], kernels) => kernels.solveCholesky(factor, n, copy, m), 2e-5)
  })

  it('factorGram', () => {
    for (const factors of [1, 3, 8, 10, 33, 64, 130]) {
      for (const rows of [0, 1, 2, 31, 300]) {
        const fixed = randomArray(`f${factors}/${rows}`, rows * factors)
        const out = randomArray('garbage', factors * factors)
        expectTwins([out], ([copy], kernels) => kernels.factorGram(fixed, factors, copy), 1e-5)
      }
    }
  })

  it('alsHalfStep, on rows with no entry, one entry and more than one group of entries', () => {
    for (const factors of [1, 3, 4, 8, 10, 13, 33, 64]) {
      const args = randomAls(`als${factors}`, [0, 1, 40, 2, 31, 32, 33, 0, 70, ...new Array<number>(60).fill(3), 0], 90, factors)
      expectTwins([args.gram, args.out], ([gram, out], kernels) => kernels.alsHalfStep({ ...args, gram, out }), 1e-4)
    }
  })

  it('alsImproveRows, likewise, after one step and after three', () => {
    for (const factors of [1, 3, 4, 8, 10, 13, 33, 64]) {
      const args = randomAls(`cg${factors}`, [0, 1, 40, 2, 3, 4, 5, 6, 7, 31, 32, 33, 0, 70, 0], 90, factors)
      args.out.set(randomArray(`x${factors}`, args.out.length))
      fast.factorGram(args.fixed, factors, args.gram)
      for (const steps of [1, 3]) {
        expectTwins([args.out], ([out], kernels) => kernels.alsImproveRows({ ...args, out }, steps), 1e-4)
      }
    }
  })
})

describe('alsImproveRows', () => {
  it('arrives at the solution', () => {
    const args = randomAls('arrive', [5, 0, 12, 3, 40], 30, 16)
    for (const kernels of [fast, plain]) {
      kernels.alsHalfStep(args)
      const solution = held(args.out)
      args.out.fill(0.3)
      kernels.alsImproveRows(args, 40)
      expect(largestDifference(args.out, solution)).toBeLessThan(1e-4)
    }
  })

  it('stays where it is already solved', () => {
    const args = randomAls('stay', [5, 7], 30, 16)
    fast.alsHalfStep(args)
    const solution = held(args.out)
    fast.alsImproveRows(args, 3)
    expect(largestDifference(args.out, solution)).toBeLessThan(1e-5)
  })

  it('gives zeros for a row that observed nothing', () => {
    const args = randomAls('nothing', [0], 10, 8)
    for (const kernels of [fast, plain]) {
      args.out.fill(5)
      kernels.alsImproveRows(args, 3)
      expect([...args.out]).toEqual(new Array(8).fill(0))
    }
  })

  it('names the row whose system it cannot descend', () => {
    const args = randomAls('indefinite', [2, 3, 3, 2], 10, 8)
    args.regularization[2] = -1e6
    for (const kernels of [fast, plain]) {
      kernels.factorGram(args.fixed, 8, args.gram)
      expect(() => kernels.alsImproveRows(args, 3)).toThrow('system of row 2 is not positive definite')
    }
  })
})

describe('alsSolveRows', () => {
  it('folds one row in as the whole half-step does', () => {
    const args = randomAls('fold', [5, 0, 12, 3], 30, 16)
    fast.alsHalfStep(args)
    const entries = args.start[2]
    const start = arena.u32(2)
    start.set([0, args.start[3] - entries])
    const out = arena.f32(16)
    fast.alsSolveRows({
      ...args,
      start,
      columns: args.columns.subarray(entries, args.start[3]),
      confidence: args.confidence.subarray(entries, args.start[3]),
      regularization: args.regularization.subarray(2, 3),
      out,
    })
    expect([...out]).toEqual([...args.out.subarray(32, 48)])
  })

  it('gives zeros for a row that observed nothing', () => {
    const args = randomAls('empty', [0], 10, 8)
    for (const kernels of [fast, plain]) {
      args.out.fill(5)
      kernels.alsHalfStep(args)
      expect([...args.out]).toEqual(new Array(8).fill(0))
    }
  })

  it('names the row whose system cannot be solved', () => {
    const args = { ...randomAls('singular', new Array<number>(70).fill(0), 10, 8), unobservedWeight: 0 }
    for (const row of [69, 40, 1]) {
      args.regularization[row] = 0
      for (const { alsHalfStep } of [fast, plain]) {
        expect(() => alsHalfStep(args)).toThrow(`system of row ${row} is not positive definite`)
      }
    }
  })
})

describe('a matrix that is not positive definite', () => {
  it('is an error that names the pivot', () => {
    for (const [n, pivot] of [
      [1, 0],
      [5, 3],
      [100, 0],
      [100, 70],
      [100, 99],
    ] as const) {
      for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
        for (const run of [fast.cholesky, plain.cholesky, fast.invertSpd, plain.invertSpd]) {
          const a = identity(n)
          a[pivot * n + pivot] = bad
          expect(() => run(a, n)).toThrow(new RegExp(`pivot ${pivot} is not a positive number`))
        }
      }
    }
  })

  it('gives the scratch back', () => {
    const a = identity(40)
    a[0] = -1
    const used = arena.usedBytes
    expect(() => fast.cholesky(a, 40)).toThrow(RangeError)
    expect(arena.usedBytes).toBe(used)
  })
})

describe('long work can be stopped', () => {
  it.each(['cholesky', 'invertSpd'] as const)('%s asks between its blocks whether to go on', (kernel) => {
    for (const kernels of [fast, plain]) {
      const used = arena.usedBytes
      const mark = arena.mark()
      let asked = 0
      const stop = () => {
        if (++asked === 3) throw new Error('stop here')
      }
      expect(() => kernels[kernel](randomSpd('long', 300), 300, stop)).toThrow('stop here')
      arena.release(mark)
      expect(arena.usedBytes).toBe(used)
      kernels[kernel](identity(100), 100) // nobody is asked any more
      expect(asked).toBe(3)
    }
  })
})

describe('arguments that would read or write elsewhere are refused', () => {
  const inside = arena.f32(8)

  it.each([
    ['an array of another buffer', () => fast.dot(inside, new Float32Array(8)), /does not lie in its arena/],
    ['vectors of unequal lengths', () => fast.dot(inside, arena.f32(7)), /b has 7 numbers where 8/],
    ['a row beyond the matrix', () => fast.weightedRowSum(inside, 4, rowsOf(2), arena.f32(1), arena.f32(4)), /rows\[0\] is 2/],
    ['a result of the wrong length', () => fast.weightedRowSum(inside, 4, rowsOf(1), arena.f32(1), arena.f32(3)), /out has 3/],
    [
      'a matrix of the wrong shape',
      () => fast.matrixVector(inside, 3, arena.f32(3), arena.f32(3)),
      /matrix has 8 numbers where 9/,
    ],
    ['a matrix that is not square', () => fast.invertSpd(inside, 3), /a has 8 numbers where 9/],
    ['a column beyond the factors', () => fast.alsHalfStep(alsWithColumn(10)), /columns\[0\] is 10, beyond the 10 rows/],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})

describe('a matrix larger than every packed block', () => {
  const n = 1061
  const a = randomSpd('large', n, 0.5, 200)
  const vector = randomArray('vector', n)
  const times = (matrix: Float32Array, by: Float32Array) => {
    const out = arena.f32(n)
    fast.matrixVector(matrix, n, by, out)
    return out
  }

  it('times its inverse is the identity', () => {
    const inverse = held(a)
    fast.invertSpd(inverse, n)
    const again = times(inverse, times(a, vector))
    expect(largestDifference(again, vector)).toBeLessThan(1e-5)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < i; j++) if (inverse[i * n + j] !== inverse[j * n + i]) expect([i, j]).toBe('symmetric')
  })

  it('is solved by its factor', () => {
    const factor = held(a)
    fast.cholesky(factor, n)
    const solution = held(times(a, vector))
    fast.solveCholesky(factor, n, solution, 1)
    expect(largestDifference(solution, vector)).toBeLessThan(1e-5)
  })
})

describe('accuracy', () => {
  it('solves an ill-conditioned system as well as 32-bit numbers allow', () => {
    const n = 200
    const a = randomSpd('ill', n, 1e-3)
    const inverse = held(a)
    fast.invertSpd(inverse, n)
    let worst = 0
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let sum = i === j ? -1 : 0
        for (let k = 0; k < n; k++) sum += a[i * n + k] * inverse[k * n + j]
        worst = Math.max(worst, Math.abs(sum))
      }
    }
    expect(worst).toBeLessThan(1e-2)
  })

  it('is the same to the last bit on every run', () => {
    const a = randomSpd('bits', 150)
    const first = held(a)
    const second = held(a)
    fast.invertSpd(first, 150)
    fast.invertSpd(second, 150)
    expect(second).toEqual(first)
  })
})

/** Runs both on copies of the arrays and compares what is left in them, relative to the largest number. */
function expectTwins(
  arrays: readonly Float32Array[],
  run: (copies: readonly Float32Array[], kernels: Kernels) => void,
  tolerance: number,
): void {
  const mine = arrays.map((array) => held(array))
  const theirs = arrays.map((array) => held(array))
  run(mine, fast)
  run(theirs, plain)
  mine.forEach((array, which) => {
    const scale = theirs[which].reduce((largest, value) => Math.max(largest, Math.abs(value)), 1)
    const wrong = array.findIndex((value, i) => !(Math.abs(value - theirs[which][i]) <= tolerance * scale))
    expect(wrong, `differs at ${wrong} of ${array.length}: ${array[wrong]} for ${theirs[which][wrong]}`).toBe(-1)
  })
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0)
}

function held<A extends Float32Array | Uint32Array>(values: A): A {
  const copy = (values instanceof Float32Array ? arena.f32(values.length) : arena.u32(values.length)) as A
  copy.set(values)
  return copy
}

function randomArray(seed: string, length: number): Float32Array {
  const random = createRandom(seed)
  return held(Float32Array.from({ length }, () => random.next() * 2 - 1))
}

/** GᵀG/n + ridge·I, with `rows` (n by default) × n random numbers G. */
function randomSpd(seed: string, n: number, ridge = 0.3, rows = n): Float32Array {
  const g = randomArray(seed, rows * n)
  const a = arena.f32(n * n)
  if (n > 0) plain.factorGram(g, n, a)
  for (let i = 0; i < n * n; i++) a[i] /= n
  for (let i = 0; i < n; i++) a[i * n + i] += ridge
  return a
}

function identity(n: number): Float32Array {
  const a = arena.f32(n * n)
  for (let i = 0; i < n; i++) a[i * n + i] = 1
  return a
}

function rowsOf(...rows: number[]): Uint32Array {
  const array = arena.u32(rows.length)
  array.set(rows)
  return array
}

function randomAls(seed: string, entriesOfRow: readonly number[], others: number, factors: number): AlsHalfStep {
  const random = createRandom(seed)
  const rows = entriesOfRow.length
  const start = arena.u32(rows + 1)
  for (let row = 0; row < rows; row++) start[row + 1] = start[row] + entriesOfRow[row]
  const columns = arena.u32(start[rows])
  for (let i = 0; i < columns.length; i++) columns[i] = random.below(others)
  const confidence = arena.f32(start[rows])
  for (let i = 0; i < confidence.length; i++) confidence[i] = 1 + 4 * random.next()
  const regularization = arena.f32(rows)
  for (let row = 0; row < rows; row++) regularization[row] = 0.5 + random.next()
  return {
    start,
    columns,
    confidence,
    fixed: randomArray(seed, others * factors),
    gram: arena.f32(factors * factors),
    out: arena.f32(rows * factors),
    factors,
    unobservedWeight: 0.1,
    regularization,
  }
}

function alsWithColumn(column: number): AlsHalfStep {
  const args = randomAls('refused', [1], 10, 4)
  args.columns[0] = column
  return args
}
