import type { Lesson } from '../adapters/adapter.js'
import { circumstancesOf, querySide } from '../adapters/query-side.js'
import type { SharedTier } from '../adapters/tier.js'
import type { Query } from '../domain/query.js'
import { itemSide } from '../ranking/adapter-features.js'
import { lookBeyond } from '../ranking/beyond-the-cut.js'
import { type LearnedScores, withRow } from '../ranking/learned-order.js'
import type { World } from '../world/visit.js'
import type { Plan } from './plan.js'
import { gather } from './recommend.js'

/** What an event said of a title. */
export interface Outcome {
  /** Row of the catalogue. */
  readonly row: number
  /** Taken (above 0, up to 1) or refused (down to −1); 0 teaches nothing. See features/liking.ts. */
  readonly liking: number
}

/**
 * One event as an adapter learns from it: the candidates that the learned ranker would have looked at just before it, with what it said of
 * them. `world` must be as of the event, and know nothing of it. A title that was not among the candidates is judged beside them if it was refused,
 * beside others from beyond the cut if it was taken. Undefined where there is nothing to learn: no learned ranker, or nothing to choose from.
 */
export function adapterLesson(query: Query, plan: Plan, world: World, tier: SharedTier, outcome: Outcome): Lesson | undefined {
  const asked = candidatesFor(query, plan, world, outcome)
  if (asked === undefined) return undefined
  const { said, target, isBeyond } = asked
  return {
    base: said.scores,
    features: itemSide(tier.space, said.table, world.snapshot.catalogue, said.cut),
    weight: new Float32Array(said.cut.length).fill(1),
    target,
    liking: outcome.liking,
    isBeyond,
    query: querySide(tier.space, circumstancesOf(query.context, world.visit.now)),
  }
}

/** What the learned ranker says just before the event, and where the event's title stands in it. */
function candidatesFor(
  query: Query,
  plan: Plan,
  world: World,
  { row, liking }: Outcome,
): { readonly said: LearnedScores; readonly target: number; readonly isBeyond: boolean } | undefined {
  if (liking === 0) return undefined
  const { pools } = gather(query, plan, world)
  const said = plan.ranker.look?.(query, pools, world)
  if (said === undefined) return undefined
  const target = said.cut.indexOf(row)
  if (target >= 0) return said.cut.length < 2 ? undefined : { said, target, isBeyond: false }
  const isBeyond = liking > 0
  const beyond = isBeyond ? lookBeyond(row, said, pools, world) : withRow(said, row, pools, world)
  return beyond && { said: beyond, target: beyond.cut.length - 1, isBeyond }
}
