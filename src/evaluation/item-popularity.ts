import type { Dataset } from '../features/dataset.js'
import { type Bitmap, create, set } from '../math/bitmap.js'

/** How known each title was when the models learned. */
export interface Popularity {
  /** Training entries of each item. */
  readonly entries: Uint32Array
  /** Different training users of each item. */
  readonly users: Uint32Array
  /** Training users with at least one entry. */
  readonly userCount: number
}

/** Counts the training data, O(entries). */
export function popularityOf(train: Dataset): Popularity {
  const entries = new Uint32Array(train.itemCount)
  const users = new Uint32Array(train.itemCount)
  const lastUserOf = new Int32Array(train.itemCount).fill(-1)
  let userCount = 0
  for (let user = 0; user < train.userCount; user++) {
    if (train.start[user + 1] > train.start[user]) userCount++
    for (let at = train.start[user]; at < train.start[user + 1]; at++) {
      const item = train.items[at]
      entries[item]++
      if (lastUserOf[item] !== user) users[item]++
      lastUserOf[item] = user
    }
  }
  return { entries, users, userCount }
}

/**
 * The short head: the fewest titles that together have `share` of the training entries, most popular first and equal ones by row.
 * All other titles are the tail. 80 % is the boundary of Abdollahpouri, Burke & Mobasher, "Managing popularity bias in
 * recommender systems with personalized re-ranking", FLAIRS 2019.
 */
export function headOf({ entries }: Popularity, share = 0.8): Bitmap {
  const head = create(entries.length)
  const order = Uint32Array.from(entries.keys()).sort((a, b) => entries[b] - entries[a] || a - b)
  const wanted = share * entries.reduce((sum, count) => sum + count, 0)
  let sum = 0
  for (const item of order) {
    if (sum >= wanted || entries[item] === 0) break
    set(head, item)
    sum += entries[item]
  }
  return head
}
