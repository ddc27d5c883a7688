import type { Scorer } from '../world/score-memo.js'
import { bestScored } from './best-scored.js'
import type { Source } from './source.js'

/** What people turned to next, after what this user just watched. Scores of 0 or less are no evidence and are not proposed. */
export function sequential(name: string, scorer: Scorer): Source {
  return {
    name,
    scorer,
    find: (_query, world, limit) => bestScored(scorer, world, limit).filter(({ score }) => score > 0),
  }
}
