import type { Context } from '../domain/context.js'
import { countsAsSeen, type Event, eventKinds } from '../domain/event.js'
import { engagementOf } from '../features/engagement.js'
import { likingOf } from '../features/liking.js'
import { emptyTrail, extendTrail, type Trail, type TrailEntry } from '../features/trail.js'
import type { UserPasts } from '../storage/store.js'

/** One user's past as lessons are made from it. */
export interface Past {
  /** Oldest first; neighbouring events on one item are one visit, as in a trail. */
  readonly visits: readonly PastVisit[]
  /** One entry for each visit. */
  readonly trail: Trail
  /** Every item seen, each time, in order. */
  readonly seen: Int32Array
  /** New events that teach. */
  readonly taught: number
  /** The highest sequence of all events. */
  readonly lastSequence: number
}

export interface PastVisit {
  readonly itemNo: number
  /** When it was last touched. */
  readonly occurredAt: number
  /** −1 to 1, of the last event. */
  readonly liking: number
  /** JSON, of the last event that had any. */
  readonly context: string | null
  /** So many of `seen` came before it. */
  readonly seenBefore: number
  /** Its last new event; 0: all of it was used before. */
  readonly newSequence: number
}

/** @param after events up to this sequence have been used */
export function pastOf(pasts: UserPasts, user: number, after: number): Past {
  const visits: PastVisit[] = []
  const entries: TrailEntry[] = []
  const seen: number[] = []
  let taught = 0
  let lastSequence = after
  for (let at = pasts.start[user]; at < pasts.start[user + 1]; at++) {
    const sequence = pasts.sequence[at]
    lastSequence = Math.max(lastSequence, sequence)
    const event = eventAt(pasts, at)
    const [engagement, liking] = [engagementOf(event), likingOf(event)]
    const itemNo = pasts.itemNo[at]
    if (engagement !== undefined && liking !== undefined) {
      if (sequence > after) taught++
      const before = visits.at(-1)?.itemNo === itemNo ? visits.pop() : undefined
      visits.push({
        itemNo,
        occurredAt: pasts.occurredAt[at],
        liking,
        context: pasts.contexts[at] ?? before?.context ?? null,
        seenBefore: before?.seenBefore ?? seen.length,
        newSequence: sequence > after ? Math.max(sequence, before?.newSequence ?? 0) : (before?.newSequence ?? 0),
      })
      entries.push({ itemNo, engagement, occurredAt: pasts.occurredAt[at] })
    }
    if (countsAsSeen(event.kind, event.completion)) seen.push(itemNo)
  }
  return { visits, trail: extendTrail(emptyTrail, entries, entries.length), seen: Int32Array.from(seen), taught, lastSequence }
}

/** The last entries before a visit: what was remembered of its user just before it. */
export function trailBefore({ itemNos, engagement, occurredAt }: Trail, visit: number, limit: number): Trail {
  const from = Math.max(0, visit - limit)
  return {
    itemNos: itemNos.subarray(from, visit),
    engagement: engagement.subarray(from, visit),
    occurredAt: occurredAt.subarray(from, visit),
  }
}

export function contextOf({ context }: PastVisit): Context {
  return context === null ? {} : (JSON.parse(context) as Context)
}

function eventAt(pasts: UserPasts, at: number): Pick<Event, 'kind' | 'completion' | 'rating' | 'rewatch'> {
  const [completion, rating] = [pasts.completion[at], pasts.rating[at]]
  return {
    kind: eventKinds[pasts.kind[at]],
    rewatch: pasts.rewatch[at] === 1,
    ...(!Number.isNaN(completion) && { completion }),
    ...(!Number.isNaN(rating) && { rating: { value: rating, min: 0, max: 1 } }),
  }
}
