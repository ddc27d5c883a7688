import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { filterSchema, parseFilter } from '../../src/contract/filter.js'
import { sentenceOf } from '../../src/contract/problems.js'

function filterFrom(input: unknown) {
  const parsed = parseFilter(input)
  if (!parsed.ok) throw new Error(sentenceOf(parsed.problems))
  return parsed.value
}

function problemsWith(input: unknown): string {
  const parsed = parseFilter(input)
  expect(parsed.ok).toBe(false)
  return parsed.ok ? '' : sentenceOf(parsed.problems)
}

describe('a filter from outside', () => {
  it('combines comparisons, and finds items under the spelling that they have', () => {
    expect(
      filterFrom({
        and: [
          { field: 'genres', op: 'in', value: ['Sci-Fi', 'Drama'] },
          { not: { field: 'releasedAt', op: 'lt', value: '1990-01-01' } },
          {
            or: [
              { field: 'maturity', op: 'lte', value: 'PG-13' },
              { field: 'attributes.studio', op: 'exists', value: true },
            ],
          },
          { field: 'countries', op: 'eq', value: 'de' },
        ],
      }),
    ).toEqual({
      and: [
        { field: 'genres', op: 'in', value: ['science fiction', 'drama'] },
        { not: { field: 'releasedAt', op: 'lt', value: Date.UTC(1990, 0, 1) } },
        {
          or: [
            { field: 'maturity', op: 'lte', value: '13+' },
            { field: 'attributes.studio', op: 'exists', value: true },
          ],
        },
        { field: 'countries', op: 'eq', value: 'DE' },
      ],
    })
  })

  it('is refused with the place and the reason', () => {
    expect(problemsWith({ field: 'genre', op: 'eq', value: 'drama' })).toBe('has the unknown field genre')
    expect(problemsWith({ and: [{ field: 'title', op: 'eq', value: 'x' }] })).toBe('and[0] has the unknown field title')
    expect(problemsWith({ field: 'genres', op: 'like', value: 'x' })).toMatch(/^op must be one of eq, ne/)
    expect(problemsWith({ field: 'genres', op: 'gt', value: 'x' })).toMatch(/not compare genres by size/)
    expect(problemsWith({ field: 'season', op: 'eq', value: 'one' })).toMatch(/compare season with a number/)
    expect(problemsWith({ field: 'releasedAt', op: 'gt', value: 'yesterday' })).toMatch(/ISO 8601/)
    expect(problemsWith({ field: 'genres', op: 'in', value: 'drama' })).toMatch(/in with a list/)
    expect(problemsWith({ field: 'genres', op: 'eq', value: ['drama'] })).toMatch(/not a list/)
    expect(problemsWith({ field: 'genres', op: 'exists', value: 'yes' })).toMatch(/true or false/)
    expect(problemsWith({ field: 'maturity', op: 'lte', value: 'FSK-16' })).toMatch(/maturity with one of all/)
    expect(problemsWith({ and: [], extra: 1 })).toMatch(/extra is not a known field/)
    expect(problemsWith({})).not.toBe('')
    expect(problemsWith([])).not.toBe('')
  })

  it('may nest eight deep and no deeper, however deep it is', () => {
    const nested = (depth: number): unknown => {
      let filter: unknown = { field: 'genres', op: 'eq', value: 'drama' }
      for (let level = 1; level < depth; level++) filter = { not: filter }
      return filter
    }
    expect(parseFilter(nested(8)).ok).toBe(true)
    expect(problemsWith(nested(9))).toBe('must not nest deeper than 8')
    expect(problemsWith(nested(100_000))).toBe('must not nest deeper than 8')
    expect(problemsWith({ or: Array(1_001).fill(nested(1)) })).toBe('must have at most 1000 conditions')
  })

  it('can be described as JSON Schema, which refers to itself', () => {
    expect(JSON.stringify(z.toJSONSchema(filterSchema, { io: 'input' }))).toContain('$ref')
  })
})
