import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { itemSchema, itemToJson, parseItem } from '../../src/contract/item.js'
import { limits } from '../../src/contract/limits.js'
import { sentenceOf } from '../../src/contract/problems.js'

const film = { itemId: 'alien', kind: 'movie', title: 'Alien' }

function problemsWith(input: unknown): string {
  const parsed = parseItem(input)
  expect(parsed.ok).toBe(false)
  return parsed.ok ? '' : sentenceOf(parsed.problems)
}

function itemFrom(input: unknown) {
  const parsed = parseItem(input)
  if (!parsed.ok) throw new Error(sentenceOf(parsed.problems))
  return parsed.value
}

describe('an item from outside', () => {
  it('needs an id, a kind and a title, and has empty lists for what nobody said', () => {
    expect(itemFrom(film)).toEqual({
      itemId: 'alien',
      kind: 'movie',
      title: 'Alien',
      genres: [],
      cast: [],
      directors: [],
      themes: [],
      moods: [],
      languages: [],
      countries: [],
      offers: [],
      attributes: {},
      hidden: false,
    })
    expect(problemsWith({})).toBe('itemId is required; kind is required; title is required')
  })

  it('comes out in Sona’s own spelling', () => {
    const item = itemFrom({
      ...film,
      genres: ['Sci-Fi', 'Science Fiction', 'Horror', '(no genres listed)'],
      cast: [' Sigourney Weaver', 'Sigourney Weaver'],
      languages: ['EN', 'pt_BR'],
      countries: ['gb', 'United States'],
      maturity: 'R',
      releasedAt: '1979-05-25',
      offers: [{ platform: 'web', type: 'rental', regions: ['de', 'DE'], from: '2024-01-01T00:00:00+01:00' }],
    })
    expect(item.genres).toEqual(['science fiction', 'horror'])
    expect(item.cast).toEqual(['Sigourney Weaver'])
    expect(item.languages).toEqual(['en', 'pt-br'])
    expect(item.countries).toEqual(['GB', 'United States'])
    expect(item.maturity).toBe('16+')
    expect(item.releasedAt).toBe(Date.UTC(1979, 4, 25))
    expect(item.offers).toEqual([{ platform: 'web', type: 'rental', regions: ['DE'], from: Date.UTC(2023, 11, 31, 23) }])
  })

  it('takes null, and an empty description, for absent', () => {
    const item = itemFrom({
      ...film,
      franchise: null,
      genres: null,
      releasedAt: null,
      attributes: null,
      description: '',
      hidden: null,
    })
    expect(item).toEqual(itemFrom(film))
    expect('franchise' in item || 'description' in item).toBe(false)
  })

  it('is refused by name for a field that Sona does not know', () => {
    expect(problemsWith({ ...film, genre: ['drama'], offers: [{ platform: 'web', type: 'free', price: 1 }] })).toBe(
      'offers[0].price is not a known field; genre is not a known field',
    )
    expect(problemsWith(JSON.parse('{"itemId":"a","kind":"movie","title":"A","__proto__":{"hidden":true}}'))).toMatch(
      /__proto__ is not/,
    )
    expect(problemsWith(JSON.parse('{"itemId":"a","kind":"movie","title":"A","attributes":{"__proto__":1}}'))).toMatch(
      /__proto__/,
    )
  })

  it('names the limit that a field breaks', () => {
    expect(problemsWith({ ...film, title: 'x'.repeat(1_001) })).toBe('title must be at most 1,000 characters')
    expect(problemsWith({ ...film, title: '  ' })).toBe('title must not be empty')
    expect(problemsWith({ ...film, description: 'x'.repeat(10 * 1024 * 1024) })).toBe(
      'description must be at most 100,000 characters',
    )
    expect(problemsWith({ ...film, cast: Array(1_001).fill('x') })).toBe('cast must have at most 1,000 entries')
    expect(problemsWith({ ...film, genres: ['a', 1] })).toBe('genres[1] must be text')
    expect(problemsWith({ ...film, averageRating: 11 })).toBe('averageRating must be at most 10')
    expect(problemsWith({ ...film, averageRating: Number.NaN })).toMatch(/averageRating must be a number/)
    expect(problemsWith({ ...film, durationMinutes: Number.POSITIVE_INFINITY })).toMatch(/durationMinutes/)
    expect(problemsWith({ ...film, kind: 'film' })).toMatch(/kind must be one of movie, series/)
    expect(problemsWith({ ...film, attributes: { nested: {} } })).toMatch(
      /attributes.nested must be text or a number or true or false/,
    )
    expect(problemsWith({ ...film, offers: [{ platform: 'web', type: 'free', from: 2_000, until: 1_000 }] })).toMatch(
      /offers\[0\].until must be later than from/,
    )
    expect(problemsWith('alien')).toBe('must be an object')
    expect(problemsWith(null)).toBe('must be an object')
    expect(limits.descriptionCharacters).toBe(100_000)
  })

  it('refuses dates in the year 0, dates that do not exist and other people’s formats', () => {
    for (const releasedAt of ['0000-01-01', '1979-02-30', '25/05/1979', 'soon', '']) {
      expect(problemsWith({ ...film, releasedAt })).toMatch(/^releasedAt must/)
    }
    expect(itemFrom({ ...film, releasedAt: '0800-01-01' }).releasedAt).toBeLessThan(0)
    expect(problemsWith({ ...film, releasedAt: 1e300 })).toMatch(/between 0001 and 9999/)
  })

  it('has no maturity when nobody rated it, and is refused for a rating that nobody knows', () => {
    expect(itemFrom({ ...film, maturity: 'Not Rated' }).maturity).toBeUndefined()
    expect(itemFrom({ ...film, maturity: 'tv-ma' }).maturity).toBe('18+')
    expect(problemsWith({ ...film, maturity: 'FSK-16' })).toMatch(/^maturity must be one of all, 7\+/)
  })

  it('may have any well-formed id of up to 512 bytes', () => {
    for (const itemId of ['a/b?c#d', '🎬', ' ', 'x'.repeat(512), '🎬'.repeat(128), "'; drop table items; --", '..']) {
      expect(itemFrom({ ...film, itemId }).itemId).toBe(itemId)
    }
    expect(problemsWith({ ...film, itemId: '' })).toBe('itemId must not be empty')
    expect(problemsWith({ ...film, itemId: 'x'.repeat(513) })).toBe('itemId must be at most 512 bytes')
    expect(problemsWith({ ...film, itemId: '🎬'.repeat(129) })).toBe('itemId must be at most 512 bytes')
    expect(problemsWith({ ...film, itemId: 'a\0b' })).toBe('itemId must not contain U+0000')
    expect(problemsWith({ ...film, itemId: 'a\uD83C' })).toBe('itemId must not contain half of a surrogate pair')
    expect(problemsWith({ ...film, itemId: 7 })).toBe('itemId must be text')
  })

  it('tells at most twenty problems', () => {
    const parsed = parseItem({ ...film, genres: Array(500).fill(1) })
    expect(parsed.ok ? 0 : parsed.problems.length).toBe(20)
  })

  it('is the same after it was written and read back', () => {
    const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) })
    const name = fc
      .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
      .filter((text) => text.trim() !== '' && !text.includes('\0'))
    const item = fc.record(
      {
        itemId: name,
        kind: fc.constantFrom('movie', 'episode'),
        title: name,
        description: name,
        genres: fc.array(name),
        cast: fc.array(name),
        releasedAt: fc.integer({ min: -1e13, max: 1e13 }),
        maturity: fc.constantFrom('all', 'PG-13'),
        averageRating: fc.double({ min: 0, max: 10, noNaN: true }),
        offers: fc.array(
          fc.record(
            { platform: name, type: fc.constantFrom('free', 'rental'), from: instant },
            { requiredKeys: ['platform', 'type'] },
          ),
        ),
        attributes: fc.dictionary(
          name.filter((text) => text !== '__proto__'),
          fc.oneof(name, fc.boolean(), fc.integer()),
        ),
        hidden: fc.boolean(),
      },
      { requiredKeys: ['itemId', 'kind', 'title'] },
    )
    fc.assert(
      fc.property(item, (input) => {
        const parsed = itemFrom(input)
        expect(itemFrom(JSON.parse(JSON.stringify(itemToJson(parsed))))).toEqual(parsed)
      }),
      { numRuns: 300, seed: 11 },
    )
  })

  it('can be described as JSON Schema, for the OpenAPI document', () => {
    const schema = z.toJSONSchema(itemSchema, { io: 'input' })
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false, required: ['itemId', 'kind', 'title'] })
  })
})
