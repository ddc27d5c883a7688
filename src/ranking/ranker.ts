import type { Query } from '../domain/query.js'
import type { Candidate, Ranked } from '../domain/recommendation.js'
import type { Scorer } from '../world/score-memo.js'
import type { World } from '../world/visit.js'
import type { LearnedScores } from './learned-order.js'

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
  /** Why it cannot rank, or would not: the plan's weights then rank in its place. Undefined: it can. Absent: it always can. */
  absence?(pools: readonly Pool[], world: World): Absence | undefined
  /** Of a ranker that learned: what it looks at, and what it says of that before any adapter speaks. */
  look?(query: Query, pools: readonly Pool[], world: World, sought?: Sought): LearnedScores | undefined
}

/** A row of the catalogue that a look is about. Where it is not among what is ranked, it is put behind all of it, or among others from beyond it. */
export interface Sought {
  readonly row: number
  readonly otherwise: 'behind' | 'beyond'
}

/** What a lesson looks for: a title that was refused is judged beside all that is ranked, one that was taken among others like it. */
export function soughtFor(row: number, liking: number): Sought {
  return { row, otherwise: liking > 0 ? 'beyond' : 'behind' }
}

/** `by-choice`: the weights were found to be as good. Anything else is a failure to be named in the answer. */
export type Absence = 'by-choice' | 'no-model' | 'other-sources'

/** How much each source counts, by name. A source that is not named counts 1. */
export type SourceWeights = Readonly<Record<string, number>>
