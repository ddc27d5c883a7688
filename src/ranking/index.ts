import type { Ranker, SourceWeights } from './ranker.js'
import { reciprocalRank } from './reciprocal-rank.js'
import { weighted } from './weighted.js'

/** Every ranker a plan may name. */
export const rankers: Readonly<Record<string, (weights: SourceWeights) => Ranker>> = {
  weighted,
  'reciprocal-rank': (weights) => reciprocalRank(weights),
}
