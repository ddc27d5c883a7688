import { assert } from '../domain/errors.js'
import { normalisedRating } from '../domain/event.js'
import type { UserKey } from '../domain/ids.js'
import { epochMsFromPostgres } from './binary-arrays.js'
import type { Database } from './database.js'
import type { UserPasts } from './store.js'
import { readInt8 } from './training-columns.js'

/** One read in PostgreSQL's binary COPY format (training-columns.ts describes it). */
export async function pastsOf(
  database: Database,
  users: readonly { readonly userKey: UserKey; readonly after: number }[],
): Promise<UserPasts> {
  if (users.length === 0) return { start: new Uint32Array(1), contexts: [], ...allocate(0) }
  return decodePasts(await database.copyOut(selectPasts(users)), users.length)
}

/** Contexts are long: of older events only the last few are read, of which the forgetting guard asks some. */
const CONTEXTS_BEFORE = 200

/**
 * Index events_newest, once for each user; `offset 0` keeps the planner from reading every event for the sake of eight users, as it does with a
 * plain join in stores of some hundred thousand. COPY takes no parameters: these are numbers.
 */
export function selectPasts(users: readonly { readonly userKey: UserKey; readonly after: number }[]): string {
  const rows = users.map(({ userKey, after }, at) => `(${at}, ${Number(userKey)}::bigint, ${Number(after)}::bigint)`)
  return `
    select
      w.place, e.sequence, e.item_no, e.kind, e.rewatch, e.occurred_at, e.completion, e.rating, e.rating_min, e.rating_max, e.context
    from (values ${rows.join(', ')}) as w(place, user_key, after)
    cross join lateral (
      select
        sequence, item_no, kind, rewatch, occurred_at, completion, rating, rating_min, rating_max,
        case when sequence > w.after - ${CONTEXTS_BEFORE} then context::text end as context
      from sona.events
      where user_key = w.user_key
      offset 0
    ) e
    order by w.place, e.occurred_at, e.sequence`
}

const FIELDS = 11
const SIGNATURE_BYTES = 19
/** A row without any number that may be absent; with some the estimate of the row count is only too high. */
const LEAST_ROW_BYTES = 2 + FIELDS * 4 + 4 + 8 + 4 + 2 + 1 + 8

function decodePasts(bytes: Uint8Array, users: number): UserPasts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const most = Math.floor((bytes.byteLength - SIGNATURE_BYTES) / LEAST_ROW_BYTES)
  const columns = allocate(most)
  const start = new Uint32Array(users + 1)
  const contexts: (string | null)[] = []
  let at = SIGNATURE_BYTES
  const optionalFloat = (): number => {
    const length = view.getInt32(at)
    at += 4
    if (length < 0) return Number.NaN
    at += 8
    return view.getFloat64(at - 8)
  }
  const optionalText = (): string | null => {
    const length = view.getInt32(at)
    at += 4
    if (length < 0) return null
    at += length
    return Buffer.from(bytes.buffer, bytes.byteOffset + at - length, length).toString()
  }
  let row = 0
  for (; view.getInt16(at) >= 0; row++) {
    assert(view.getInt16(at) === FIELDS, 'a row of a past has eleven fields')
    start[view.getInt32(at + 6) + 1]++
    columns.sequence[row] = readInt8(view, at + 14)
    columns.itemNo[row] = view.getInt32(at + 26)
    columns.kind[row] = view.getInt16(at + 34)
    columns.rewatch[row] = view.getUint8(at + 40)
    columns.occurredAt[row] = epochMsFromPostgres(readInt8(view, at + 45))
    at += 53
    columns.completion[row] = optionalFloat()
    const rating = { value: optionalFloat(), min: optionalFloat(), max: optionalFloat() }
    columns.rating[row] = normalisedRating(rating) // NaN from absent numbers
    contexts.push(optionalText())
  }
  for (let user = 0; user < users; user++) start[user + 1] += start[user]
  return { start, contexts, ...cut(columns, row) }
}

type Columns = ReturnType<typeof allocate>

function allocate(rows: number) {
  return {
    sequence: new Float64Array(rows),
    itemNo: new Int32Array(rows),
    kind: new Uint8Array(rows),
    completion: new Float64Array(rows),
    rating: new Float64Array(rows),
    rewatch: new Uint8Array(rows),
    occurredAt: new Float64Array(rows),
  }
}

function cut(columns: Columns, rows: number): Columns {
  return {
    sequence: columns.sequence.subarray(0, rows),
    itemNo: columns.itemNo.subarray(0, rows),
    kind: columns.kind.subarray(0, rows),
    completion: columns.completion.subarray(0, rows),
    rating: columns.rating.subarray(0, rows),
    rewatch: columns.rewatch.subarray(0, rows),
    occurredAt: columns.occurredAt.subarray(0, rows),
  }
}
