import { expect, it } from 'vitest'
import { crc32 } from '../../src/math/crc32.js'

it('is the checksum of zip: the check value of the catalogue of CRCs', () => {
  expect(crc32(Uint8Array.from('123456789', (digit) => digit.charCodeAt(0)))).toBe(0xcbf43926)
  expect(crc32(new Uint8Array(0))).toBe(0)
})
