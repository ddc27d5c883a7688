import type { Lesson } from '../adapters/adapter.js'
import { type Study, studyOf } from '../adapters/learn.js'
import { circumstancesOf, querySide } from '../adapters/query-side.js'
import type { SharedTier } from '../adapters/tier.js'
import type { Query } from '../domain/query.js'
import { has } from '../math/bitmap.js'
import { itemSide } from '../ranking/adapter-features.js'
import { someRows } from '../ranking/candidate-features.js'
import type { LearnedScores } from '../ranking/learned-order.js'
import { soughtFor } from '../ranking/ranker.js'
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
  const said = saidBefore(query, plan, world, outcome)
  if (said === undefined) return undefined
  const features = itemSide(tier.space, said.table, world.snapshot.catalogue, said.cut)
  return { ...listOf(said, query, world, tier, outcome), features }
}

/** What is learned from of that lesson, to the same bits, without the features of candidates that nobody looks at. */
export function adapterStudy(query: Query, plan: Plan, world: World, tier: SharedTier, outcome: Outcome): Study | undefined {
  const said = saidBefore(query, plan, world, outcome)
  if (said === undefined) return undefined
  const featuresOf = (rows: Uint32Array): Float32Array =>
    itemSide(
      tier.space,
      someRows(said.table, rows),
      world.snapshot.catalogue,
      rows.map((row) => said.cut[row]),
    )
  return studyOf(listOf(said, query, world, tier, outcome), featuresOf, tier)
}

function listOf(
  said: LearnedScores,
  query: Query,
  world: World,
  tier: SharedTier,
  { row, liking }: Outcome,
): Omit<Lesson, 'features'> {
  return {
    base: said.scores,
    weight: new Float32Array(said.cut.length).fill(1),
    target: said.cut.indexOf(row),
    liking,
    isBeyond: said.isBeyond === true,
    query: querySide(tier.space, circumstancesOf(query.context, world.visit.now)),
  }
}

/** What the learned ranker says just before the event, the event's title among it. */
function saidBefore(query: Query, plan: Plan, world: World, { row, liking }: Outcome): LearnedScores | undefined {
  // Sources propose what is admissible alone: a title that was seen before, say, need not be looked for.
  if (liking === 0 || (liking > 0 && !has(world.visit.admissible, row))) return undefined
  const { pools } = gather(query, plan, world)
  const said = plan.ranker.look?.(query, pools, world, soughtFor(row, liking))
  return said === undefined || said.cut.length < 2 ? undefined : said
}
