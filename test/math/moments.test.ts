import { describe, expect, it } from 'vitest'
import { moments } from '../../src/math/moments.js'

describe('moments', () => {
  it('gives mean and population deviation, leaving NaN out', () => {
    expect(moments(Float32Array.from([1, Number.NaN, 3, 5, Number.NaN, 7]))).toEqual({
      count: 4,
      mean: 4,
      deviation: Math.sqrt(5),
    })
  })

  it('keeps a small spread beside a large mean', () => {
    const { mean, deviation } = moments(Float32Array.from([1_000_001, 1_000_002, 1_000_003]))
    expect(mean).toBe(1_000_002)
    expect(deviation).toBeCloseTo(Math.sqrt(2 / 3), 12)
  })

  it('is unknown when there is nothing to count', () => {
    for (const values of [[], [Number.NaN]]) {
      expect(moments(Float32Array.from(values))).toEqual({ count: 0, mean: Number.NaN, deviation: Number.NaN })
    }
  })
})
