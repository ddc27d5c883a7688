import { SonaError } from '../domain/errors.js'
import { countsAsSeen, type Event, eventKinds } from '../domain/event.js'
import type { UserId } from '../domain/ids.js'
import { boolArray, float8Array, int2Array, int4Array, textArray, timestampArray } from './binary-arrays.js'
import type { Database, Statement } from './database.js'
import { holdsNul } from './nul.js'
import type { EventAppend, EventReceipt } from './store.js'

interface AppendRow {
  /** By distinct item; −1 where there is none. */
  readonly item_nos: Int32Array
  /** By distinct user; 0 where there is none. */
  readonly versions: readonly number[]
  /** Events, counted from 1, that were not written although their item exists. */
  readonly duplicates: Int32Array
}

const accepted: EventReceipt = { result: 'accepted' }
const duplicate: EventReceipt = { result: 'duplicate' }
const itemNotFound: EventReceipt = { result: 'item-not-found' }

/** One statement, one round trip, one transaction: the database function `sona.append_events` does the rest. */
export async function appendEvents(database: Database, events: readonly Event[]): Promise<EventAppend> {
  if (events.length === 0) return { receipts: [], versions: new Map() }
  const users = new Places(events.map(({ userId }) => userId))
  const items = new Places(events.map(({ itemId }) => itemId))
  const [row] = await database.query<AppendRow>(appendStatement(events, users, items))
  const { item_nos, versions, duplicates } = row!

  const receipts = items.of.map((item): EventReceipt => (item_nos[item]! < 0 ? itemNotFound : accepted))
  for (const place of duplicates) receipts[place - 1] = duplicate
  const known = users.distinct.flatMap((userId, at): [UserId, number][] => (versions[at]! > 0 ? [[userId, versions[at]!]] : []))
  return { receipts, versions: new Map(known) }
}

/** Each distinct id once, and for each event where its id stands. */
class Places<Id extends string> {
  readonly distinct: Id[] = []
  readonly of: number[] = []

  constructor(ids: readonly Id[]) {
    const places = new Map<Id, number>()
    for (const id of ids) {
      let place = places.get(id)
      if (place === undefined) {
        place = this.distinct.push(id) - 1
        places.set(id, place)
      }
      this.of.push(place)
    }
  }
}

function appendStatement(events: readonly Event[], users: Places<string>, items: Places<string>): Statement {
  for (const event of events) refuseNulCharacter(event)
  const counts = new Int32Array(users.distinct.length)
  const ordinals = users.of.map((user) => ++counts[user]!)
  return {
    name: 'sona-append',
    text: `
      select *
      from sona.append_events(
        $1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[], $6::text[], $7::smallint[], $8::boolean[],
        $9::boolean[], $10::double precision[], $11::double precision[], $12::double precision[], $13::double precision[],
        $14::timestamptz[], $15::text[], $16::text[]
      )`,
    values: [
      textArray(users.distinct),
      textArray(items.distinct),
      int4Array(users.of.map(fromOne)),
      int4Array(items.of.map(fromOne)),
      int4Array(ordinals),
      textArray(events.map(({ eventId }) => eventId)),
      int2Array(events.map(({ kind }) => eventKinds.indexOf(kind))),
      boolArray(events.map(({ kind, completion }) => countsAsSeen(kind, completion))),
      boolArray(events.map(({ rewatch }) => rewatch)),
      float8Array(events.map(({ completion }) => completion ?? Number.NaN)),
      float8Array(events.map(({ rating }) => rating?.value ?? Number.NaN)),
      float8Array(events.map(({ rating }) => rating?.min ?? Number.NaN)),
      float8Array(events.map(({ rating }) => rating?.max ?? Number.NaN)),
      timestampArray(events.map(({ occurredAt }) => occurredAt)),
      textArray(events.map(({ context }) => context && JSON.stringify(context))),
      textArray(events.map(({ recommendationId }) => recommendationId)),
    ],
  }
}

/** PostgreSQL counts array elements from 1. */
function fromOne(place: number): number {
  return place + 1
}

function refuseNulCharacter(event: Event): void {
  const { eventId, userId, itemId, recommendationId, context } = event
  if (![eventId, userId, itemId, recommendationId, context].some((field) => holdsNul(field))) return
  throw new SonaError('INVALID_EVENT', `Event '${eventId}' holds the character U+0000, which cannot be stored.`)
}
