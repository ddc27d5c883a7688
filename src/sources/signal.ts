import type { Scorer } from '../world/score-memo.js'
import type { Source } from './source.js'

/** Proposes nothing: a score that rankers read of the candidates of others. For another view of a model that proposes already. */
export function signal(name: string, scorer: Scorer): Source {
  return { name, scorer, find: () => [] }
}
