import { type Event, eventKinds } from '../domain/event.js'
import type { EventId, ItemId, ItemNo, RecommendationId, UserId, UserKey } from '../domain/ids.js'
import type { Traits } from '../domain/user.js'
import type { Database, Statement } from './database.js'
import type { EventCursor, StoredEvent, UserState } from './store.js'
import { readTraits } from './users.js'

/** An event as a JSON list, in the order of `eventColumns`. */
type EventRow = readonly [
  eventId: EventId,
  sequence: number,
  itemNo: ItemNo,
  itemId: ItemId,
  kind: number,
  rewatch: boolean,
  completion: number | null,
  rating: number | null,
  ratingMin: number | null,
  ratingMax: number | null,
  occurredAt: number,
  context: Event['context'] | null,
  recommendationId: RecommendationId | null,
]

/** Items keep their row, and so their id, when they are deleted: the join always finds one. */
const eventColumns = `
  json_build_array(
    e.event_id, e.sequence, e.item_no, i.item_id, e.kind, e.rewatch, e.completion, e.rating, e.rating_min, e.rating_max,
    (extract(epoch from e.occurred_at) * 1000)::double precision, e.context, e.recommendation_id
  )`

export async function userState(database: Database, userId: UserId, limit: number): Promise<UserState | undefined> {
  interface StateRow {
    readonly user_key: UserKey
    readonly version: number
    readonly traits: Partial<Traits>
    readonly consent_training: boolean
    readonly consent_personalisation: boolean
    readonly events: readonly EventRow[] | null
    readonly seen: Int32Array
  }
  const [row] = await database.query<StateRow>(selectUserState(userId, limit))
  if (row === undefined) return undefined
  return {
    userKey: row.user_key,
    version: row.version,
    traits: readTraits(row.traits),
    consent: { training: row.consent_training, personalisation: row.consent_personalisation },
    events: (row.events ?? []).map((event) => storedEvent(event, userId)),
    seen: row.seen,
  }
}

export async function eventsOfUser(
  database: Database,
  userId: UserId,
  options: { readonly limit: number; readonly before?: EventCursor },
): Promise<readonly StoredEvent[]> {
  const rows = await database.query<{ event: EventRow }>(selectEventsOfUser(userId, options.limit, options.before))
  return rows.map(({ event }) => storedEvent(event, userId))
}

/** Every event, user by user. One page holds whole users, as many as have about `batch` events together. */
export async function* allEvents(database: Database, batch: number): AsyncIterable<readonly Event[]> {
  for (let after = 0; ; ) {
    const upTo = await pageEnd(database, after, batch)
    if (upTo === undefined) return
    const rows = await database.query<{ user_id: UserId; event: EventRow }>(selectEventsOfUsers(after, upTo))
    for (let from = 0; from < rows.length; from += batch) {
      yield rows.slice(from, from + batch).map(({ user_id, event }) => storedEvent(event, user_id).event)
    }
    after = upTo
  }
}

/** The last user of the page that begins after `after`; undefined when there is none. At least one user, however many events. */
export async function pageEnd(database: Database, after: number, events: number): Promise<number | undefined> {
  const [row] = await database.query<{ up_to: number | null }>({
    text: `
      select max(user_key) as up_to
      from (
        select user_key, sum(event_count) over (order by user_key) - event_count as before
        from (select user_key, event_count from sona.users where user_key > $1 order by user_key limit $2) page
      ) counted
      where before < $2`,
    values: [after, events],
  })
  return row?.up_to ?? undefined
}

function storedEvent(row: EventRow, userId: UserId): StoredEvent {
  const [eventId, sequence, itemNo, itemId, kind, rewatch, completion, rating, min, max, occurredAt, context, recommendationId] =
    row
  const event: Event = {
    eventId,
    userId,
    itemId,
    kind: eventKinds[kind]!,
    rewatch,
    occurredAt,
    ...(completion !== null && { completion }),
    ...(rating !== null && min !== null && max !== null && { rating: { value: rating, min, max } }),
    ...(context && { context }),
    ...(recommendationId !== null && { recommendationId }),
  }
  return { event, itemNo, sequence }
}

/** Indexes users_id, events_newest (as many entries as the limit) and events_seen (an index-only scan where pages are clean). */
export function selectUserState(userId: UserId, limit: number): Statement {
  return {
    name: 'sona-user-state',
    text: `
      select
        u.user_key, u.version, u.traits, u.consent_training, u.consent_personalisation,
        (
          select json_agg(newest.event)
          from (
            select ${eventColumns} as event
            from sona.events e
            join sona.items i using (item_no)
            where e.user_key = u.user_key
            order by e.occurred_at desc, e.sequence desc
            limit $2
          ) newest
        ) as events,
        array(
          select distinct e.item_no
          from sona.events e
          where e.user_key = u.user_key and e.seen
          order by e.item_no
        ) as seen
      from sona.users u
      where u.user_id = $1`,
    values: [userId, limit],
  }
}

/** Indexes users_id and events_newest. */
export function selectEventsOfUser(userId: UserId, limit: number, before: EventCursor | undefined): Statement {
  return {
    text: `
      select ${eventColumns} as event
      from sona.events e
      join sona.items i using (item_no)
      where e.user_key = (select user_key from sona.users where user_id = $1)
        ${before === undefined ? '' : 'and (e.occurred_at, e.sequence) < (to_timestamp($3::double precision / 1000), $4::bigint)'}
      order by e.occurred_at desc, e.sequence desc
      limit $2`,
    values: [userId, limit, ...(before === undefined ? [] : [before.occurredAt, before.sequence])],
  }
}

/** Indexes users_pkey and events_newest. */
function selectEventsOfUsers(after: number, upTo: number): Statement {
  return {
    text: `
      select u.user_id, ${eventColumns} as event
      from sona.events e
      join sona.users u using (user_key)
      join sona.items i using (item_no)
      where e.user_key > $1 and e.user_key <= $2
      order by e.user_key, e.occurred_at, e.sequence`,
    values: [after, upTo],
  }
}
