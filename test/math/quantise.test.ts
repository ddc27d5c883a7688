import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { quantise, quantiseFinely } from '../../src/math/quantise.js'

describe('a vector in bytes', () => {
  it('is each number over the scale, to the nearest', () => {
    const bytes = new Int8Array(4)
    const scale = quantise(Float32Array.of(1, -0.5, 0.004, 0), bytes)
    expect(scale).toBeCloseTo(1 / 127, 8)
    expect([...bytes]).toEqual([127, -63, 1, 0]) // −63.5 is nearer to −63 by JavaScript's rounding
  })

  it('is off by no more than half a scale, and by a hundredth of that for the query’s', () => {
    const random = createRandom(1)
    for (let round = 0; round < 50; round++) {
      const vector = Float32Array.from({ length: 64 }, () => random.next() - 0.5)
      const [bytes, words] = [new Int8Array(64), new Int16Array(64)]
      const [scale, fine] = [quantise(vector, bytes), quantiseFinely(vector, words)]
      vector.forEach((value, at) => {
        expect(Math.abs(bytes[at]! * scale - value)).toBeLessThanOrEqual(scale * 0.501)
        expect(Math.abs(words[at]! * fine - value)).toBeLessThanOrEqual(fine * 0.51)
      })
      expect(fine).toBeLessThan(scale / 60)
    }
  })

  it('cannot tell of a vector without numbers', () => {
    for (const nothing of [
      [Number.NaN, 1],
      [0, 0],
      [Number.POSITIVE_INFINITY, 1],
    ]) {
      const [bytes, words] = [Int8Array.of(1, 1), Int16Array.of(1, 1)]
      expect(quantise(Float32Array.from(nothing), bytes)).toBeNaN()
      expect(quantiseFinely(Float32Array.from(nothing), words)).toBeNaN()
      expect([...bytes, ...words]).toEqual([0, 0, 0, 0])
    }
  })
})
