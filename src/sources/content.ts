import type { Scorer } from '../world/score-memo.js'
import { bestScored } from './best-scored.js'
import type { Source } from './source.js'

/**
 * What is like the titles watched, whoever else watched it: by their text, people, genres and themes. With a recency of one entry it is
 * the neighbours of the title watched last. What points away from the profile (score 0 or less) is not proposed.
 */
export function content(name: string, scorer: Scorer): Source {
  return {
    name,
    scorer,
    find: (_query, world, limit) => bestScored(scorer, world, limit).filter(({ score }) => score > 0),
  }
}
