import { assert } from '../domain/errors.js'
import type { Dataset } from '../features/dataset.js'
import { fingerprintOf } from '../features/fingerprint.js'
import { type Bitmap, has } from '../math/bitmap.js'

/**
 * The dataset with only the entries in `kept` (a set over entry positions), over shared buffers. User rows and item rows stay what
 * they were, so that rows mean the same before and after the cut: a user or an item may be left without entries.
 */
export function cutDataset(dataset: Dataset, kept: Bitmap, asOfDay: number): Dataset {
  assert(kept.size === dataset.items.length, 'a set over all entries of the dataset')
  const start = new Uint32Array(new SharedArrayBuffer((dataset.userCount + 1) * 4))
  for (let user = 0; user < dataset.userCount; user++) {
    start[user + 1] = start[user]
    for (let entry = dataset.start[user]; entry < dataset.start[user + 1]; entry++) if (has(kept, entry)) start[user + 1]++
  }
  const length = start[dataset.userCount]
  const items = new Uint32Array(new SharedArrayBuffer(length * 4))
  const engagement = new Float32Array(new SharedArrayBuffer(length * 4))
  const days = new Float64Array(new SharedArrayBuffer(length * 8))
  let at = 0
  for (let entry = 0; entry < dataset.items.length; entry++) {
    if (!has(kept, entry)) continue
    items[at] = dataset.items[entry]
    engagement[at] = dataset.engagement[entry]
    days[at++] = dataset.days[entry]
  }
  const { userCount, itemCount, itemNos } = dataset
  const content = { userCount, itemCount, start, items, engagement, days, itemNos, asOfDay }
  return { ...content, fingerprint: fingerprintOf(content) }
}
