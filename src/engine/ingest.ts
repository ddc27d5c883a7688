import type { Event } from '../domain/event.js'
import type { UserId } from '../domain/ids.js'
import type { EventAppend, EventStore } from '../storage/store.js'
import type { ItemDirectory } from './item-directory.js'
import type { AcceptedEvent, UserStates } from './user-states.js'

/** Writes events to the store and, once they are accepted, into what is remembered of their users. */
export function ingest(store: EventStore, states: UserStates, directory: ItemDirectory) {
  return async (events: readonly Event[]): Promise<EventAppend> => {
    const append = await store.append(events)
    for (const [userId, accepted] of acceptedByUser(events, append, directory)) {
      const version = append.versions.get(userId)
      if (accepted === 'unknown-item' || version === undefined) states.forget(userId)
      else states.accepted(userId, version, accepted)
    }
    return append
  }
}

/** An item that another process wrote a moment ago may be accepted by the store and not be in the directory yet. */
function acceptedByUser(
  events: readonly Event[],
  { receipts }: EventAppend,
  directory: ItemDirectory,
): ReadonlyMap<UserId, AcceptedEvent[] | 'unknown-item'> {
  const byUser = new Map<UserId, AcceptedEvent[] | 'unknown-item'>()
  events.forEach((event, at) => {
    if (receipts[at].result !== 'accepted') return
    const itemNo = directory.numberOf(event.itemId)
    const sofar = byUser.get(event.userId) ?? []
    if (itemNo === undefined || sofar === 'unknown-item') byUser.set(event.userId, 'unknown-item')
    else byUser.set(event.userId, [...sofar, { event, itemNo }])
  })
  return byUser
}
