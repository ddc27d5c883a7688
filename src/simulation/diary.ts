import type { Context } from '../domain/context.js'
import type { Event, EventKind } from '../domain/event.js'
import type { EventId, ItemId, UserId } from '../domain/ids.js'
import type { EpochMs } from '../domain/time.js'
import { ratingScale } from './reaction.js'

/** The events of one simulated user, in the order in which they are written. */
export interface Diary {
  readonly events: readonly Event[]
  /** A click, an impression, a thumb …: an event that says all by its kind. */
  note(kind: EventKind, itemId: ItemId, occurredAt: EpochMs, context: Context): void
  view(kind: EventKind, itemId: ItemId, completion: number, rewatch: boolean, occurredAt: EpochMs, context: Context): void
  rate(itemId: ItemId, value: number, occurredAt: EpochMs, context: Context): void
}

/** Event n of `sim-user-000123` is called `sim-000123-n`. */
export function createDiary(userId: UserId): Diary {
  const events: Event[] = []
  const prefix = userId.replace('-user', '')
  const nextId = (): EventId => `${prefix}-${events.length}` as EventId
  return {
    events,
    note(kind, itemId, occurredAt, context) {
      events.push({ eventId: nextId(), userId, itemId, kind, rewatch: false, occurredAt, context })
    },
    view(kind, itemId, completion, rewatch, occurredAt, context) {
      events.push({ eventId: nextId(), userId, itemId, kind, completion, rewatch, occurredAt, context })
    },
    rate(itemId, value, occurredAt, context) {
      const rating = { value, ...ratingScale }
      events.push({ eventId: nextId(), userId, itemId, kind: 'rate', rating, rewatch: false, occurredAt, context })
    },
  }
}
