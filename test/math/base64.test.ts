import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64 } from '../../src/math/base64.js'

describe('decodeBase64', () => {
  it('is the inverse of encoding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        expect([...decodeBase64(Buffer.from(bytes).toString('base64'))]).toEqual([...bytes])
      }),
    )
  })

  it('refuses what is not base64', () => {
    expect(() => decodeBase64('abc')).toThrow('groups of four')
    expect(() => decodeBase64('ab!d')).toThrow("'!' is no base64 letter")
  })
})
