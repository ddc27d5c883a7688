import type { Query } from '../domain/query.js'
import type { Answer, Ranked, SourceFailure } from '../domain/recommendation.js'
import type { Pool } from '../ranking/ranker.js'
import type { Source } from '../sources/source.js'
import type { World } from '../world/visit.js'
import type { Plan } from './plan.js'
import { whyEach } from './reasons.js'

/** The read path, all of it. Serving and offline evaluation both call this. */
export function recommend(query: Query, plan: Plan, world: World): Answer {
  return arrange(query, plan, world, gather(query, plan, world))
}

/** What the sources proposed, and which of them could not. */
export interface Gathered {
  readonly pools: readonly Pool[]
  readonly degraded: readonly string[]
  readonly failures: readonly SourceFailure[]
}

/** Asks every source for admissible candidates. One that fails, comes too late, or lacks its model is left out and named. */
export function gather(query: Query, plan: Plan, world: World): Gathered {
  const limit = Math.max(plan.candidatesPerSource, 2 * query.count) // so that one source alone can fill the list
  const asked = plan.sources.map((source) => guarded(source, query, world, limit))
  return {
    pools: asked.flatMap(({ pool }) => pool ?? []),
    degraded: asked.flatMap(({ degraded }) => degraded ?? []),
    failures: asked.flatMap(({ failure }) => failure ?? []),
  }
}

/** Ranks, applies the rules, cuts, and says why. */
export function arrange(query: Query, plan: Plan, world: World, { pools, degraded, failures }: Gathered): Answer {
  const ranking = rankGuarded(query, plan, world, pools)
  const ruled = plan.rules.reduce((list, rule) => rule.apply(query, list, world), ranking.ranked)
  return {
    items: whyEach(query, ruled.slice(0, query.count), pools, world),
    sources: pools.filter(({ candidates }) => candidates.length > 0).map(({ source }) => source),
    degraded: [...degraded, ...ranking.degraded],
    failures: [...failures, ...ranking.failures],
  }
}

interface Ranking {
  readonly ranked: readonly Ranked[]
  readonly degraded: readonly string[]
  readonly failures: readonly SourceFailure[]
}

/** Ranks by the plan's ranker; when it cannot, or fails, by the plan's weights, and says so. */
function rankGuarded(query: Query, plan: Plan, world: World, pools: readonly Pool[]): Ranking {
  const { ranker, standIn } = plan
  const absence = ranker.absence?.(pools, world)
  if (absence !== undefined) {
    const degraded = absence === 'by-choice' ? [] : [`ranker:${ranker.name}:${absence}`]
    return { ranked: standIn.rank(query, pools, world), degraded, failures: [] }
  }
  try {
    return { ranked: ranker.rank(query, pools, world), degraded: [], failures: [] }
  } catch (error) {
    const failures = [{ source: ranker.name, error }]
    return { ranked: standIn.rank(query, pools, world), degraded: [`ranker:${ranker.name}:failed`], failures }
  }
}

interface Asked {
  readonly pool?: Pool
  readonly degraded?: string
  readonly failure?: SourceFailure
}

function guarded(source: Source, query: Query, world: World, limit: number): Asked {
  if (world.visit.budget.spent() && source.isFallback !== true) return { degraded: `source:${source.name}:late` }
  if (!world.snapshot.models.has(source.scorer.model) && source.isFallback !== true) {
    return { degraded: `source:${source.name}:no-model` }
  }
  try {
    return { pool: { source: source.name, scorer: source.scorer, candidates: source.find(query, world, limit) } }
  } catch (error) {
    return { degraded: `source:${source.name}:failed`, failure: { source: source.name, error } }
  }
}
