import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clockOf } from '../../src/domain/clock.js'
import { engagementOf } from '../../src/features/engagement.js'
import type { History } from '../../src/features/history.js'
import {
  fadingWeights,
  type LocalTimes,
  localTimes,
  preferenceVector,
  profileDefaults,
  profileOf,
  type VectorsByRow,
} from '../../src/features/profile.js'
import { catalogueOf, itemWith } from '../catalogue-of.js'

const catalogue = catalogueOf(
  itemWith({ itemId: 'alien', genres: ['horror', 'sci-fi'], directors: ['Ridley Scott'] }),
  itemWith({ itemId: 'brazil', genres: ['sci-fi'], directors: ['Terry Gilliam'] }),
  itemWith({ itemId: 'cabaret', genres: ['musical'] }),
  itemWith({ itemId: 'dune', genres: ['sci-fi'] }),
)
const [alien, brazil, cabaret] = [0, 1, 2]

/** Dune has none. */
const byRow = [
  [1, 0],
  [0, 1],
  [-1, 0],
]
const vectors: VectorsByRow = { dimensions: 2, of: (row) => byRow[row] && Float32Array.from(byRow[row]) }

function historyOf(...entries: readonly (readonly [item: number, engagement: number, ageDays: number])[]): History {
  return {
    items: Uint32Array.from(entries, ([item]) => item),
    engagement: Float32Array.from(entries, ([, engagement]) => engagement),
    ageDays: Float32Array.from(entries, ([, , ageDays]) => ageDays),
  }
}

const atNoon = (history: History): LocalTimes => ({
  hours: new Uint8Array(history.items.length).fill(12),
  weekdays: new Uint8Array(history.items.length),
})

const profile = (history: History) => profileOf(history, atNoon(history), catalogue, vectors, profileDefaults)

describe('a profile', () => {
  it('lets what is a half-life old count half', () => {
    expect([...fadingWeights(historyOf([alien, 1, 0], [alien, 1, 30], [alien, 0.5, 60]), 30)]).toEqual([1, 0.5, 0.125])
    const { preference } = profile(historyOf([alien, 1, 30], [brazil, 1, 0]))
    // 0.5·(1, 0) + 1·(0, 1), brought to length 1
    expect([...preference!]).toEqual([Math.fround(0.5 / Math.sqrt(1.25)), Math.fround(1 / Math.sqrt(1.25))])
  })

  it('hears nothing in what was dismissed, and more in what was seen again', () => {
    const dismissed = engagementOf({ kind: 'dismiss', rewatch: false })!
    const once = engagementOf({ kind: 'complete', rewatch: false })!
    const again = engagementOf({ kind: 'complete', rewatch: true })!
    const { preference, affinities, entries } = profile(historyOf([cabaret, dismissed, 0], [alien, once, 0], [brazil, again, 0]))
    expect(entries).toBe(2)
    expect(affinities.genres.map(({ name }) => name)).toEqual(['sci-fi', 'horror'])
    expect(preference![1]! / preference![0]!).toBeCloseTo(0.75 / 0.55, 5) // 0.4 + 0.15 for once, 0.2 more for again
  })

  it('says how large a share each name has, beside its share of the catalogue', () => {
    const { affinities, weight } = profile(historyOf([alien, 1, 0], [brazil, 0.5, 0], [alien, 0.5, 0]))
    expect(weight).toBe(2)
    expect(affinities.genres).toEqual([
      { name: 'sci-fi', share: 1, lift: 1 / 0.75, titles: 2 },
      { name: 'horror', share: 0.75, lift: 3, titles: 1 },
    ])
    expect(affinities.directors[0]).toEqual({ name: 'Ridley Scott', share: 0.75, lift: 3, titles: 1 })
  })

  it('is unknown, and never NaN, without anything that says something', () => {
    for (const history of [historyOf(), historyOf([alien, 0, 1], [brazil, 0, 0])]) {
      const { entries, weight, preference, affinities, pattern } = profile(history)
      expect([entries, weight, preference, pattern]).toEqual([0, 0, undefined, undefined])
      expect(Object.values(affinities).flat()).toEqual([])
    }
  })

  it('has a direction however long ago it was', () => {
    const long = preferenceVector(vectors, Uint32Array.of(alien, brazil), [3e-120, 4e-120])!
    expect(long[0]).toBeCloseTo(0.6, 6)
    expect(long[1]).toBeCloseTo(0.8, 6)
  })

  it('has no direction when all that is known cancels out or has no vector', () => {
    const dune = 3
    expect(preferenceVector(vectors, Uint32Array.of(alien, cabaret), [1, 1])).toBeUndefined()
    expect(preferenceVector(vectors, Uint32Array.of(dune), [1])).toBeUndefined()
    expect([...preferenceVector(vectors, Uint32Array.of(dune, brazil), [1, 0.1])!]).toEqual([0, 1])
  })

  it('is finite, and its shares are shares, whatever was watched', () => {
    const entry = fc.tuple(fc.nat(3), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1e5, noNaN: true }))
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), (entries) => {
        const { weight, preference, affinities, pattern } = profile(historyOf(...entries))
        expect(Number.isFinite(weight)).toBe(true)
        if (preference !== undefined) expect(Math.hypot(...preference)).toBeCloseTo(1, 5)
        for (const { share, lift } of Object.values(affinities).flat()) {
          expect(share).toBeGreaterThanOrEqual(0)
          expect(share).toBeLessThanOrEqual(1 + 1e-9)
          expect(Number.isFinite(lift)).toBe(true)
        }
        if (pattern !== undefined) expect(pattern.hours.reduce((a, b) => a + b)).toBeCloseTo(1, 6)
      }),
    )
  })
})

describe('the time on the wall', () => {
  it('is that of the time zone, on its own day', () => {
    const sunday = Date.UTC(2026, 10, 22, 23, 30) // 23:30 in London, Monday 00:30 in Berlin
    expect(localTimes([sunday], clockOf('Europe/London'))).toEqual({ hours: Uint8Array.of(23), weekdays: Uint8Array.of(6) })
    expect(localTimes([sunday], clockOf('Europe/Berlin'))).toEqual({ hours: Uint8Array.of(0), weekdays: Uint8Array.of(0) })
  })
})
