import { assert } from '../domain/errors.js'
import type { Dataset } from './dataset.js'
import { copyDetail, createDetails, type EntryDetail, type EntryDetails, setDetail, shortened } from './entry-details.js'
import { fingerprintOf } from './fingerprint.js'

/** Collects events, one call each and in any order of users, and sorts them into a Dataset at the end. */
export interface DatasetBuilder {
  /**
   * @param userOrdinal 0, 1, 2, … one number per user, private to this builder
   * @param itemRow the item's place in the `itemNos` the builder was made with
   * @param engagement 0–1, see engagement.ts
   * @param day when, in days since 1970, with fraction
   * @param detail the dataset has details when any entry has
   */
  add(userOrdinal: number, itemRow: number, engagement: number, day: number, detail?: EntryDetail): void
  /**
   * Entries of one user are ordered by day, and as they were added where the day is the same. Neighbours on the same item become
   * one visit (started, half-way, finished is one sitting): the latest day and details, the highest engagement. What happened on `asOfDay` or
   * later is left out, so that nothing in the dataset comes from after its own date. May be called again after more calls of `add`.
   */
  build(options: { readonly asOfDay: number }): Dataset
}

/** A builder over the items whose durable numbers are given, ascending. */
export function createDatasetBuilder(itemNos: Int32Array): DatasetBuilder {
  assert(isAscending(itemNos), 'item numbers ascend')
  let entries = allocate(1024)
  let length = 0
  let userCount = 0
  let isDetailed = false

  return {
    add(userOrdinal, itemRow, engagement, day, detail) {
      assert(Number.isSafeInteger(userOrdinal) && userOrdinal >= 0, 'a user ordinal')
      assert(itemRow >= 0 && itemRow < itemNos.length, 'an item row of this builder')
      assert(engagement >= 0 && engagement <= 1 && Number.isFinite(day), 'engagement 0–1 on some day')
      if (length === entries.users.length) entries = grown(entries)
      entries.users[length] = userOrdinal
      entries.items[length] = itemRow
      entries.engagement[length] = engagement
      entries.days[length] = day
      setDetail(entries.details, length, detail ?? { liking: engagement > 0 ? 1 : -1 })
      isDetailed ||= detail !== undefined
      length++
      userCount = Math.max(userCount, userOrdinal + 1)
    },

    build({ asOfDay }) {
      const grouped = groupByUser(entries, length, userCount, asOfDay)
      sortByDay(grouped.start, grouped.order, entries.days)
      const { details, ...data } = visits(entries, grouped, itemNos.slice(), asOfDay)
      return isDetailed ? { ...data, details } : data
    },
  }
}

/** The same dataset without the items nobody touched. Rows are numbered anew; `itemNos` says what each stands for. */
export function restrictToActive(data: Dataset): Dataset {
  const isActive = new Uint8Array(data.itemCount)
  for (const item of data.items) isActive[item] = 1
  const rowOf = new Uint32Array(data.itemCount)
  let itemCount = 0
  for (let item = 0; item < data.itemCount; item++) {
    rowOf[item] = itemCount
    itemCount += isActive[item]
  }
  if (itemCount === data.itemCount) return data
  const restricted = {
    ...data,
    itemCount,
    items: data.items.map((item) => rowOf[item]),
    itemNos: data.itemNos.filter((_, item) => isActive[item] === 1),
  }
  return { ...restricted, fingerprint: fingerprintOf(restricted) }
}

/** Entries as they came; the arrays have room for more than there are. */
interface Entries {
  readonly users: Uint32Array
  readonly items: Uint32Array
  readonly engagement: Float32Array
  readonly days: Float64Array
  readonly details: EntryDetails
}

function allocate(capacity: number): Entries {
  return {
    users: new Uint32Array(capacity),
    items: new Uint32Array(capacity),
    engagement: new Float32Array(capacity),
    days: new Float64Array(capacity),
    details: createDetails(capacity),
  }
}

function grown(entries: Entries): Entries {
  const larger = allocate(2 * entries.users.length)
  larger.users.set(entries.users)
  larger.items.set(entries.items)
  larger.engagement.set(entries.engagement)
  larger.days.set(entries.days)
  larger.details.liking.set(entries.details.liking)
  larger.details.device.set(entries.details.device)
  larger.details.localHour.set(entries.details.localHour)
  return larger
}

/** Numbers of entries, grouped by user: those of user u are order[start[u]] … order[start[u + 1] − 1]. */
interface Grouped {
  readonly start: Uint32Array
  readonly order: Uint32Array
}

/** Counting sort by user of the entries before `asOfDay`; within a user they stay as they were added. */
function groupByUser({ users, days }: Entries, length: number, userCount: number, asOfDay: number): Grouped {
  const start = new Uint32Array(userCount + 1)
  for (let entry = 0; entry < length; entry++) if (days[entry] < asOfDay) start[users[entry] + 1]++
  for (let user = 0; user < userCount; user++) start[user + 1] += start[user]
  const order = new Uint32Array(start[userCount])
  const next = start.slice(0, userCount)
  for (let entry = 0; entry < length; entry++) if (days[entry] < asOfDay) order[next[users[entry]]++] = entry
  return { start, order }
}

/** Orders each user's entries by day, in place. Most come ordered, and those are only looked at. */
function sortByDay(start: Uint32Array, order: Uint32Array, days: Float64Array): void {
  // `order` ascends within a user, so the entry number itself breaks ties in favour of what came first.
  const earlier = (a: number, b: number) => days[a] - days[b] || a - b
  for (let user = 0; user + 1 < start.length; user++) {
    for (let at = start[user] + 1; at < start[user + 1]; at++) {
      if (days[order[at - 1]] <= days[order[at]]) continue
      order.subarray(start[user], start[user + 1]).sort(earlier)
      break
    }
  }
}

type Detailed = Dataset & { readonly details: EntryDetails }

/** Copies the entries out in order, neighbours on the same item merged. */
function visits(entries: Entries, grouped: Grouped, itemNos: Int32Array, asOfDay: number): Detailed {
  const userCount = grouped.start.length - 1
  const start = new Uint32Array(userCount + 1)
  const items = new Uint32Array(grouped.order.length)
  const engagement = new Float32Array(grouped.order.length)
  const days = new Float64Array(grouped.order.length)
  const details = createDetails(grouped.order.length)
  let length = 0
  for (let user = 0; user < userCount; user++) {
    for (let at = grouped.start[user]; at < grouped.start[user + 1]; at++) {
      const entry = grouped.order[at]
      const isNewVisit = length === start[user] || items[length - 1] !== entries.items[entry]
      if (isNewVisit) items[length++] = entries.items[entry]
      engagement[length - 1] = isNewVisit
        ? entries.engagement[entry]
        : Math.max(engagement[length - 1], entries.engagement[entry])
      days[length - 1] = entries.days[entry]
      copyDetail(entries.details, entry, details, length - 1)
    }
    start[user + 1] = length
  }
  const data = {
    userCount,
    itemCount: itemNos.length,
    start,
    items: items.slice(0, length),
    engagement: engagement.slice(0, length),
    days: days.slice(0, length),
    itemNos,
    asOfDay,
  }
  return { ...data, details: shortened(details, length), fingerprint: fingerprintOf(data) }
}

function isAscending(numbers: Int32Array): boolean {
  return numbers.every((number, at) => at === 0 || number > numbers[at - 1])
}
