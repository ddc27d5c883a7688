import { hitsWithin } from './judgement.js'
import type { RankingMetric } from './metric.js'

/** Recall — the share of all targets that are in the list. With more than k targets it cannot reach 1. */
export const recall: RankingMetric = {
  name: 'recall',
  formula: 'hits within k / targets',
  source: 'Manning, Raghavan & Schütze, Introduction to Information Retrieval, 2008, §8.3',
  range: '0–1',
  better: 'higher',

  of: (judged, k) => hitsWithin(judged, k) / judged.targets,
}
