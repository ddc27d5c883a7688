import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as bitmap from '../../src/math/bitmap.js'

const sets = fc.integer({ min: 0, max: 100 }).chain((size) => {
  const members = fc.array(fc.nat(Math.max(size - 1, 0)), { maxLength: size === 0 ? 0 : 80 })
  return fc.record({ size: fc.constant(size), a: members, b: members })
})

describe('a bitmap', () => {
  it('does what a set of numbers does', () => {
    fc.assert(
      fc.property(sets, ({ size, a, b }) => {
        const [left, right] = [new Set(a), new Set(b)]
        const [x, y] = [bitmapOf(size, a), bitmapOf(size, b)]
        const all = Array.from({ length: size }, (_, i) => i)
        expect(members(x)).toEqual(all.filter((i) => left.has(i)))
        expect(members(bitmap.and(x, y))).toEqual(all.filter((i) => left.has(i) && right.has(i)))
        expect(members(bitmap.or(x, y))).toEqual(all.filter((i) => left.has(i) || right.has(i)))
        expect(members(bitmap.not(x))).toEqual(all.filter((i) => !left.has(i)))
        for (const i of b) bitmap.clear(x, i)
        expect(members(x)).toEqual(all.filter((i) => left.has(i) && !right.has(i)))
      }),
    )
  })

  it('counts its members, also after not and fill at every size', () => {
    for (let size = 0; size <= 130; size++) {
      const full = bitmap.create(size)
      expect(bitmap.count(full)).toBe(0)
      bitmap.fill(full)
      expect(bitmap.count(full)).toBe(size)
      expect(bitmap.count(bitmap.not(full))).toBe(0)
      expect(bitmap.count(bitmap.not(bitmap.create(size)))).toBe(size)
    }
  })

  it('has nothing beyond its size, and refuses to be given it', () => {
    const full = bitmap.not(bitmap.create(33))
    expect([bitmap.has(full, 32), bitmap.has(full, 33), bitmap.has(full, 1000)]).toEqual([true, false, false])
    expect(() => bitmap.set(full, 33)).toThrow('bit 33 of a bitmap of 33')
    expect(() => bitmap.clear(full, -1)).toThrow('bit -1 of a bitmap of 33')
    expect(() => bitmap.and(full, bitmap.create(32))).toThrow('bitmaps of 33 and 32 bits')
  })
})

function bitmapOf(size: number, members: readonly number[]): bitmap.Bitmap {
  const result = bitmap.create(size)
  for (const member of members) bitmap.set(result, member)
  return result
}

function members(set: bitmap.Bitmap): number[] {
  return Array.from({ length: set.size }, (_, i) => i).filter((i) => bitmap.has(set, i))
}
