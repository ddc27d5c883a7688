import type { Dataset } from './dataset.js'
import { entryWeights } from './interactions.js'

/** The past of everybody, in order, and where each item stands in it. Row numbers name nobody and mean nothing outside. */
export interface UserRows {
  /** Row v is items[start[v]] … items[start[v + 1] − 1], oldest first. Length users + 1. */
  readonly start: Uint32Array
  readonly items: Uint32Array
  /** Item i stands at the places places[placeStart[i]] … places[placeStart[i + 1] − 1] of `items`, ascending. Length items + 1. */
  readonly placeStart: Uint32Array
  readonly places: Uint32Array
  /** The row that each of `places` is in. */
  readonly owners: Uint32Array
}

/** The newest entries of each user, without those that say no. */
export function userRowsOf(data: Dataset, maxEntriesPerUser: number): UserRows {
  const wanted = entryWeights(data, 'one')
  const start = new Uint32Array(data.userCount + 1)
  const items = new Uint32Array(data.items.length)
  let length = 0
  for (let user = 0; user < data.userCount; user++) {
    const end = data.start[user + 1]
    for (let at = Math.max(data.start[user], end - maxEntriesPerUser); at < end; at++) {
      if (wanted[at] > 0) items[length++] = data.items[at]
    }
    start[user + 1] = length
  }
  const kept = items.slice(0, length)
  return { start, items: kept, ...placesOf(start, kept, data.itemCount) }
}

function placesOf(start: Uint32Array, items: Uint32Array, itemCount: number): Omit<UserRows, 'start' | 'items'> {
  const placeStart = new Uint32Array(itemCount + 1)
  for (const item of items) placeStart[item + 1]++
  for (let item = 0; item < itemCount; item++) placeStart[item + 1] += placeStart[item]
  const next = placeStart.slice(0, itemCount)
  const places = new Uint32Array(items.length)
  const owners = new Uint32Array(items.length)
  for (let row = 0; row + 1 < start.length; row++) {
    for (let place = start[row]; place < start[row + 1]; place++) {
      const at = next[items[place]]++
      places[at] = place
      owners[at] = row
    }
  }
  return { placeStart, places, owners }
}
