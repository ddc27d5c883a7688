import { itemIndex } from '../domain/ids.js'
import type { Candidate } from '../domain/recommendation.js'
import { topK } from '../math/top-k.js'
import type { Scorer } from '../world/score-memo.js'
import type { World } from '../world/visit.js'

/** The best admissible items of one scorer; the shared body of all sources that read a single model. */
export function bestScored(scorer: Scorer, world: World, limit: number): readonly Candidate[] {
  const scores = world.visit.scores.of(scorer)
  if (scores === undefined) return []
  const best = topK(scores.values, world.visit.admissible, limit)
  return Array.from(best, (row) => ({ item: itemIndex(row), score: scores.values[row] }))
}
