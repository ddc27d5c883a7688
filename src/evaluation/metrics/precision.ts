import { hitsWithin } from './judgement.js'
import type { RankingMetric } from './metric.js'

/** Precision — the share of the k places that hold a target. A list shorter than k is not excused. */
export const precision: RankingMetric = {
  name: 'precision',
  formula: 'hits within k / k',
  source: 'Manning, Raghavan & Schütze, Introduction to Information Retrieval, 2008, §8.3',
  range: '0–1',
  better: 'higher',

  of: (judged, k) => hitsWithin(judged, k) / k,
}
