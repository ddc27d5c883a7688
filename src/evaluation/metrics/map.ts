import { depth } from './judgement.js'
import type { RankingMetric } from './metric.js'

/**
 * Average precision — the mean, over the targets that k places could hold, of the precision at each target's rank; its mean is MAP.
 *
 * With ties it is the mean over all orders (McSherry & Najork 2008): of a group of n titles with r targets, given a target at its
 * j-th place, (j − 1)(r − 1)/(n − 1) other targets are expected above it within the group.
 */
export const map: RankingMetric = {
  name: 'map',
  formula: '(1 / min(k, targets)) · Σ_{r ≤ k} rel_r · (hits within r) / r',
  source: 'Manning, Raghavan & Schütze 2008, §8.4, cut at k and normalised by min(k, targets)',
  range: '0–1',
  better: 'higher',

  of(judged, k) {
    const { relevance, tieStart, tieEnd, targets } = judged
    let sum = 0
    let hitsAboveGroup = 0
    for (let place = 0; place < depth(judged, k); place++) {
      const size = tieEnd[place] - tieStart[place] + 1
      const hits = relevance[place] * size
      const aboveInGroup = size === 1 ? 0 : ((place - tieStart[place]) * (hits - 1)) / (size - 1)
      sum += (relevance[place] * (1 + hitsAboveGroup + aboveInGroup)) / (place + 1)
      if (place === tieEnd[place]) hitsAboveGroup += hits
    }
    return sum / Math.min(k, targets)
  },
}
