import type { Query } from '../domain/query.js'
import type { Candidate, Ranked } from '../domain/recommendation.js'
import type { Scorer } from '../world/score-memo.js'
import type { World } from '../world/visit.js'

/** What one source proposed. */
export interface Pool {
  readonly source: string
  readonly scorer: Scorer
  readonly candidates: readonly Candidate[]
}

/** Puts the candidates of all sources into one order. */
export interface Ranker {
  readonly name: string
  /** Best first, each item once, equal scores by lower row. Finite scores only. */
  rank(query: Query, pools: readonly Pool[], world: World): readonly Ranked[]
}

/** How much each source counts, by name. A source that is not named counts 1. */
export type SourceWeights = Readonly<Record<string, number>>
