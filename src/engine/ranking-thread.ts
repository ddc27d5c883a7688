import type { Leaning } from '../adapters/describe.js'
import type { SharedBase } from '../adapters/tier.js'
import { SonaError } from '../domain/errors.js'
import type { NumberedItem } from '../features/catalogue.js'
import { createPlan, type PlanSpec } from '../pipeline/plan.js'
import { serveThread } from '../threads/serve.js'
import { leaningsOf } from './adapter-in-use.js'
import { find, findSimilar } from './find.js'
import { type Generation, type OpenGeneration, openGeneration } from './generation.js'
import { type NumberedProfile, type ProfileRequest, profileIn } from './profile.js'
import { rank } from './rank.js'
import type { RankingRequest, SearchQuestion, SimilarQuestion } from './ranking.js'

export interface RankingInit {
  readonly plan: PlanSpec
  /** Which scratch region of each generation is this thread's. */
  readonly thread: number
}

export type RankingApi = ReturnType<typeof rankingApi>

function rankingApi(init: RankingInit) {
  const plan = createPlan(init.plan)
  let open: OpenGeneration | undefined
  let shared: SharedBase | undefined
  const current = (): OpenGeneration => {
    if (open === undefined) throw new SonaError('NOT_READY', 'Ranking has not started yet. Ask again in a moment.')
    return open
  }
  return {
    /** From the next question on; the generation before is let go. */
    load(generation: Generation): void {
      open = openGeneration(generation, init.thread)
      shared = undefined
    },
    /** Of the generation that is loaded, from the next question on. */
    share(next: SharedBase): void {
      shared = next
    },
    patch(changes: readonly NumberedItem[]): void {
      current().patch(changes)
    },
    search: (question: SearchQuestion): string => JSON.stringify(find(question, plan, current())),
    similar: (question: SimilarQuestion): string => JSON.stringify(findSimilar(question, plan, current())),
    /** As JSON: for many small objects that is three times as fast as cloning them. All numbers are finite. */
    recommend: (request: RankingRequest): string => JSON.stringify(rank(request, plan, current(), shared)),
    leanings: (adapter: Uint8Array): readonly Leaning[] => leaningsOf(adapter, current().snapshot()),
    profile: (request: ProfileRequest): NumberedProfile => profileIn(request, current()),
  }
}

serveThread(rankingApi)
