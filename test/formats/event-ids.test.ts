import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/domain/event.js'
import type { ItemId, UserId } from '../../src/domain/ids.js'
import { createEventIds } from '../../src/formats/event-ids.js'

const event: Omit<Event, 'eventId'> = {
  userId: 'ann' as UserId,
  itemId: 'alien' as ItemId,
  kind: 'rate',
  rating: { value: 4, min: 1, max: 5 },
  rewatch: false,
  occurredAt: 1_000,
}

describe('an id made from content', () => {
  it('is the same at every import, and differs with anything that the event says', () => {
    const id = createEventIds('file')(event)
    expect(createEventIds('file')(event)).toBe(id)
    expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/)
    const others = [
      createEventIds('movielens')(event),
      ...[
        { userId: 'bob' as UserId },
        { itemId: 'aliens' as ItemId },
        { kind: 'like' as const },
        { rating: { value: 4, min: 0, max: 5 } },
        { completion: 0.5 },
        { rewatch: true },
        { occurredAt: 1_001 },
      ].map((change) => createEventIds('file')({ ...event, ...change })),
    ]
    expect(new Set([id, ...others]).size).toBe(others.length + 1)
  })

  it('does not confuse where one field ends and the next begins', () => {
    const idOf = createEventIds('file')
    const a = idOf({ ...event, userId: 'a' as UserId, itemId: 'bc' as ItemId })
    expect(idOf({ ...event, userId: 'ab' as UserId, itemId: 'c' as ItemId })).not.toBe(a)
  })

  it('tells true repeats apart by their number, the same way each time', () => {
    const twice = () => {
      const idOf = createEventIds('file')
      return [idOf(event), idOf(event), idOf({ ...event, occurredAt: 5 }), idOf(event)]
    }
    expect(new Set(twice()).size).toBe(4)
    expect(twice()).toEqual(twice())
  })

  it('remembers repeats over as many rows as it should, and no more than twice as many', () => {
    const idOf = createEventIds('file', 1_000)
    const first = idOf(event)
    const seen = new Set([first])
    for (let row = 0; row < 998; row++) seen.add(idOf({ ...event, occurredAt: 10_000 + row }))
    expect(seen.size).toBe(999)
    expect(idOf(event)).not.toBe(first)
    for (let row = 0; row < 3_000; row++) seen.add(idOf({ ...event, occurredAt: 1_000_000 + row }))
    expect(seen.size).toBe(3_999)
    expect(idOf(event)).toBe(first) // forgotten: taken for the same event told again
  })
})
