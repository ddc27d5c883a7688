import type { Csr } from '../math/csr.js'
import type { Dataset } from './dataset.js'

/** What an entry counts in training: 1 if there was any engagement at all, or the engagement itself. */
export type EntryWeight = 'one' | 'engagement'

/**
 * The weight of every entry. One without engagement (refused, dismissed) weighs nothing either way.
 *
 * @param halfLifeDays entries this many days older than the newest of all count half; 0: age does not matter
 */
export function entryWeights({ engagement, days }: Dataset, weight: EntryWeight, halfLifeDays = 0): Float32Array {
  const weights = weight === 'engagement' ? engagement : engagement.map((value) => (value > 0 ? 1 : 0))
  if (halfLifeDays === 0) return weights
  const newest = days.reduce((latest, day) => Math.max(latest, day), Number.NEGATIVE_INFINITY)
  return weights.map((value, entry) => value * Math.max(FAINTEST, 2 ** ((days[entry] - newest) / halfLifeDays)))
}

/** What is very old counts next to nothing rather than nothing, so that its items stay known. */
const FAINTEST = 2 ** -20

/**
 * X: users × columns, one value for each item a user engaged with, however often: the highest weight of its entries. Entries that
 * weigh nothing, and items without a column, are left out.
 *
 * @param columnOf the column of each item row; −1 for none
 * @param halfLifeDays see `entryWeights`
 */
export function interactionMatrix(
  data: Dataset,
  columnOf: Int32Array,
  columns: number,
  weight: EntryWeight,
  halfLifeDays = 0,
): Csr {
  const weights = entryWeights(data, weight, halfLifeDays)
  const start = new Uint32Array(data.userCount + 1)
  const index = new Uint32Array(data.items.length)
  const value = new Float32Array(data.items.length)
  const highest = new Float32Array(columns) // of the current user; zero elsewhere
  let length = 0
  for (let user = 0; user < data.userCount; user++) {
    for (let at = data.start[user]; at < data.start[user + 1]; at++) {
      const column = columnOf[data.items[at]]
      if (column < 0 || weights[at] === 0) continue
      if (highest[column] === 0) index[length++] = column
      highest[column] = Math.max(highest[column], weights[at])
    }
    const touched = index.subarray(start[user], length).sort()
    for (let k = 0; k < touched.length; k++) {
      value[start[user] + k] = highest[touched[k]]
      highest[touched[k]] = 0
    }
    start[user + 1] = length
  }
  return { rows: data.userCount, columns, start, index: index.slice(0, length), value: value.slice(0, length) }
}
