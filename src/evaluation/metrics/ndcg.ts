import { depth } from './judgement.js'
import type { RankingMetric } from './metric.js'

/**
 * NDCG — how much of the best possible gain a list has, where a target at rank r is worth 1/log₂(r + 1).
 * Järvelin & Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 2002, with binary relevance.
 */
export const ndcg: RankingMetric = {
  name: 'ndcg',
  formula: 'DCG / IDCG, DCG = Σ_{r ≤ k} rel_r / log₂(r + 1), IDCG = the same sum with min(k, targets) hits on top',
  source: 'Järvelin & Kekäläinen, TOIS 2002 (binary relevance)',
  range: '0–1',
  better: 'higher',

  of(judged, k) {
    let gain = 0
    for (let place = 0; place < depth(judged, k); place++) gain += judged.relevance[place] / Math.log2(place + 2)
    let ideal = 0
    for (let place = 0; place < Math.min(k, judged.targets); place++) ideal += 1 / Math.log2(place + 2)
    return gain / ideal
  },
}
