import type { Dataset } from './dataset.js'

/** Where in a dataset each item stands: entry[start[i]] … entry[start[i + 1] − 1], ascending. */
export interface Places {
  readonly start: Uint32Array
  readonly entry: Uint32Array
  /** For every entry of the dataset, where the entries of its user begin and end. */
  readonly userStart: Uint32Array
  readonly userEnd: Uint32Array
}

export function placesOf(data: Dataset): Places {
  const start = new Uint32Array(data.itemCount + 1)
  for (const item of data.items) start[item + 1]++
  for (let item = 0; item < data.itemCount; item++) start[item + 1] += start[item]
  const next = start.slice(0, data.itemCount)
  const entry = new Uint32Array(data.items.length)
  for (let at = 0; at < data.items.length; at++) entry[next[data.items[at]]++] = at
  return { start, entry, ...bounds(data) }
}

function bounds({ userCount, start, items }: Dataset): Pick<Places, 'userStart' | 'userEnd'> {
  const userStart = new Uint32Array(items.length)
  const userEnd = new Uint32Array(items.length)
  for (let user = 0; user < userCount; user++) {
    userStart.fill(start[user], start[user], start[user + 1])
    userEnd.fill(start[user + 1], start[user], start[user + 1])
  }
  return { userStart, userEnd }
}
