import { describe, expect, it } from 'vitest'
import { clockOf } from '../../src/domain/clock.js'
import type { ItemId } from '../../src/domain/ids.js'
import { createRandom } from '../../src/domain/random.js'
import { aliasTable, drawFrom } from '../../src/simulation/alias-table.js'
import { habitsOfTitles } from '../../src/simulation/dayparts.js'
import { franchisesOf, sequelsOf } from '../../src/simulation/franchises.js'
import { itemVectors } from '../../src/simulation/item-vectors.js'
import { personOf } from '../../src/simulation/names.js'
import { standingOf } from '../../src/simulation/standing.js'
import { titlesOf } from '../../src/simulation/titles.js'
import { bareItem } from './bare-item.js'

describe('an alias table', () => {
  it.each([[[1]], [[0, 3, 0]], [[5, 1, 1, 1]], [[1, 2, 3, 4, 0, 10]]])('draws by weight: %o', (weights) => {
    const table = aliasTable(Float64Array.from(weights))
    const random = createRandom(1)
    const draws = 60_000
    const counts = new Array<number>(weights.length).fill(0)
    for (let draw = 0; draw < draws; draw++) counts[drawFrom(table, random)]++
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    weights.forEach((weight, thing) => {
      expect(Math.abs(counts[thing] / draws - weight / total)).toBeLessThan(0.01)
      if (weight === 0) expect(counts[thing]).toBe(0)
    })
  })
})

describe('franchises', () => {
  const film = (title: string, year: number, fields = {}) =>
    bareItem(`${title}-${year}`, { title, releasedAt: Date.UTC(year, 0, 1), ...fields })

  it('are found in titles when one of them is numbered', () => {
    const films = [film('Saw II', 2005), film('Saw', 2004), film('Heat', 1986), film('Heat', 1995), film('Saw 3: More', 2006)]
    expect(franchisesOf(films)).toEqual(['title:saw', 'title:saw', undefined, undefined, 'title:saw'])
  })

  it('are taken from the metadata where it has them', () => {
    const films = [film('Saw II', 2005, { franchise: 'jigsaw' }), film('Saw', 2004), film('Gone', 2001, { kind: 'series' })]
    expect(franchisesOf(films)).toEqual(['jigsaw', undefined, 'Gone-2001'])
  })

  it('go on by release', () => {
    const films = [film('C', 2006), film('A', 2004), film('X', 2000), film('B', 2005)]
    expect([...sequelsOf(films, ['f', 'f', undefined, 'f'])]).toEqual([-1, 3, -1, 0])
  })
})

describe('titles', () => {
  it('gather the episodes of a series in their order, with or without an item for the series', () => {
    const of = (seriesId: string, season: number, episode: number) =>
      bareItem(`${seriesId}-${season}-${episode}`, { kind: 'episode', seriesId: seriesId as ItemId, season, episode })
    const items = [
      of('a', 2, 1),
      of('b', 1, 2),
      bareItem('film'),
      bareItem('a', { kind: 'series' }),
      of('a', 1, 1),
      of('b', 1, 1),
    ]
    const titles = titlesOf([...items, bareItem('gone', { hidden: true })])
    const named = Array.from({ length: titles.count }, (_, title) => [
      items[titles.item[title]].itemId,
      ...Array.from(titles.parts.subarray(titles.partStart[title], titles.partStart[title + 1]), (row) => items[row].itemId),
    ])
    expect(named).toEqual([
      ['film', 'film'],
      ['a', 'a-1-1', 'a-2-1'],
      ['b-1-1', 'b-1-1', 'b-1-2'],
    ])
  })
})

describe('item vectors', () => {
  const options = { tasteDimensions: 16, hiddenShare: 0.3 }

  it('have length 1, are near for items alike, and do not depend on the rest of the catalogue', () => {
    const items = [
      bareItem('one', { genres: ['drama'], directors: ['d'] }),
      bareItem('two', { genres: ['drama'], directors: ['d'] }),
      bareItem('three', { genres: ['horror'], directors: ['e'] }),
      bareItem('bare'),
    ]
    const none = items.map(() => undefined)
    const vectors = itemVectors(items, none, options, createRandom(1))
    const row = (n: number): Float32Array => vectors.subarray(n * 16, (n + 1) * 16)
    const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, d) => sum + x * b[d], 0)
    for (let n = 0; n < items.length; n++) expect(dot(row(n), row(n))).toBeCloseTo(1, 5)
    expect(dot(row(0), row(1))).toBeGreaterThan(0.4)
    expect(dot(row(0), row(1))).toBeLessThan(0.99) // each has something of its own
    expect(dot(row(0), row(2))).toBeLessThan(dot(row(0), row(1)) - 0.2)
    expect(itemVectors(items.slice(2), none, options, createRandom(1))).toEqual(vectors.slice(2 * 16))
  })
})

describe('standing', () => {
  it('gives popularity by votes, and falls back on chance and on equal quality', () => {
    const items = [3, 9_000, 40].map((votes, n) => bareItem(`film-${n}`, { attributes: { votes }, averageRating: 5.5 }))
    const { popularity } = standingOf(items, 1, createRandom(1))
    expect([...popularity].map((weight) => 1 / weight)).toEqual([8, 6, 7].map((x) => expect.closeTo(x, 9)))
    const unknown = standingOf([bareItem('x'), bareItem('y')], 1, createRandom(1))
    expect([...unknown.popularity].sort()).toEqual([1 / 7, 1 / 6].map((x) => expect.closeTo(x, 9)))
    expect([...unknown.quality].every(Number.isFinite)).toBe(true)
    expect([...standingOf(items, 0, createRandom(1)).popularity]).toEqual([1, 1, 1])
  })
})

describe('dayparts', () => {
  it('know the habits of a genre by any of its words, and none of words that mean nothing', () => {
    const items = [['romantic comedy'], ['comedy'], ['constructor'], []].map((genres, n) => bareItem(`${n}`, { genres }))
    const habits = habitsOfTitles(items)
    expect(habits.slice(0, 8)).toEqual(habits.slice(8, 16))
    expect(habits.slice(0, 8).some((lift) => lift !== 0)).toBe(true)
    expect(habits.slice(16).every((lift) => lift === 0)).toBe(true)
  })
})

describe('clocks', () => {
  it('show what the zone shows, in summer and in winter', () => {
    const hours = (zone: string, at: number): number => clockOf(zone)(at) / 3_600_000
    expect(hours('Europe/Berlin', Date.UTC(2025, 0, 15))).toBe(1)
    expect(hours('Europe/Berlin', Date.UTC(2025, 6, 15))).toBe(2)
    expect(hours('America/Los_Angeles', Date.UTC(2025, 6, 15, 3))).toBe(-7)
    expect(hours('Asia/Kolkata', Date.UTC(2025, 6, 15))).toBe(5.5)
  })
})

describe('names', () => {
  it('are each their own', () => {
    const names = new Set(Array.from({ length: 50_000 }, (_, number) => personOf(number)))
    expect(names.size).toBe(50_000)
  })
})
