/**
 * The training read: pages of whole users in PostgreSQL's binary COPY format (signature of 11 bytes, two i32, then per row the
 * number of fields i16 and per field its length i32 and its data, all big-endian), decoded straight into columns.
 */
import { assert } from '../domain/errors.js'
import { normalisedRating } from '../domain/event.js'
import { epochMsFromPostgres } from './binary-arrays.js'
import type { Database } from './database.js'
import { pageEnd } from './events-read.js'
import type { EventColumns } from './store.js'

/** Sorts within PostgreSQL's default work_mem; larger pages are no faster. Small on the embedded database, where answers wait for a page. */
const DEFAULT_BATCH = { embedded: 2_000, server: 30_000 } as const

/** Memory stays flat: one page of about `batch` events at a time. Pages without any event that may teach are left out. */
export async function* trainingColumns(
  database: Database,
  options: { readonly before?: number; readonly batch?: number },
): AsyncIterable<EventColumns> {
  const batch = options.batch ?? DEFAULT_BATCH[database.kind]
  for (let after = 0; ; ) {
    const upTo = await pageEnd(database, after, batch)
    if (upTo === undefined) return
    const columns = decodeColumns(await database.copyOut(selectTrainingRows(after, upTo, options.before)))
    if (columns.itemNo.length > 0) yield columns
    after = upTo
  }
}

/** Index events_newest, or a scan when the page is most of the table. COPY takes no parameters: these are numbers. */
export function selectTrainingRows(after: number, upTo: number, before: number | undefined): string {
  const isBefore = before === undefined ? '' : `and e.occurred_at < to_timestamp(${Number(before)}::double precision / 1000)`
  return `
    select
      e.user_key, e.item_no, e.kind, e.rewatch, e.occurred_at, e.completion, e.rating, e.rating_min, e.rating_max,
      e.context ->> 'device', e.context ->> 'timeZone'
    from sona.events e
    join sona.users u using (user_key)
    where e.user_key > ${Number(after)} and e.user_key <= ${Number(upTo)} and u.consent_training ${isBefore}
    order by e.user_key, e.occurred_at, e.sequence`
}

const FIELDS = 11
const SIGNATURE_BYTES = 19
/** A row without any null has this many bytes; shorter rows only make the estimate of the row count too low. */
const LEAST_ROW_BYTES = 2 + FIELDS * 4 + 8 + 4 + 2 + 1 + 8

function decodeColumns(bytes: Uint8Array): EventColumns {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const most = Math.floor((bytes.byteLength - SIGNATURE_BYTES) / LEAST_ROW_BYTES)
  const columns = {
    userKey: new Float64Array(most),
    itemNo: new Int32Array(most),
    kind: new Uint8Array(most),
    completion: new Float32Array(most),
    rating: new Float32Array(most),
    rewatch: new Uint8Array(most),
    occurredAt: new Float64Array(most),
  }
  const devices: (string | null)[] = []
  const timeZones: (string | null)[] = []
  const word = createWords()
  let at = SIGNATURE_BYTES
  let row = 0
  const optionalFloat = (): number => {
    const length = view.getInt32(at)
    at += 4
    if (length < 0) return Number.NaN
    at += 8
    return view.getFloat64(at - 8)
  }
  const optionalWord = (): string | null => {
    const length = view.getInt32(at)
    at += 4
    if (length < 0) return null
    at += length
    return word(Buffer.from(bytes.buffer, bytes.byteOffset + at - length, length).toString())
  }
  for (; view.getInt16(at) >= 0; row++) {
    assert(view.getInt16(at) === FIELDS, 'a training row has eleven fields')
    columns.userKey[row] = readInt8(view, at + 6)
    columns.itemNo[row] = view.getInt32(at + 18)
    columns.kind[row] = view.getInt16(at + 26)
    columns.rewatch[row] = view.getUint8(at + 32)
    columns.occurredAt[row] = epochMsFromPostgres(readInt8(view, at + 37))
    at += 45
    columns.completion[row] = optionalFloat()
    const value = optionalFloat()
    const min = optionalFloat()
    const max = optionalFloat()
    columns.rating[row] = normalisedRating({ value, min, max }) // NaN from absent numbers
    devices.push(optionalWord())
    timeZones.push(optionalWord())
  }
  return {
    userKey: columns.userKey.subarray(0, row),
    itemNo: columns.itemNo.subarray(0, row),
    kind: columns.kind.subarray(0, row),
    completion: columns.completion.subarray(0, row),
    rating: columns.rating.subarray(0, row),
    rewatch: columns.rewatch.subarray(0, row),
    occurredAt: columns.occurredAt.subarray(0, row),
    device: devices,
    timeZone: timeZones,
  }
}

/** Gives equal words as one string: there are few, and a page has thousands of them. */
function createWords(): (word: string) => string {
  const known = new Map<string, string>()
  return (word) => {
    const before = known.get(word)
    if (before === undefined) known.set(word, word)
    return before ?? word
  }
}

export function readInt8(view: DataView, at: number): number {
  return view.getInt32(at) * 4_294_967_296 + view.getUint32(at + 4)
}
