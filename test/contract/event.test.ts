import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { eventSchema, eventToJson, parseEvent } from '../../src/contract/event.js'
import { sentenceOf } from '../../src/contract/problems.js'
import type { Event } from '../../src/domain/event.js'
import { MS_PER_DAY } from '../../src/domain/time.js'

const now = Date.UTC(2026, 0, 15)
const play = { userId: 'ann', itemId: 'alien', kind: 'play', occurredAt: '2026-01-14T20:15:00Z' }

function eventFrom(input: unknown) {
  const parsed = parseEvent(input, now)
  if (!parsed.ok) throw new Error(sentenceOf(parsed.problems))
  return parsed.value
}

function problemsWith(input: unknown): string {
  const parsed = parseEvent(input, now)
  expect(parsed.ok).toBe(false)
  return parsed.ok ? '' : sentenceOf(parsed.problems)
}

describe('an event from outside', () => {
  it('keeps what it says, and needs no id', () => {
    expect(eventFrom(play)).toEqual({
      userId: 'ann',
      itemId: 'alien',
      kind: 'play',
      rewatch: false,
      occurredAt: Date.UTC(2026, 0, 14, 20, 15),
    })
    expect(eventFrom({ ...play, eventId: 'e1', completion: 0.5, context: { device: 'tv', region: 'de' } })).toMatchObject({
      eventId: 'e1',
      completion: 0.5,
      context: { device: 'tv', region: 'DE' },
    })
  })

  it('happened now when it does not say when', () => {
    expect(eventFrom({ ...play, occurredAt: undefined }).occurredAt).toBe(now)
  })

  it('takes a time as text or as milliseconds, from 1970 until a day ahead', () => {
    expect(eventFrom({ ...play, occurredAt: now - 1 }).occurredAt).toBe(now - 1)
    expect(eventFrom({ ...play, occurredAt: '1970-01-01' }).occurredAt).toBe(0)
    expect(eventFrom({ ...play, occurredAt: now + MS_PER_DAY }).occurredAt).toBe(now + MS_PER_DAY)
    expect(problemsWith({ ...play, occurredAt: now + MS_PER_DAY + 1 })).toBe(
      'occurredAt must not lie more than a day in the future',
    )
    expect(problemsWith({ ...play, occurredAt: '1969-12-31T23:59:59Z' })).toBe('occurredAt must lie between 1970 and 9999')
    expect(problemsWith({ ...play, occurredAt: -1 })).toBe('occurredAt must lie between 1970 and 9999')
    expect(problemsWith({ ...play, occurredAt: '0000-01-01' })).toMatch(/^occurredAt must be an ISO 8601/)
    for (const occurredAt of [Number.NaN, Number.POSITIVE_INFINITY, {}, true]) {
      expect(problemsWith({ ...play, occurredAt })).toMatch(/^occurredAt must be/)
    }
  })

  it('has a rating on its scale, or a number on 1–5', () => {
    expect(eventFrom({ ...play, kind: 'rate', rating: 4 }).rating).toEqual({ value: 4, min: 1, max: 5 })
    expect(eventFrom({ ...play, kind: 'rate', rating: { value: 0, min: 0, max: 10 } }).rating).toEqual({
      value: 0,
      min: 0,
      max: 10,
    })
    expect(problemsWith({ ...play, kind: 'rate', rating: 6 })).toMatch(/^rating must lie on its scale, 1–5/)
    expect(problemsWith({ ...play, kind: 'rate', rating: { value: 3, min: 5, max: 1 } })).toBe('rating.max must be more than min')
    expect(problemsWith({ ...play, kind: 'rate', rating: { value: 3, min: 3, max: 3 } })).toBe('rating.max must be more than min')
    expect(problemsWith({ ...play, kind: 'rate', rating: Number.NaN })).toMatch(/^rating must be/)
    expect(problemsWith({ ...play, kind: 'rate', rating: { value: 1, min: 0, max: Number.POSITIVE_INFINITY } })).toMatch(
      /^rating.max must be a number/,
    )
    expect(problemsWith({ ...play, kind: 'rate', rating: 'good' })).toMatch(/^rating must be a number or an object/)
    expect(problemsWith({ ...play, kind: 'rate' })).toBe('rating is required for an event of kind rate')
  })

  it('is refused for a completion outside 0–1, an unknown kind and unknown fields', () => {
    expect(problemsWith({ ...play, completion: 1.01 })).toBe('completion must be at most 1')
    expect(problemsWith({ ...play, completion: -0.1 })).toBe('completion must be at least 0')
    expect(problemsWith({ ...play, completion: Number.NaN })).toMatch(/^completion must be a number/)
    expect(problemsWith({ ...play, kind: 'watch' })).toMatch(/^kind must be one of impression, click/)
    expect(problemsWith({ ...play, user_id: 'ann' })).toBe('user_id is not a known field')
    expect(problemsWith({ ...play, context: { timezone: 'Europe/Berlin' } })).toBe('context.timezone is not a known field')
    expect(problemsWith({ ...play, context: { timeZone: 'Europe/Atlantis' } })).toMatch(/^context.timeZone must be an IANA/)
    expect(problemsWith([])).toBe('must be an object')
  })

  it('is the same after it was written and read back', () => {
    const event = { ...eventFrom({ ...play, eventId: 'e', kind: 'rate', rating: 5, context: { party: ['bob'] } }) } as Event
    expect(eventFrom(JSON.parse(JSON.stringify(eventToJson(event))))).toEqual(event)
  })

  it('can be described as JSON Schema, for the OpenAPI document', () => {
    const schema = z.toJSONSchema(eventSchema, { io: 'input' })
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false, required: ['userId', 'itemId', 'kind'] })
  })
})
