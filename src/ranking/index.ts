import { learned } from './learned.js'
import { personalized } from './personalized.js'
import type { Ranker, SourceWeights } from './ranker.js'
import { reciprocalRank } from './reciprocal-rank.js'
import { weighted } from './weighted.js'

/** Every ranker a plan may name, made from the plan's weights and the name of its learned ranker. */
export const rankers: Readonly<Record<string, (weights: SourceWeights, learnedName: string) => Ranker>> = {
  weighted,
  'reciprocal-rank': (weights) => reciprocalRank(weights),
  learned,
  personalized,
}
