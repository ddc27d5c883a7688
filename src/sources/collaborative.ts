import type { Scorer } from '../world/score-memo.js'
import { bestScored } from './best-scored.js'
import type { Source } from './source.js'

/**
 * What people with this history like: an item-item or factor model read with a fading history. How fast it fades matters more
 * than which model it is (accuracy on ml-1m doubles when plain EASE reads a history that halves every few titles).
 */
export function collaborative(name: string, scorer: Scorer): Source {
  return {
    name,
    scorer,
    find: (_query, world, limit) => bestScored(scorer, world, limit),
  }
}
