import type { Scorer } from '../world/score-memo.js'
import { bestScored } from './best-scored.js'
import type { Source } from './source.js'

/**
 * What the content graph leads to from the titles watched last: by what people watched next, and by franchise, people, genres and
 * themes, so that it also proposes titles nobody has watched yet. What the walk never reaches (score 0) is not proposed.
 */
export function graph(name: string, scorer: Scorer): Source {
  return {
    name,
    scorer,
    find: (_query, world, limit) => bestScored(scorer, world, limit).filter(({ score }) => score > 0),
  }
}
