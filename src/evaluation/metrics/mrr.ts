import { depth, firstHitChances } from './judgement.js'
import type { RankingMetric } from './metric.js'

/** Reciprocal rank — one over the rank of the first target; its mean is MRR. */
export const mrr: RankingMetric = {
  name: 'mrr',
  formula: '1 / rank of the first target within k, 0 if there is none',
  source: 'Voorhees, "The TREC-8 question answering track report", 1999',
  range: '0–1',
  better: 'higher',

  of: (judged, k) => firstHitChances(judged, depth(judged, k)).reduce((sum, chance, place) => sum + chance / (place + 1), 0),
}
