import type { Query } from '../domain/query.js'
import type { Ranked } from '../domain/recommendation.js'
import type { World } from '../world/visit.js'

/** Reorders, caps or asserts. Never excludes: what must not be shown was never admissible. */
export interface Rule {
  readonly name: string
  apply(query: Query, ranked: readonly Ranked[], world: World): readonly Ranked[]
}
