import fc from 'fast-check'
import { expect, it } from 'vitest'
import { positionInSorted } from '../../src/math/sorted.js'

it('finds what is there, and only in the range it was given', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(200), { maxLength: 60 }), fc.nat(200), fc.nat(60), fc.nat(60), (numbers, wanted, a, b) => {
      const values = Uint32Array.from(numbers).sort()
      const [from, to] = [Math.min(a, b, values.length), Math.min(Math.max(a, b), values.length)]
      const place = values.indexOf(wanted)
      expect(positionInSorted(values, wanted)).toBe(place)
      expect(positionInSorted(values, wanted, from, to)).toBe(place >= from && place < to ? place : -1)
    }),
  )
})
