import type { Csr } from '../math/csr.js'
import type { Dataset } from './dataset.js'

/** What an entry counts in training: 1 if there was any engagement at all, or the engagement itself. */
export type EntryWeight = 'one' | 'engagement'

/** The weight of every entry. One without engagement (refused, dismissed) weighs nothing either way. */
export function entryWeights({ engagement }: Dataset, weight: EntryWeight): Float32Array {
  return weight === 'engagement' ? engagement : engagement.map((value) => (value > 0 ? 1 : 0))
}

/**
 * X: users × columns, one value for each item a user engaged with, however often: the highest weight of its entries. Entries that
 * weigh nothing, and items without a column, are left out.
 *
 * @param columnOf the column of each item row; −1 for none
 */
export function interactionMatrix(data: Dataset, columnOf: Int32Array, columns: number, weight: EntryWeight): Csr {
  const weights = entryWeights(data, weight)
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
