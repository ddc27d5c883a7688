import type { Query } from '../domain/query.js'
import type { Candidate } from '../domain/recommendation.js'
import type { Scorer } from '../world/score-memo.js'
import type { World } from '../world/visit.js'

/** Something that proposes items. Synchronous: all it needs was loaded before. */
export interface Source {
  readonly name: string
  /** What it reads its scores from; rankers ask the same for candidates that other sources proposed. */
  readonly scorer: Scorer
  /** Asked even when the time is spent, so that a late answer is a plain one and not an empty one. */
  readonly isFallback?: boolean
  /** At most `limit` admissible items, best first. Empty when it cannot tell anything about this user. */
  find(query: Query, world: World, limit: number): readonly Candidate[]
}
