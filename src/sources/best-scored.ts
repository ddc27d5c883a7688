import { itemIndex } from '../domain/ids.js'
import type { Candidate } from '../domain/recommendation.js'
import type { Scorer } from '../world/score-memo.js'
import type { World } from '../world/visit.js'

/** The best admissible items of one scorer; the shared body of all sources that read a single model. */
export function bestScored(scorer: Scorer, world: World, limit: number): readonly Candidate[] {
  const { scores } = world.visit
  const values = scores.of(scorer)?.values
  if (values === undefined) return []
  const candidates: Candidate[] = []
  for (const row of scores.best(scorer, limit)) candidates.push({ item: itemIndex(row), score: values[row] })
  return candidates
}
