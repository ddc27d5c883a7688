import { hash } from 'node:crypto'
import type { Event } from '../domain/event.js'
import type { EventId } from '../domain/ids.js'

/**
 * Gives ids to events that come without one, from what they say: importing a file again gives the same ids, and so no duplicates.
 *
 *   id = first 22 characters (132 bits) of base64url(SHA-256(origin, user, item, kind, rating, completion, rewatch, time [, ordinal]))
 *
 * Rows that are equal in all of this are true repeats: the second gets the ordinal 1, the third 2. Repeats are remembered over the
 * last 250,000–500,000 distinct rows (`remembered` to twice that), which bounds the memory; further apart, equal rows are taken for
 * one event told twice.
 */
export function createEventIds(origin: string, remembered = 250_000): (event: Omit<Event, 'eventId'>) => EventId {
  let recent = createCounts(remembered)
  let older = createCounts(remembered)

  return (event) => {
    const content = contentOf(origin, event)
    const id = digest(content)
    const key = fingerprint(id)
    const ordinal = recent.get(key) || older.get(key)
    recent.set(key, ordinal + 1)
    if (recent.size === remembered) {
      older = recent
      recent = createCounts(remembered)
    }
    return (ordinal === 0 ? id : digest(`${content}\0${ordinal}`)) as EventId
  }
}

const ID_CHARACTERS = 22

const digest = (content: string): string => hash('sha256', content, 'base64url').slice(0, ID_CHARACTERS)

/** U+0000 parts the fields: no id can contain it. */
function contentOf(origin: string, event: Omit<Event, 'eventId'>): string {
  const { userId, itemId, kind, rating, completion, rewatch, occurredAt } = event
  const stars = rating === undefined ? '' : `${rating.value}/${rating.min}/${rating.max}`
  return `${origin}\0${userId}\0${itemId}\0${kind}\0${stars}\0${completion ?? ''}\0${rewatch ? 1 : 0}\0${occurredAt}`
}

/**
 * 49 bits of an id, never 0. Two of 500,000 remembered rows share one in one file of 5,000; then the later of them gets an ordinal
 * that it did not need, in every import alike, which changes its id and nothing else.
 */
function fingerprint(id: string): number {
  let bits = 1
  for (let at = 0; at < 7; at++) bits = bits * 128 + id.charCodeAt(at)
  return bits
}

interface Counts {
  readonly size: number
  /** 0 for a key that was never set. */
  get(key: number): number
  set(key: number, count: number): void
}

/**
 * A table of counts by fingerprint, open addressing in typed arrays: 5 MB. A Map of 250,000 ids costs 25 MB and, over a million
 * events, a second and a half of garbage collection.
 */
function createCounts(capacity: number): Counts {
  const slots = 2 * capacity + 9 // half stay empty; 500,009 is prime, so that all bits of a fingerprint decide its slot
  const keys = new Float64Array(slots)
  const counts = new Uint32Array(slots)
  let size = 0

  function slotOf(key: number): number {
    let slot = key % slots
    while (keys[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) % slots
    return slot
  }

  return {
    get size() {
      return size
    },
    get: (key) => counts[slotOf(key)] ?? 0,
    set(key, count) {
      const slot = slotOf(key)
      if (keys[slot] === 0) size++
      keys[slot] = key
      counts[slot] = count
    },
  }
}
