import { describe, expect, it } from 'vitest'
import { itemToJson, parseItem } from '../../src/contract/item.js'
import { createRandom } from '../../src/domain/random.js'
import { type CatalogueOptions, simulateCatalogue } from '../../src/simulation/catalogue.js'

const releasedUntil = Date.UTC(2026, 0, 1)

function catalogue(count: number, options: Partial<CatalogueOptions> = {}, seed = 1) {
  return [...simulateCatalogue(count, { releasedUntil, ...options }, createRandom(seed))]
}

describe('a simulated catalogue', () => {
  it('has as many items as asked for, each with an id of its own, each marked', () => {
    for (const count of [0, 1, 63, 64, 65, 1_000]) {
      const items = catalogue(count)
      expect(items.length).toBe(count)
      expect(new Set(items.map(({ itemId }) => itemId)).size).toBe(count)
      for (const { itemId, attributes } of items) {
        expect(itemId).toMatch(/^sim-item-\d{7}$/)
        expect(attributes.simulated).toBe(true)
      }
    }
  })

  it('is the same for the same seed, whatever the count, and another for another', () => {
    expect(catalogue(500)).toEqual(catalogue(1_000).slice(0, 500))
    expect(catalogue(100, {}, 2)).not.toEqual(catalogue(100, {}, 1))
  })

  it('holds items that the API would accept', () => {
    for (const item of catalogue(2_000, { years: 80 })) expect(parseItem(itemToJson(item))).toEqual({ ok: true, value: item })
  })

  it('has whole series: the series first, then its episodes in order', () => {
    const items = catalogue(3_000)
    const kindOf = new Map(items.map(({ itemId, kind }) => [itemId, kind]))
    const episodes = items.filter(({ kind }) => kind === 'episode')
    expect(episodes.length).toBeGreaterThan(300)
    for (const { seriesId } of episodes) expect(kindOf.get(seriesId!)).toBe('series')
    const rowOf = new Map(items.map(({ itemId }, row) => [itemId, row]))
    for (const { itemId, seriesId, season, episode } of episodes) {
      const before = items[rowOf.get(itemId)! - 1]
      if (season === 1 && episode === 1) expect(before.itemId).toBe(seriesId)
      else expect(before.seriesId).toBe(seriesId)
    }
  })

  it('has franchises whose films come out one after the other, and none that is not out yet', () => {
    const items = catalogue(3_000)
    const last = new Map<string, number>()
    for (const { franchise, releasedAt } of items) {
      expect(releasedAt).toBeLessThanOrEqual(releasedUntil)
      if (franchise === undefined) continue
      expect(releasedAt).toBeGreaterThan(last.get(franchise) ?? Number.NEGATIVE_INFINITY)
      last.set(franchise, releasedAt!)
    }
    expect(last.size).toBeGreaterThan(30)
  })

  it('has people who make several films, of a genre', () => {
    const works = new Map<string, string[]>()
    for (const { directors, genres, kind } of catalogue(5_000)) {
      if (kind === 'movie') for (const name of directors) works.set(name, [...(works.get(name) ?? []), genres[0]])
    }
    const several = [...works.values()].filter((genres) => genres.length >= 5)
    expect(several.length).toBeGreaterThan(50)
    for (const genres of several) expect(new Set(genres).size).toBe(1)
  })

  it('refuses impossible options by name', () => {
    expect(() => catalogue(-1)).toThrow(/count/)
    expect(() => catalogue(1.5)).toThrow(/count/)
    expect(() => catalogue(1, { years: 0 })).toThrow(/years/)
    expect(() => catalogue(1, { seriesShare: 0.7, franchiseShare: 0.7 })).toThrow(/together/)
    expect(() => catalogue(1, { releasedUntil: Number.NaN })).toThrow(/releasedUntil/)
  })
})
