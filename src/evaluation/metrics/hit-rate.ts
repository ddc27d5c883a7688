import { depth, firstHitChances } from './judgement.js'
import type { RankingMetric } from './metric.js'

/** Hit rate — whether the list holds any target at all. With one target it equals recall. */
export const hitRate: RankingMetric = {
  name: 'hit-rate',
  formula: '1 if any target is within k, else 0',
  source: 'Deshpande & Karypis, "Item-based top-N recommendation algorithms", TOIS 2004',
  range: '0–1',
  better: 'higher',

  of: (judged, k) => firstHitChances(judged, depth(judged, k)).reduce((sum, chance) => sum + chance, 0),
}
