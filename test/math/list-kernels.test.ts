import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { createKernels, createPlainKernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'

const arena = createArena(2 ** 24)
const fast = createKernels(arena)
const plain = createPlainKernels(arena)
const lengths = [1, 2, 3, 4, 5, 7, 8, 16, 17, 33, 200, 201]

function normals(seed: string, length: number, scale = 1): number[] {
  const random = createRandom(seed)
  return Array.from({ length }, () => random.normal() * scale)
}

function f32(values: readonly number[]): Float32Array {
  const held = arena.f32(values.length)
  held.set(values)
  return held
}

function f64(values: readonly number[]): Float64Array {
  const held = arena.f64(values.length)
  held.set(values)
  return held
}

describe('each fast kernel for lists agrees with its plain twin', () => {
  it('softmax, in 64 bits, from logits near each other to those whose chance is nothing', () => {
    for (const count of lengths) {
      for (const scale of [1e-3, 1, 30, 400]) {
        const logits = normals(`${count}/${scale}`, count + 1, scale) // one more than is used
        const [a, b] = [fast, plain].map((kernels) => {
          const [lowered, chances] = [f64(logits), f64(logits)]
          kernels.softmax(lowered, chances, count)
          return { lowered: [...lowered], chances: [...chances] }
        })
        expect(a!.lowered).toEqual(b!.lowered)
        for (const [i, chance] of a!.chances.entries()) {
          if (i === count)
            expect(chance).toBe(logits[i]) // left alone
          else expect(Math.abs(chance - b!.chances[i]!)).toBeLessThanOrEqual(2e-15 * b!.chances[i]! + 1e-300)
        }
      }
    }
  })

  it('alongEight', () => {
    for (const columns of lengths) {
      for (const rows of [0, 1, 2, 3, 17]) {
        const x = f32(normals(`x${columns}`, rows * columns + 3))
        const turned = f32(normals(`t${columns}`, 8 * columns))
        const [a, b] = [fast, plain].map((kernels) => {
          const out = f32(normals('garbage', rows * 8 + 1))
          kernels.alongEight(x, rows, turned, out)
          return [...out]
        })
        for (const [i, value] of a!.entries()) expect(Math.abs(value - b![i]!)).toBeLessThanOrEqual(1e-6 * (1 + columns))
      }
    }
  })

  it('countGreater, among equals, zeros of either sign, and what is no number', () => {
    const some = [Number.NaN, 0, -0, 1, 1, -2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const count of lengths) {
      const random = createRandom(`greater ${count}`)
      const values = f32(Array.from({ length: count + 1 }, () => some[random.below(12)] ?? random.normal()))
      const [a, b] = [fast, plain].map((kernels) => {
        const out = arena.i32(count + 1).fill(-7)
        kernels.countGreater(values, out, count)
        return [...out]
      })
      expect(a).toEqual(b)
      expect(a!.at(-1)).toBe(-7)
    }
  })

  it('boundedSums, with what is no number, what is beyond the bounds, and columns that count nothing', () => {
    for (const width of lengths) {
      for (const rows of [0, 1, 2, 9]) {
        const random = createRandom(`bounded ${width}/${rows}`)
        const strange = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e30]
        const values = f32(Array.from({ length: rows * width }, () => strange[random.below(20)] ?? 5 * random.normal()))
        const inverse = f64(normals('inverse', width).map((value, f) => (f % 5 === 4 ? 0 : Math.abs(value))))
        const [weight, mean] = [f64(normals('weight', width)), f64(normals('mean', width))]
        const [a, b] = [fast, plain].map((kernels) => {
          const out = f64(normals('garbage', rows + 1))
          kernels.boundedSums({ values, rows, weight, mean, inverse, most: 4, out })
          return [...out]
        })
        for (const [i, sum] of a!.entries()) expect(Math.abs(sum - b![i]!)).toBeLessThanOrEqual(1e-14 * (1 + width))
      }
    }
  })
})

describe('the kernels for lists refuse', () => {
  it('room that is too small, and arrays that lie elsewhere', () => {
    const eight = f32(normals('eight', 8))
    expect(() => fast.softmax(f64([1, 2]), f64([1]), 2)).toThrow(/chances has 1/)
    expect(() => fast.alongEight(f32([1]), 2, eight, f32(normals('out', 16)))).toThrow(/x has 1/)
    expect(() => fast.alongEight(f32([1, 2]), 2, eight, eight)).toThrow(/out has 8/)
    const one = { weight: f64([1]), mean: f64([1]), inverse: f64([1]), most: 4, rows: 2, out: f64([0, 0]) }
    expect(() => fast.boundedSums({ ...one, values: f32([1]) })).toThrow(/values has 1/)
    expect(() => fast.boundedSums({ ...one, values: new Float32Array(2) })).toThrow(/arena/)
  })
})
