import { describe, expect, it } from 'vitest'
import { createKernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'
import { partialMatrix, partialRowSum, partialRowSumAt, partialRowTerms } from '../../src/math/partial-matrix.js'

const kernels = createKernels(createArena(2 ** 20))
const { arena } = kernels

function f32(...values: number[]): Float32Array {
  const array = arena.f32(values.length)
  array.set(values)
  return array
}

function u32(...values: number[]): Uint32Array {
  const array = arena.u32(values.length)
  array.set(values)
  return array
}

/** Covers rows 1 and 3 of four: M = [[1, 2], [3, 4]]. */
const partial = partialMatrix(4, Uint32Array.from([1, 3]), f32(1, 2, 3, 4))

function sum(named: number[], weights: number[]): number[] {
  const out = arena.f32(4).fill(99)
  partialRowSum(kernels, partial, u32(...named), f32(...weights), out)
  return [...out]
}

describe('a partial matrix', () => {
  it('adds up the rows it covers and ignores the others', () => {
    expect(sum([3, 0, 1], [1, 5, 10])).toEqual([Number.NaN, 13, Number.NaN, 24])
  })

  it('is NaN everywhere when no covered row is named with a weight', () => {
    for (const [named, weights] of [
      [[], []],
      [
        [0, 2],
        [1, 1],
      ],
      [[1], [0]],
    ] as [number[], number[]][]) {
      expect(sum(named, weights).every(Number.isNaN)).toBe(true)
    }
  })

  it('gives the same numbers at some columns', () => {
    const out = arena.f32(3)
    partialRowSumAt(kernels, partial, u32(3, 1), f32(1, 10), u32(3, 0, 1), out)
    expect([...out]).toEqual([24, Number.NaN, 13])
  })

  it('gives the terms of a sum, zeros where there is none', () => {
    const out = arena.f32(3).fill(99)
    partialRowTerms(partial, u32(3, 0, 1), f32(1, 5, 10), 3, out)
    expect([...out]).toEqual([4, 0, 20])
    partialRowTerms(partial, u32(3, 0, 1), f32(1, 5, 10), 2, out)
    expect([...out]).toEqual([0, 0, 0])
  })

  it('writes straight into the answer when it covers everything', () => {
    const whole = partialMatrix(2, Uint32Array.from([0, 1]), f32(1, 2, 3, 4))
    const out = arena.f32(2)
    partialRowSum(kernels, whole, u32(0, 1), f32(1, 1), out)
    expect([...out]).toEqual([4, 6])
  })

  it('gives back its scratch', () => {
    const [named, weights, columns, out] = [u32(3), f32(1), u32(0, 1), arena.f32(2)]
    const before = arena.usedBytes
    partialRowSumAt(kernels, partial, named, weights, columns, out)
    expect(arena.usedBytes).toBe(before)
  })
})
