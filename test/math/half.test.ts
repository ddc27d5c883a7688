import { describe, expect, it } from 'vitest'
import { fromHalf, toHalf } from '../../src/math/half.js'

describe('a number in 16 bits', () => {
  it('is what the standard says: some by hand', () => {
    const known: readonly (readonly [number, number])[] = [
      [0, 0x0000],
      [1, 0x3c00],
      [-2, 0xc000],
      [65_504, 0x7bff],
      [0.333251953125, 0x3555],
      [2 ** -14, 0x0400],
      [2 ** -24, 0x0001],
      [1 + 1 / 1024, 0x3c01],
      [1 + 1 / 2048, 0x3c00], // half-way: to the even one
      [1 + 3 / 2048, 0x3c02],
      [1.9999, 0x4000], // carries into the exponent
      [1e9, 0x7bff],
      [-1e9, 0xfbff],
    ]
    for (const [value, half] of known) expect([value, toHalf(value)]).toEqual([value, half])
    expect(fromHalf(toHalf(Number.NaN))).toBeNaN()
  })

  it('comes back whole, for every half number', () => {
    for (let half = 0; half < 0x7c00; half++) {
      expect(toHalf(fromHalf(half))).toBe(half)
      if (half > 0) expect(toHalf(fromHalf(half | 0x8000))).toBe(half | 0x8000)
    }
  })
})
