import { describe, expect, it } from 'vitest'
import { createDatasetBuilder } from '../../src/features/dataset-builder.js'
import { circumstancesAt } from '../../src/features/entry-details.js'
import { likingOf } from '../../src/features/liking.js'

const itemNos = Int32Array.from([1, 2])

describe('the details of entries', () => {
  it('are there when any entry has them, in the order of the entries', () => {
    const builder = createDatasetBuilder(itemNos)
    builder.add(1, 0, 0.5, 9, { liking: -1, device: 'phone', localHour: 7.9 })
    builder.add(0, 1, 0.25, 4)
    const { details } = builder.build({ asOfDay: 100 })
    expect(details).toBeDefined()
    expect([...(details?.liking ?? [])]).toEqual([1, -1])
    expect(circumstancesAt(details, 0)).toEqual({})
    expect(circumstancesAt(details, 1)).toEqual({ device: 'phone', localHour: 7 })
  })

  it('are absent without any, and leave the fingerprint alone', () => {
    const plain = createDatasetBuilder(itemNos)
    const detailed = createDatasetBuilder(itemNos)
    plain.add(0, 0, 0.5, 1)
    detailed.add(0, 0, 0.5, 1, { liking: 0.5, device: 'tv' })
    const [without, having] = [plain.build({ asOfDay: 9 }), detailed.build({ asOfDay: 9 })]
    expect(without.details).toBeUndefined()
    expect(having.fingerprint).toBe(without.fingerprint)
  })

  it('of one visit are those of its last event: a film that was watched to the end and disliked after that was refused', () => {
    const builder = createDatasetBuilder(itemNos)
    builder.add(0, 0, 0.55, 1, { liking: 0.55, device: 'tv' })
    builder.add(0, 0, 0, 1.1, { liking: -1, device: 'phone' })
    const { details, engagement } = builder.build({ asOfDay: 9 })
    expect(engagement[0]).toBeCloseTo(0.55, 6)
    expect(details?.liking[0]).toBe(-1)
    expect(circumstancesAt(details, 0)).toEqual({ device: 'phone' })
  })
})

describe('liking', () => {
  const rated = (value: number) => likingOf({ kind: 'rate', rewatch: false, rating: { value, min: 1, max: 5 } })

  it('is 0 for one and two stars of five, which were chosen and regretted, and 1 from three on', () => {
    expect([1, 2, 3, 4, 5].map(rated)).toEqual([0, 0, 1, 1, 1])
  })

  it('is −1 for what was disliked or dismissed, and the less the earlier something was given up', () => {
    expect(likingOf({ kind: 'dislike', rewatch: false })).toBe(-1)
    expect(likingOf({ kind: 'dismiss', rewatch: false })).toBe(-1)
    expect(likingOf({ kind: 'abandon', rewatch: false, completion: 0.1 })).toBeCloseTo(-0.4, 12)
    expect(likingOf({ kind: 'progress', rewatch: false, completion: 0.6 })).toBeGreaterThan(0)
  })

  it('is not known of an impression', () => {
    expect(likingOf({ kind: 'impression', rewatch: false })).toBeUndefined()
  })
})
