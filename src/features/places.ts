import type { Dataset } from './dataset.js'

/** Where in a dataset each item stands: entry[start[i]] … entry[start[i + 1] − 1], ascending. */
export interface Places {
  readonly start: Uint32Array
  readonly entry: Uint32Array
  /** For every entry of the dataset, where the entries of its user end. */
  readonly userEnd: Uint32Array
}

export function placesOf(data: Dataset): Places {
  const start = new Uint32Array(data.itemCount + 1)
  for (const item of data.items) start[item + 1]++
  for (let item = 0; item < data.itemCount; item++) start[item + 1] += start[item]
  const next = start.slice(0, data.itemCount)
  const entry = new Uint32Array(data.items.length)
  for (let at = 0; at < data.items.length; at++) entry[next[data.items[at]]++] = at
  return { start, entry, userEnd: userEnds(data) }
}

function userEnds({ userCount, start, items }: Dataset): Uint32Array {
  const end = new Uint32Array(items.length)
  for (let user = 0; user < userCount; user++) end.fill(start[user + 1], start[user], start[user + 1])
  return end
}
