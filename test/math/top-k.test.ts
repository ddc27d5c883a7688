import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as bitmap from '../../src/math/bitmap.js'
import { topK } from '../../src/math/top-k.js'

// Few distinct values, so that ties are common.
const scoreArrays = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(Number.NaN, -Infinity, Infinity, -0)), {
  maxLength: 60,
})

describe('topK', () => {
  it('selects what a full sort would: highest first, ties by lower index, never NaN', () => {
    fc.assert(
      fc.property(scoreArrays, fc.nat(70), (values, k) => {
        const scores = Float32Array.from(values)
        expect([...topK(scores, undefined, k)]).toEqual(bestBySorting(scores, k, () => true))
      }),
    )
  })

  it('selects from the admissible set only', () => {
    fc.assert(
      fc.property(scoreArrays, fc.nat(10), fc.array(fc.nat(59)), (values, k, members) => {
        const scores = Float32Array.from(values)
        const admissible = bitmap.create(scores.length)
        for (const member of members) if (member < scores.length) bitmap.set(admissible, member)
        expect([...topK(scores, admissible, k)]).toEqual(bestBySorting(scores, k, (i) => bitmap.has(admissible, i)))
      }),
    )
  })

  it('fills the list from a set that keeps one in a hundred', () => {
    const scores = Float32Array.from({ length: 5000 }, (_, i) => (i * 7919) % 5000)
    const admissible = bitmap.create(5000)
    for (let i = 0; i < 5000; i += 100) bitmap.set(admissible, i)
    expect(topK(scores, admissible, 20)).toHaveLength(20)
    expect([...topK(scores, admissible, 20)]).toEqual(bestBySorting(scores, 20, (i) => i % 100 === 0))
  })

  it('writes into the array it is given', () => {
    const into = new Uint32Array(3)
    const best = topK(Float32Array.from([1, 3, 2, Number.NaN]), undefined, 3, into)
    expect([...best]).toEqual([1, 2, 0])
    expect(best.buffer).toBe(into.buffer)
  })

  it('is empty for k = 0, for no scores, and for nothing but NaN', () => {
    expect([...topK(Float32Array.from([1, 2]), undefined, 0)]).toEqual([])
    expect([...topK(new Float32Array(0), undefined, 5)]).toEqual([])
    expect([...topK(Float32Array.from([Number.NaN, Number.NaN]), undefined, 5)]).toEqual([])
  })
})

function bestBySorting(scores: Float32Array, k: number, isAdmissible: (index: number) => boolean): number[] {
  return Array.from(scores.keys())
    .filter((i) => !Number.isNaN(scores[i]) && isAdmissible(i))
    .sort((a, b) => (scores[a] === scores[b] ? a - b : scores[b] > scores[a] ? 1 : -1))
    .slice(0, k)
}
