import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { itemKinds } from '../../src/domain/item.js'
import { describedIn, textOf } from '../../src/encoders/described.js'
import { families } from '../../src/encoders/families/index.js'
import { fitStanding } from '../../src/encoders/standing.js'
import { featureCount, featuresOf, layout, wordRows } from '../../src/encoders/structured-features.js'
import { createDatasetBuilder } from '../../src/features/dataset-builder.js'
import { catalogueOf, itemWith } from '../catalogue-of.js'

const alien = itemWith({
  itemId: 'alien',
  genres: ['horror', 'science fiction'],
  cast: ['Sigourney Weaver'],
  directors: ['Ridley Scott'],
  themes: ['space'],
  releasedAt: Date.UTC(1979, 4, 25),
  durationMinutes: 117,
})

describe('structured features', () => {
  it('place each family’s words within its own rows', () => {
    wordRows(alien).forEach((rows, at) => {
      const { from, size } = layout[at]!
      expect(layout[at]!.name).toBe(families[at]!.name)
      for (const row of rows) expect(row >= from && row < from + size).toBe(true)
    })
    expect(layout.at(-1)!.from + layout.at(-1)!.size).toBe(featureCount)
  })

  it('weigh all words the same, of length 1 together, beside one row that all items share', () => {
    const { features, weights } = featuresOf(alien, undefined)!
    expect(features.at(-1)).toBe(featureCount - 1)
    expect(weights.at(-1)).toBe(1)
    const words = [...weights].slice(0, -1)
    expect(words.reduce((sum, weight) => sum + weight * weight, 0)).toBeCloseTo(1, 5)
    expect(new Set(words).size).toBe(1)
  })

  it('are the same of an item alone and of its row in a catalogue', () => {
    const catalogue = catalogueOf(itemWith({ itemId: 'other' }), alien)
    expect(featuresOf(describedIn(catalogue, 1), undefined)).toEqual(featuresOf(alien, undefined))
  })

  it('are missing where nothing but the kind is known', () => {
    for (const kind of itemKinds) expect(featuresOf(itemWith({ itemId: 'bare', kind }), undefined)).toBeUndefined()
    expect(featuresOf(itemWith({ itemId: 'dated', releasedAt: 0 }), undefined)).toBeDefined()
  })

  it('do not depend on the case, width or surrounding blanks of a word', () => {
    const shouted = { ...alien, cast: [' SIGOURNEY WEAVER '], directors: ['Ｒidley Scott'] }
    expect(featuresOf(shouted, undefined)).toEqual(featuresOf(alien, undefined))
  })

  it('are finite, ascending and within the table, whatever stands in the fields', () => {
    const words = fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 })
    fc.assert(
      fc.property(
        words,
        words,
        fc.integer({ min: -1e13, max: 1e13 }),
        fc.double(),
        (cast, themes, releasedAt, durationMinutes) => {
          const found = featuresOf(itemWith({ itemId: 'any', cast, themes, releasedAt, durationMinutes }), undefined)!
          found.features.forEach((row, at) => {
            expect(row >= 0 && row < featureCount && (at === 0 || row > found.features[at - 1]!)).toBe(true)
          })
          expect([...found.weights].every((weight) => weight > 0 && weight <= 1)).toBe(true)
        },
      ),
    )
  })
})

describe('standing', () => {
  // Three films of one word: 3 entries of 1, 1 entry of 0.5, none.
  const builder = createDatasetBuilder(Int32Array.of(0, 1, 2))
  for (const user of [0, 1, 2]) builder.add(user, 0, 1, user)
  builder.add(0, 1, 0.5, 9)
  const data = builder.build({ asOfDay: 10 })
  const standing = fitStanding(data, () => [[7]], [0])

  it('is by hand: a word’s titles without the item’s own, drawn to the mean as if by three titles', () => {
    const [many, few] = [Math.log1p(3), Math.log1p(1)]
    const mean = (many + few) / 2
    const left = (own: number): number => (many + few - own + 3 * mean) / (1 + 3) - mean
    const unit = Math.sqrt((left(many) ** 2 + left(few) ** 2) / 2)
    expect(standing.of([[7]], 0)[0]!.popularity).toBeCloseTo(left(many) / unit, 4)
    expect(standing.of([[7]], 1)[0]!.popularity).toBeCloseTo(left(few) / unit, 4)
    const all = (many + few + 3 * mean) / (2 + 3) - mean
    expect(standing.of([[7]], 2)[0]!.popularity).toBeCloseTo(all / unit, 4)
  })

  it('rates a word by the engagement of its titles', () => {
    expect(standing.of([[7]], 0)[0]!.rating).toBeLessThan(0)
    expect(standing.of([[7]], 1)[0]!.rating).toBeGreaterThan(0)
  })

  it('says nothing of words it never met, and of no words', () => {
    expect(standing.of([[99]], -1)[0]).toEqual({ popularity: expect.closeTo(0, 5), rating: expect.closeTo(0, 5) })
    expect(standing.of([[]], -1)[0]).toEqual({ popularity: 0, rating: 0 })
  })

  it('stands data without events', () => {
    const empty = createDatasetBuilder(Int32Array.of(0)).build({ asOfDay: 1 })
    expect(fitStanding(empty, () => [[7]], [0]).of([[7]], 0)[0]).toEqual({ popularity: 0, rating: 0 })
  })
})

describe('textOf', () => {
  it('is title, description and themes, without the year that some catalogues put into titles', () => {
    const item = itemWith({ itemId: 'x', title: 'Alien (1979)', description: 'In space.', themes: ['space', 'monster'] })
    expect(textOf(item)).toBe('Alien. In space.. space, monster')
    expect(textOf(itemWith({ itemId: 'x', title: '1984' }))).toBe('1984')
  })
})
