import { describe, expect, it } from 'vitest'
import type { Filter } from '../../src/domain/filter.js'
import { has } from '../../src/math/bitmap.js'
import { itemsMatching } from '../../src/world/filter.js'
import { catalogueOf, itemWith } from '../catalogue-of.js'

const items = [
  itemWith({
    itemId: 'alien',
    genres: ['horror', 'science fiction'],
    directors: ['Ridley Scott'],
    releasedAt: Date.UTC(1979, 4, 25),
    maturity: '16+',
    averageRating: 8.5,
  }),
  itemWith({
    itemId: 'amelie',
    genres: ['comedy'],
    releasedAt: Date.UTC(2001, 3, 25),
    averageRating: 8.3,
    attributes: { subtitled: true, studio: 'UGC', votes: 700 },
  }),
  itemWith({ itemId: 'dark', kind: 'series', genres: ['science fiction'], maturity: '16+', attributes: { votes: 400 } }),
]
const catalogue = catalogueOf(...items)

function matching(filter: Filter): string[] {
  const bits = itemsMatching(filter, catalogue)
  return items.filter((_, row) => has(bits, row)).map(({ itemId }) => itemId)
}

describe('itemsMatching', () => {
  const cases: readonly (readonly [Filter, string[]])[] = [
    [{ field: 'genres', op: 'eq', value: 'science fiction' }, ['alien', 'dark']],
    [{ field: 'genres', op: 'in', value: ['comedy', 'horror'] }, ['alien', 'amelie']],
    [{ field: 'genres', op: 'nin', value: ['comedy', 'horror'] }, ['dark']],
    [{ field: 'genres', op: 'ne', value: 'comedy' }, ['alien', 'dark']],
    [{ field: 'directors', op: 'exists', value: true }, ['alien']],
    [{ field: 'directors', op: 'exists', value: false }, ['amelie', 'dark']],
    [{ field: 'kind', op: 'eq', value: 'series' }, ['dark']],
    [{ field: 'kind', op: 'in', value: ['movie', 'episode'] }, ['alien', 'amelie']],
    [{ field: 'maturity', op: 'lte', value: '16+' }, ['alien', 'dark']],
    [{ field: 'maturity', op: 'gt', value: 'PG-13' }, ['alien', 'dark']],
    [{ field: 'releasedYear', op: 'gte', value: 1980 }, ['amelie']],
    [{ field: 'releasedAt', op: 'lt', value: '1980-01-01' }, ['alien']],
    [{ field: 'releasedAt', op: 'eq', value: Date.UTC(1979, 4, 25) }, ['alien']],
    [{ field: 'releasedAt', op: 'eq', value: Date.UTC(1979, 4, 25) + 1 }, []],
    [{ field: 'averageRating', op: 'eq', value: 8.3 }, ['amelie']],
    [{ field: 'averageRating', op: 'exists', value: false }, ['dark']],
    [{ field: 'attributes.studio', op: 'eq', value: 'UGC' }, ['amelie']],
    [{ field: 'attributes.subtitled', op: 'eq', value: true }, ['amelie']],
    [{ field: 'attributes.votes', op: 'gte', value: 500 }, ['amelie']],
    [{ field: 'attributes.votes', op: 'exists', value: false }, ['alien']],
    [
      {
        and: [
          { field: 'genres', op: 'eq', value: 'science fiction' },
          { field: 'kind', op: 'eq', value: 'movie' },
        ],
      },
      ['alien'],
    ],
    [
      {
        or: [
          { field: 'genres', op: 'eq', value: 'comedy' },
          { field: 'kind', op: 'eq', value: 'series' },
        ],
      },
      ['amelie', 'dark'],
    ],
    [{ not: { field: 'genres', op: 'eq', value: 'comedy' } }, ['alien', 'dark']],
    [{ and: [] }, ['alien', 'amelie', 'dark']],
    [{ or: [] }, []],
  ]
  it.each(cases)('%j keeps %j', (filter, expected) => {
    expect(matching(filter)).toEqual(expected)
  })

  it('says what is wrong with a field, an operator, a value or the depth', () => {
    const bad: readonly Filter[] = [
      { field: 'colour' as 'kind', op: 'eq', value: 'red' },
      { field: 'genres', op: 'lt', value: 3 },
      { field: 'kind', op: 'eq', value: 'opera' },
      { field: 'releasedYear', op: 'gt', value: 'soon' },
      Array.from({ length: 20 }).reduce<Filter>((inner) => ({ not: inner }), { and: [] }),
    ]
    for (const filter of bad) expect(() => matching(filter)).toThrowError(expect.objectContaining({ code: 'INVALID_FILTER' }))
  })
})
