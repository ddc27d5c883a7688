import { describe, expect, it } from 'vitest'
import { gainOf, NO_GROUP } from '../../../src/evaluation/prequential/gain.js'

const free = (count: number) => ({ groups: new Int32Array(count).fill(NO_GROUP), perGroup: 3 })

describe('the gain of one title in a list', () => {
  it('is 1 at the first place, 1/log₂ 3 at the second, nothing beyond the cut-off', () => {
    expect(gainOf([3, 2, 1], 0, free(3), 10)).toBe(1)
    expect(gainOf([3, 2, 1], 1, free(3), 10)).toBeCloseTo(1 / Math.log2(3), 12)
    expect(gainOf([3, 2, 1], 2, free(3), 2)).toBe(0)
  })

  it('shares places among titles of equal score', () => {
    expect(gainOf([2, 2, 1], 0, free(3), 10)).toBeCloseTo((1 + 1 / Math.log2(3)) / 2, 12)
    expect(gainOf([1, 1, 1], 0, free(3), 1)).toBeCloseTo(1 / 3, 12)
  })

  it('does not count titles of a franchise beyond its share, nor gives one a place there', () => {
    const groups = Int32Array.from([7, 7, 7, 7, NO_GROUP])
    expect(gainOf([5, 4, 3, 2, 1], 4, { groups, perGroup: 2 }, 10)).toBeCloseTo(1 / Math.log2(4), 12)
    expect(gainOf([5, 4, 3, 2, 1], 2, { groups, perGroup: 2 }, 10)).toBe(0)
    expect(gainOf([5, 4, 3, 2, 1], 1, { groups, perGroup: 2 }, 10)).toBeCloseTo(1 / Math.log2(3), 12)
  })
})
