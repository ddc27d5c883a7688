import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Artifact, NumberArray } from '../../src/models/artifact.js'
import { decodeArtifact, encodeArtifact } from '../../src/storage/artifact-codec.js'

const header = {
  format: 1,
  algorithm: 'ease',
  options: { lambda: 0.5 },
  fingerprint: 'f',
  asOfDay: 19_000.5,
  users: 3,
  events: 9,
} as const

function artifact(arrays: Record<string, NumberArray> = {}): Artifact {
  return { header, arrays: { itemNos: Int32Array.of(1, 2, 5), ...arrays } }
}

const numberArray: fc.Arbitrary<NumberArray> = fc.oneof(
  fc.float32Array({ maxLength: 40 }),
  fc.float64Array({ maxLength: 40 }),
  fc.int32Array({ maxLength: 40 }),
  fc.uint32Array({ maxLength: 40 }),
  fc.uint8Array({ maxLength: 40 }),
)

describe('an artifact as bytes', () => {
  it('comes back the same, whatever its arrays hold', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), numberArray), (arrays) => {
        const safe = Object.fromEntries(Object.entries(arrays).filter(([name]) => name !== '__proto__'))
        const decoded = decodeArtifact(encodeArtifact(artifact(safe)))
        expect(decoded).toEqual(artifact(safe))
      }),
    )
  })

  it('is the same for the same artifact, in whatever order its arrays are named', () => {
    const [a, b] = [Float32Array.of(1), Uint8Array.of(2, 3)]
    expect(encodeArtifact(artifact({ a, b }))).toEqual(encodeArtifact(artifact({ b, a })))
  })

  it('begins every array at a multiple of 16', () => {
    const bytes = encodeArtifact(
      artifact({ a: Uint8Array.of(1), b: Float64Array.of(1), c: Uint8Array.of(1, 2, 3), d: Float32Array.of(1) }),
    )
    for (const array of Object.values(decodeArtifact(bytes).arrays)) {
      expect(array.buffer).toBe(bytes.buffer) // aligned, so read in place
      expect(array.byteOffset % 16).toBe(0)
    }
  })

  it('can be read from the middle of a larger buffer', () => {
    const bytes = encodeArtifact(artifact({ a: Float64Array.of(1.5, Number.NaN) }))
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(decodeArtifact(shifted.subarray(3))).toEqual(artifact({ a: Float64Array.of(1.5, Number.NaN) }))
  })

  it('puts its arrays where the reader says', () => {
    const shared = new SharedArrayBuffer(1024)
    let next = 0
    const decoded = decodeArtifact(encodeArtifact(artifact({ weights: Float32Array.of(1, 2) })), (type, length) => {
      const at = next
      next += 256
      return type === 'i32' ? new Int32Array(shared, at, length) : new Float32Array(shared, at, length)
    })
    expect(decoded.arrays.weights!.buffer).toBe(shared)
    expect(decoded).toEqual(artifact({ weights: Float32Array.of(1, 2) }))
  })
})

describe('damaged bytes', () => {
  const sound = encodeArtifact(artifact({ weights: Float32Array.from({ length: 100 }, (_, n) => n) }))

  it('are noticed wherever a bit flips', () => {
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.nat(7), (at, bit) => {
        const damaged = sound.slice()
        damaged[at]! ^= 1 << bit
        expect(() => decodeArtifact(damaged)).toThrow(expect.objectContaining({ code: 'ARTIFACT_CORRUPT' }))
      }),
    )
  })

  it('are noticed when the end is missing, and when everything is', () => {
    for (const length of [0, 3, 47, 48, 100, sound.length - 1]) {
      expect(() => decodeArtifact(sound.slice(0, length))).toThrow(expect.objectContaining({ code: 'ARTIFACT_CORRUPT' }))
    }
  })

  it('of a later format are named as such', () => {
    const later = sound.slice()
    later[4] = 2
    expect(() => decodeArtifact(later)).toThrow(/format version is 2/)
  })
})
