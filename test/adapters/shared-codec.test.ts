import { describe, expect, it } from 'vitest'
import { decodeShared, encodeShared, joinShared } from '../../src/adapters/shared-codec.js'
import type { SharedBase } from '../../src/adapters/tier.js'

const shared: SharedBase = {
  base: Float32Array.of(0.5, -0.25, 0, 3e-7),
  precisions: Float32Array.of(0, 12, 1e6, 0.5),
  gate: { gain: -0.75, weight: 2048 },
  version: 7,
}

describe('what all adapters share, as bytes', () => {
  it('comes back as it was, to the bit', () => {
    expect(decodeShared(encodeShared(shared), 7)).toEqual(shared)
  })

  it('is refused when any byte of it changed, or it is cut', () => {
    const bytes = encodeShared(shared)
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice()
      damaged[at]! ^= 4
      expect(() => decodeShared(damaged, 7)).toThrow(expect.objectContaining({ code: 'ADAPTER_CORRUPT' }))
      expect(() => decodeShared(bytes.slice(0, at), 7)).toThrow(expect.objectContaining({ code: 'ADAPTER_CORRUPT' }))
    }
  })

  it('adds the steps that two took from the same place', () => {
    const began = { ...shared, base: Float32Array.of(1, 1, 1, 1), precisions: Float32Array.of(1, 1, 1, 1), version: 3 }
    const theirs = {
      base: Float32Array.of(1.5, 1, 1, 1),
      precisions: Float32Array.of(3, 1, 1, 1),
      gate: { gain: -0.5, weight: 2050 },
      version: 4,
    }
    const ours = {
      base: Float32Array.of(1.25, 0.5, 1, 1),
      precisions: Float32Array.of(2, 5, 0.5, 1),
      gate: { gain: 0.25, weight: 2049 },
      version: 3,
    }
    expect(joinShared(theirs, ours, began)).toEqual({
      base: Float32Array.of(1.75, 0.5, 1, 1),
      precisions: Float32Array.of(4, 5, 0.5, 1),
      gate: { gain: 0.5, weight: 2051 },
      version: 4,
    })
  })
})
