import { randomUUID } from 'node:crypto'
import type { RecommendationAnswer, RecommendationRequest } from '../contract/recommendation.js'
import { SonaError } from '../domain/errors.js'
import type { ItemNo, RecommendationId } from '../domain/ids.js'
import { emptyTrail } from '../features/trail.js'
import type { ItemDirectory } from './item-directory.js'
import { presentItem } from './present.js'
import type { Ranking, RankingRequest } from './ranking.js'
import type { Recorder } from './recorder.js'
import { type KnownUser, type UserStates, unknownUser } from './user-states.js'

export interface AnswerParts {
  readonly states: UserStates
  readonly ranking: Ranking
  readonly directory: ItemDirectory
  readonly recorder: Recorder
  readonly planName: string
  /** Told of every source that failed, for the log. */
  readonly onFailure: (failure: { readonly source: string; readonly message: string }) => void
}

/** One answer: load who asks, rank elsewhere, put it into words, write it down behind the answer. */
export async function answer(request: RecommendationRequest, parts: AnswerParts): Promise<RecommendationAnswer> {
  const started = performance.now()
  const now = Date.now()
  const { user, degraded } = await loadUser(request, parts.states)
  const ranked = await parts.ranking.recommend(rankingRequest(request, user, now, started, parts.directory))
  for (const failure of ranked.failures) parts.onFailure(failure)

  const items = ranked.items.flatMap((item) => presentItem(item, parts.directory, request.include) ?? [])
  const result: RecommendationAnswer = {
    recommendationId: randomUUID(),
    items,
    sources: [...ranked.sources],
    degraded: [...degraded, ...ranked.degraded],
    plan: parts.planName,
    modelVersion: ranked.modelVersion,
    userVersion: user.version,
    ...(user.consent.personalisation && user.adapter && { adapterVersion: user.adapter.version }),
    tookMs: performance.now() - started,
  }
  parts.recorder.record({
    recommendationId: result.recommendationId as RecommendationId,
    userId: request.userId,
    servedAt: now,
    modelVersion: ranked.modelVersion,
    items: ranked.items.map(({ itemNo, score }) => ({ itemNo: itemNo as ItemNo, score })),
    degraded: result.degraded,
  })
  return result
}

/** Without the database a user is a stranger for the moment: the answer is less personal and says so. */
async function loadUser(
  { userId, minVersion }: RecommendationRequest,
  states: UserStates,
): Promise<{ readonly user: KnownUser; readonly degraded: readonly string[] }> {
  try {
    return { user: await states.get(userId, minVersion), degraded: [] }
  } catch (error) {
    if (!(error instanceof SonaError)) throw error
    return { user: unknownUser, degraded: [`user-state:${error.code}`] }
  }
}

function rankingRequest(
  request: RecommendationRequest,
  user: KnownUser,
  now: number,
  started: number,
  directory: ItemDirectory,
): RankingRequest {
  const mayPersonalise = user.consent.personalisation
  return {
    query: {
      count: request.count,
      context: request.context,
      kinds: request.kinds,
      ...(request.filter && { filter: request.filter }),
      exclude: Int32Array.from(request.exclude.flatMap((itemId) => directory.numberOf(itemId) ?? [])),
      reasons: request.explain,
    },
    now,
    traits: user.traits,
    trail: mayPersonalise ? user.trail : emptyTrail,
    seen: mayPersonalise ? user.seen : unknownUser.seen,
    ...(mayPersonalise && user.adapter && { adapter: user.adapter.bytes }),
    ...(request.timeoutMs !== undefined && { budgetMs: request.timeoutMs - (performance.now() - started) }),
  }
}
