import type { Dataset } from './dataset.js'
import { entryWeights } from './interactions.js'

/** The past of everybody, in order, and who has an item. Row numbers name nobody and mean nothing outside. */
export interface UserRows {
  /** Row v is items[start[v]] … items[start[v + 1] − 1], oldest first. Length users + 1. */
  readonly start: Uint32Array
  readonly items: Uint32Array
  /** Item i is in the rows owners[ownerStart[i]] … owners[ownerStart[i + 1] − 1], ascending, none twice. Length items + 1. */
  readonly ownerStart: Uint32Array
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
  return { start, items: kept, ...ownersOf(start, kept, data.itemCount) }
}

function ownersOf(start: Uint32Array, items: Uint32Array, itemCount: number): Pick<UserRows, 'ownerStart' | 'owners'> {
  const ownerStart = new Uint32Array(itemCount + 1)
  eachOwned(start, items, itemCount, (_, item) => ownerStart[item + 1]++)
  for (let item = 0; item < itemCount; item++) ownerStart[item + 1] += ownerStart[item]
  const next = ownerStart.slice(0, itemCount)
  const owners = new Uint32Array(ownerStart[itemCount])
  eachOwned(start, items, itemCount, (user, item) => {
    owners[next[item]++] = user
  })
  return { ownerStart, owners }
}

/** Every user with every item of theirs, once. */
function eachOwned(start: Uint32Array, items: Uint32Array, itemCount: number, visit: (user: number, item: number) => void): void {
  const lastOwner = new Int32Array(itemCount).fill(-1)
  for (let user = 0; user + 1 < start.length; user++) {
    for (let at = start[user]; at < start[user + 1]; at++) {
      if (lastOwner[items[at]] === user) continue
      lastOwner[items[at]] = user
      visit(user, items[at])
    }
  }
}
