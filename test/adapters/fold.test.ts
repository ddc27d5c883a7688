import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyAdapter } from '../../src/adapters/adapter.js'
import { fold } from '../../src/adapters/fold.js'
import { openness, sharedOpenness } from '../../src/adapters/gate.js'
import { createRandom } from '../../src/domain/random.js'
import { unfoldedEffect } from '../reference/adapter-effect.js'
import { madeUpAdapter, madeUpTier } from './made-up.js'

describe('folding the query side', () => {
  it('gives each candidate the effect of the unfolded formula, to 1e-5', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer(),
          cells: fc.integer({ min: 1, max: 15 }),
          rank: fc.integer({ min: 1, max: 64 }),
          features: fc.integer({ min: 1, max: 80 }),
        }),
        ({ seed, ...shape }) => {
          const random = createRandom(seed)
          const plain = madeUpTier(random, shape)
          const base = Float32Array.from(plain.base, () => random.normal() * 0.1)
          const tier = { ...plain, base, version: 1, gate: { gain: 0.7, weight: 50 } }
          const adapter = madeUpAdapter(random, tier)
          const query = Float32Array.from({ length: shape.cells }, () => random.below(2))
          const x = Float32Array.from({ length: shape.features }, () => random.normal())
          const weights = fold(tier, adapter, query)
          const folded = weights?.reduce((sum, weight, f) => sum + weight * x[f]!, 0) ?? 0
          const shares = { shared: sharedOpenness(tier, adapter.sharedGate), own: openness(adapter.gate) }
          const expected = unfoldedEffect(tier, adapter, shares, query, x)
          expect(Math.abs(folded - expected)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(expected)))
        },
      ),
    )
  })

  it('gives nothing, so that the base order stands, while both gates are shut', () => {
    const random = createRandom(1)
    const plain = madeUpTier(random)
    const tier = { ...plain, base: plain.base.map(() => 1), version: 1 } // a B₀ that has not proved itself
    const query = new Float32Array(tier.space.cells.length).fill(1)
    const adapter = { ...madeUpAdapter(random, tier), gate: { gain: -0.01, weight: 9 } }
    expect(fold(tier, undefined, query)).toBeUndefined()
    expect(fold(tier, emptyAdapter(tier.space), query)).toBeUndefined()
    expect(fold(tier, adapter, query)).toBeUndefined()
    expect(fold(tier, { ...adapter, gate: { gain: 0, weight: 9 } }, query)).toBeUndefined()
    expect(fold(tier, { ...adapter, gate: { gain: 0.01, weight: 9 } }, query)).toBeDefined()
  })

  it('lets everybody hear B₀ once it helps everybody, but not those whom it was seen to harm', () => {
    const random = createRandom(2)
    const plain = madeUpTier(random)
    const tier = { ...plain, base: plain.base.map(() => 1), version: 1, gate: { gain: 12, weight: 900 } }
    const query = new Float32Array(tier.space.cells.length).fill(1)
    const harmed = { ...emptyAdapter(tier.space), sharedGate: { gain: -1.5, weight: 30 } }
    expect(fold(tier, undefined, query)).toBeDefined()
    expect(fold(tier, emptyAdapter(tier.space), query)).toBeDefined()
    expect(fold(tier, harmed, query)).toBeUndefined()
  })
})
