import { type Bitmap, has } from '../../math/bitmap.js'
import type { MetricCard } from './metric.js'

export const tailShareCard: MetricCard = {
  name: 'tail-share',
  formula: 'titles outside the head / titles in the list; head = the fewest titles that have 80 % of the training entries',
  source: 'Abdollahpouri, Burke & Mobasher, FLAIRS 2019 (average percentage of long tail items, APLT)',
  range: '0–1',
  better: 'neither',
}

/** The share of the first k titles that are not in the head. NaN for an empty list. */
export function tailShare(ranked: ArrayLike<number>, k: number, head: Bitmap): number {
  const length = Math.min(k, ranked.length)
  let tail = 0
  for (let place = 0; place < length; place++) if (!has(head, ranked[place])) tail++
  return tail / length
}
