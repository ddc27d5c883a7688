import { describe, expect, it } from 'vitest'
import type { Item } from '../../src/domain/item.js'
import { createRandom } from '../../src/domain/random.js'
import type { Catalogue } from '../../src/features/catalogue.js'
import type { LabelColumn } from '../../src/features/labels.js'
import { matchColumns, matchNames } from '../../src/ranking/match-features.js'
import type { World } from '../../src/world/visit.js'
import { catalogueOf, itemWith } from '../catalogue-of.js'

const titles = (fields: readonly Partial<Omit<Item, 'itemId'>>[]): Catalogue =>
  catalogueOf(...fields.map((each, at) => itemWith({ itemId: `title-${at}`, ...each })))

/** What `matchColumns` reads of a world. */
function worldWith(catalogue: Catalogue, history: readonly number[]): World {
  return { snapshot: { catalogue }, visit: { history: { items: Uint32Array.from(history) } } } as unknown as World
}

function columnsOf(catalogue: Catalogue, history: readonly number[], candidates: readonly number[]): Record<string, number[]> {
  const columns = matchColumns(worldWith(catalogue, history), undefined, Uint32Array.from(candidates))
  return Object.fromEntries(columns.map((column, at) => [matchNames[at], [...column]]))
}

/** The cosine, entry by entry, in a map: the obviously right version. */
function cosine({ start, codes }: LabelColumn, history: readonly number[], halfLife: number, row: number): number {
  const profile = new Map<number, number>()
  for (const [at, entry] of history.entries()) {
    const places = history.length - 1 - at
    if (places >= 10 * halfLife) continue
    for (const code of codes.subarray(start[entry], start[entry + 1])) {
      profile.set(code, (profile.get(code) ?? 0) + 2 ** (-places / halfLife))
    }
  }
  const words = codes.subarray(start[row], start[row + 1])
  const squares = [...profile.values()].reduce((sum, weight) => sum + weight * weight, 0)
  if (squares === 0 || words.length === 0) return Number.NaN
  return words.reduce((sum, code) => sum + (profile.get(code) ?? 0), 0) / Math.sqrt(words.length * squares)
}

describe('what a title shares with the history', () => {
  it('is a cosine of words in which newer entries count more: by hand', () => {
    const catalogue = titles([{ genres: ['comedy'] }, { genres: ['drama'] }, { genres: ['comedy', 'war'] }, {}])
    const found = columnsOf(catalogue, [0, 1], [0, 1, 2, 3])
    expect(found['match.genresLast']).toEqual([0, 1, 0, Number.NaN])
    const length = Math.hypot(1, 2 ** -(1 / 5)) // of (drama, comedy)
    const expected = [2 ** -(1 / 5) / length, 1 / length, 2 ** -(1 / 5) / length / Math.SQRT2]
    for (const [k, value] of expected.entries()) expect(found['match.genresRecent']![k]).toBeCloseTo(value, 12)
    expect(found['match.genresAlways']![0]).toBeCloseTo(Math.SQRT1_2, 12)
    expect(found['match.themes']).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN])
  })

  it('is the same to the bit as worked out word by word, one question after the other', () => {
    const random = createRandom('match')
    const words = (most: number, of: number): string[] => [
      ...new Set(Array.from({ length: random.below(most + 1) }, () => `word-${random.below(of)}`)),
    ]
    const items = Array.from({ length: 60 }, () => ({
      genres: words(3, 6),
      cast: words(5, 40),
      directors: words(1, 15),
      themes: words(4, 20),
    }))
    const catalogue = titles(items)
    const { genres, cast, directors, themes } = catalogue.labels
    const candidates = Array.from({ length: 60 }, (_, row) => row)
    for (const length of [0, 1, 2, 30, 200, 700]) {
      const history = Array.from({ length }, () => random.below(60))
      const found = columnsOf(catalogue, history, candidates)
      for (const row of candidates) {
        expect(found['match.genresLast']![row]).toEqual(cosine(genres, history.slice(-1), 1, row))
        expect(found['match.genresAlways']![row]).toEqual(cosine(genres, history, Number.POSITIVE_INFINITY, row))
        expect(found['match.themes']![row]).toEqual(cosine(themes, history, 10, row))
        const [a, b] = [cosine(cast, history, 50, row), cosine(directors, history, 50, row)]
        const both = Number.isNaN(a) ? b : Number.isNaN(b) ? a : a + b
        expect(found['match.peopleAlways']![row]).toEqual(both)
      }
    }
  })
})
