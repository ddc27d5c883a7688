import { describe, expect, it } from 'vitest'
import { type Adapter, emptyAdapter } from '../../src/adapters/adapter.js'
import { type AdapterFormat, adapterFormats, decodeAdapter, encodeAdapter, formatOf } from '../../src/adapters/codec.js'
import { SonaError } from '../../src/domain/errors.js'
import { createRandom } from '../../src/domain/random.js'
import { unfoldedEffect } from '../reference/adapter-effect.js'
import { defaultShape, madeUpAdapter, madeUpTier } from './made-up.js'

const id = '0123456789abcdef' // as long as the id of a real space
const named = (adapter: Adapter): Adapter => ({ ...adapter, space: id })

function adapterOf(rank: number, seed = 1): Adapter {
  const random = createRandom(seed)
  return named(madeUpAdapter(random, madeUpTier(random, { ...defaultShape, rank })))
}

describe('an adapter in bytes', () => {
  it('takes at most 2 KB in f16 and 1 KB in int8 at the defaults, and at most 10 KB at rank 64', () => {
    expect(encodeAdapter(adapterOf(8), 'f16').length).toBeLessThanOrEqual(2_048)
    expect(encodeAdapter(adapterOf(8), 'int8').length).toBeLessThanOrEqual(1_024)
    for (const format of adapterFormats) {
      for (let rank = 1; rank <= 64; rank++) expect(encodeAdapter(adapterOf(rank), format).length).toBeLessThanOrEqual(10_240)
    }
  })

  it('comes back bit for bit in f32', () => {
    const adapter = adapterOf(8)
    const exact = { ...adapter, gate: { gain: 1.5, weight: 20 }, sharedGate: { gain: -0.25, weight: 20 } }
    expect(decodeAdapter(encodeAdapter(exact, 'f32'))).toEqual(exact)
    const empty = named(emptyAdapter(madeUpTier(createRandom(1)).space))
    for (const format of adapterFormats) expect(decodeAdapter(encodeAdapter(empty, format))).toEqual(empty)
  })

  it('is the same bytes each time, and settles after one round', () => {
    for (const format of adapterFormats) {
      const once = encodeAdapter(adapterOf(8), format)
      expect(encodeAdapter(adapterOf(8), format)).toEqual(once)
      expect(formatOf(once)).toBe(format)
      const again = decodeAdapter(encodeAdapter(decodeAdapter(once), format))
      again.values.forEach((value, at) => {
        expect(value).toBeCloseTo(decodeAdapter(once).values[at]!, 6)
      })
    }
  })

  it('moves a score by no more than the bound of its format', () => {
    const share = { f32: 0, f16: 2 ** -11, int8: 1 / 254 } satisfies Record<AdapterFormat, number>
    for (let seed = 0; seed < 40; seed++) {
      const random = createRandom(seed)
      const tier = madeUpTier(random)
      const adapter = madeUpAdapter(random, tier)
      const { rank, cells, directions, features } = tier.space
      const query = Float32Array.from(cells, () => random.below(2))
      const x = Float32Array.from(features, () => random.normal())
      const along = Array.from({ length: rank }, (_, j) =>
        Math.abs(x.reduce((sum, value, f) => sum + value * directions[j * x.length + f]!, 0)),
      )
      for (const format of adapterFormats) {
        const decoded = decodeAdapter(encodeAdapter(adapter, format))
        const effect = (of: Adapter) => unfoldedEffect(tier, of, { shared: 0, own: 1 }, query, x)
        let bound = 1e-9
        for (let k = 0; k < cells.length; k++) {
          const row = adapter.values.subarray(k * rank, (k + 1) * rank).map(Math.abs)
          const largest = Math.max(...row)
          for (let j = 0; j < rank; j++) {
            const size = format === 'int8' ? largest : row[j]! + 2 ** -13 // half numbers below 2⁻¹⁴ lie 2⁻²⁴ apart
            bound += query[k]! * share[format] * size * along[j]! * (1 + 1e-5)
          }
        }
        expect(Math.abs(effect(decoded) - effect(adapter))).toBeLessThanOrEqual(bound)
        decoded.precisions.forEach((precision, at) => {
          const lost = { f32: 1e-6, f16: 0.005, int8: 0.025 }[format]
          expect(Math.abs(Math.log1p(precision) - Math.log1p(adapter.precisions[at]!))).toBeLessThanOrEqual(lost)
        })
      }
    }
  })

  it('is refused when a bit of it changed, it was cut, or it is of another version', () => {
    const bytes = encodeAdapter(adapterOf(4), 'f16')
    const codeOf = (damaged: Uint8Array): string => {
      try {
        decodeAdapter(damaged)
      } catch (error) {
        return error instanceof SonaError ? error.code : String(error)
      }
      return 'read'
    }
    expect(codeOf(bytes)).toBe('read')
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice()
      damaged[at]! ^= 1 << (at % 8)
      expect(codeOf(damaged)).toBe('ADAPTER_CORRUPT')
    }
    for (let length = 0; length < bytes.length; length++) expect(codeOf(bytes.subarray(0, length))).toBe('ADAPTER_CORRUPT')
  })
})
