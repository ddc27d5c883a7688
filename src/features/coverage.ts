import type { Dataset } from './dataset.js'

/** How many entries each item row has. */
export function entriesPerItem(data: Dataset): Uint32Array {
  const counts = new Uint32Array(data.itemCount)
  for (const item of data.items) counts[item]++
  return counts
}

/**
 * The item rows, ascending, that an item × item matrix of 32-bit numbers may cover within a budget: every item with an entry, or,
 * when these are too many, the most frequent ones (of equals, the lower rows).
 */
export function coveredItems(data: Dataset, maxBytes: number): Uint32Array {
  const counts = entriesPerItem(data)
  const active = Uint32Array.from(counts.keys()).filter((item) => counts[item] > 0)
  const room = Math.floor(Math.sqrt(maxBytes / Float32Array.BYTES_PER_ELEMENT))
  if (active.length <= room) return active
  return active
    .sort((a, b) => counts[b] - counts[a] || a - b)
    .slice(0, room)
    .sort()
}
