import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FIRST_RELEASE_MS, LATEST_MS, parseInstant } from '../../src/contract/instant.js'

describe('an instant in ISO 8601', () => {
  it('is what JavaScript wrote', () => {
    fc.assert(
      fc.property(fc.integer({ min: FIRST_RELEASE_MS, max: LATEST_MS }), (ms) => {
        expect(parseInstant(new Date(ms).toISOString())).toBe(ms)
      }),
      { seed: 5 },
    )
  })

  it.each([
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['2024-05-01T10:20', Date.UTC(2024, 4, 1, 10, 20)],
    ['2024-05-01 10:20:30.5', Date.UTC(2024, 4, 1, 10, 20, 30, 500)],
    ['2024-05-01T10:20:30.123456789Z', Date.UTC(2024, 4, 1, 10, 20, 30, 123)],
    ['2024-05-01T10:20:30+02:00', Date.UTC(2024, 4, 1, 8, 20, 30)],
    ['2024-05-01T10:20:30-0530', Date.UTC(2024, 4, 1, 15, 50, 30)],
    ['2024-05-01T10:20:30+02', Date.UTC(2024, 4, 1, 8, 20, 30)],
    ['0050-01-01', new Date('0050-01-01T00:00:00Z').getTime()],
  ])('%s', (text, ms) => {
    expect(parseInstant(text)).toBe(ms)
  })

  it.each([
    '',
    '2024',
    '2023-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-01-00',
    '0000-01-01',
    '12024-01-01',
    '2024-01-01T24:00Z',
    '2024-01-01T10:60Z',
    '1714558830',
    'now',
    '01/02/2024',
  ])('is not %j', (text) => {
    expect(parseInstant(text)).toBeUndefined()
  })
})
