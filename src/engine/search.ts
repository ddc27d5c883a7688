import { itemToJson } from '../contract/item.js'
import type { SearchAnswer, SearchRequest, SimilarAnswer, SimilarRequest } from '../contract/search.js'
import { SonaError } from '../domain/errors.js'
import { emptyTrail } from '../features/trail.js'
import type { Encoders } from '../inference/encoder.js'
import type { EmbeddingStore, WordMatch, WordStore } from '../storage/store.js'
import type { ItemDirectory } from './item-directory.js'
import { textVersionOf, widened } from './item-encoding.js'
import type { Ranking, RankingRequest, SearchQuestion } from './ranking.js'
import { type KnownUser, type UserStates, unknownUser } from './user-states.js'

export interface SearchParts {
  readonly words: WordStore
  readonly embeddings: EmbeddingStore
  /** Whether the ranking threads have the vectors. */
  readonly isInMemory: () => boolean
  readonly states: UserStates
  readonly ranking: Ranking
  readonly directory: ItemDirectory
  /** As they are now; undefined while there are none. */
  readonly encoders: () => Encoders | undefined
}

/** A query is some words: whatever takes longer than this to encode waits behind too much. */
const ENCODE_WITHIN_MS = 200
/** As many as are looked at where the vectors are in memory. */
const NEAR = 100

/** One search: who asks, what the words find and what the query means, all at once; then one order, elsewhere. */
export async function searchFor(request: SearchRequest, parts: SearchParts): Promise<SearchAnswer> {
  const started = performance.now()
  const [user, words, meaning] = await Promise.all([
    orDegraded('user-state', unknownUser, request.userId === undefined ? undefined : parts.states.get(request.userId)),
    orDegraded('words', [] as readonly WordMatch[], parts.words.find(request.q)),
    meaningOf(request.q, parts.encoders()),
  ])
  const question: SearchQuestion = {
    ...rankingRequest(request, user.value),
    words: words.value,
    ...(meaning.value && { meaning: meaning.value }),
    ...(await nearIn(parts, meaning.value)),
  }
  let found = await parts.ranking.search(question)
  if (found.among !== undefined && words.degraded.length === 0) {
    const among = Int32Array.from(found.among)
    const [narrowed, near] = await Promise.all([
      orDegraded('words', [], parts.words.find(request.q, { among })),
      nearIn(parts, meaning.value, among),
    ])
    found = await parts.ranking.search({ ...question, words: narrowed.value, ...near })
  }
  return {
    items: found.items.flatMap(({ itemNo, score, parts: said }) => {
      const item = parts.directory.item(itemNo)
      if (item === undefined || item.hidden) return []
      const { itemId, title } = item
      return [{ itemId, title, score, parts: { ...said }, ...(request.include && { item: itemToJson(item) }) }]
    }),
    degraded: [...user.degraded, ...words.degraded, ...meaning.degraded, ...found.degraded],
    modelVersion: found.modelVersion,
    tookMs: performance.now() - started,
  }
}

/** What is like one item, for everybody. Undefined when there is no such item. */
export async function similarTo(
  itemId: string,
  request: SimilarRequest,
  parts: Pick<SearchParts, 'ranking' | 'directory'>,
): Promise<SimilarAnswer | undefined> {
  const number = parts.directory.numberOf(itemId)
  const own = number === undefined ? undefined : parts.directory.item(number)
  if (number === undefined || own === undefined || own.hidden) return undefined
  const itself = Int32Array.of(number)
  const { query, ...asked } = rankingRequest(request, {
    ...unknownUser,
    trail: { itemNos: itself, engagement: Float32Array.of(1), occurredAt: Float64Array.of(Date.now()) },
  })
  const found = await parts.ranking.similar({ ...asked, query: { ...query, exclude: itself }, itemNo: number })
  return {
    itemId,
    title: own.title,
    items: found.items.flatMap(({ itemNo, score, parts: said }) => {
      const item = parts.directory.item(itemNo)
      if (item === undefined || item.hidden) return []
      const sources = Object.fromEntries(said.map(({ source, value, weight }) => [source, { score: value, weight }]))
      return [{ itemId: item.itemId, title: item.title, score, sources, ...(request.include && { item: itemToJson(item) }) }]
    }),
    degraded: [...found.degraded],
    modelVersion: found.modelVersion,
  }
}

/** What a query is near to by the database's graph, where the vectors of its version are not in memory. A failure leaves it out. */
async function nearIn(
  { embeddings, isInMemory }: SearchParts,
  meaning: SearchQuestion['meaning'],
  among?: Int32Array,
): Promise<Pick<SearchQuestion, 'near'>> {
  if (meaning === undefined || !embeddings.hasGraph || isInMemory()) return {}
  const current = await orDegraded('semantic', undefined, embeddings.current())
  if (current.value?.version !== meaning.version) return {}
  const work = embeddings.nearest(textVersionOf(meaning.version), meaning.vector, { limit: NEAR, ...(among && { among }) })
  const { value } = await orDegraded('semantic', undefined, work)
  return value === undefined ? {} : { near: value }
}

interface Part<T> {
  readonly value: T
  readonly degraded: readonly string[]
}

/** A part that fails by the world's fault makes the answer poorer; it never fails it. */
async function orDegraded<T>(name: string, instead: T, work: Promise<T> | undefined): Promise<Part<T>> {
  try {
    return { value: work === undefined ? instead : await work, degraded: [] }
  } catch (error) {
    if (!(error instanceof SonaError)) throw error
    return { value: instead, degraded: [`${name}:${error.code}`] }
  }
}

async function meaningOf(query: string, encoders: Encoders | undefined): Promise<Part<SearchQuestion['meaning']>> {
  if (encoders === undefined) return { value: undefined, degraded: ['semantic:no-encoder'] }
  const encoded = await orDegraded('semantic', undefined, encoders.encodeTexts([query], { deadlineMs: ENCODE_WITHIN_MS }))
  if (encoded.value === undefined) return { value: undefined, degraded: encoded.degraded }
  const { version, values } = encoded.value
  // Nothing in it is known to the encoder: that is an answer, not a failure.
  return { value: Number.isFinite(values[0]) ? { version, vector: widened(values) } : undefined, degraded: [] }
}

/** Who looks for a title may well have seen it: nothing is excluded for that. */
function rankingRequest(
  { count, kinds, filter, region, platforms }: SimilarRequest,
  user: Pick<KnownUser, 'traits' | 'trail' | 'consent'>,
): RankingRequest {
  const mayPersonalise = user.consent.personalisation
  return {
    query: {
      count,
      context: { ...(region && { region }), ...(platforms.length > 0 && { platforms }) },
      kinds,
      ...(filter && { filter }),
      exclude: new Int32Array(0),
      reasons: false,
    },
    now: Date.now(),
    traits: user.traits,
    trail: mayPersonalise ? user.trail : emptyTrail,
    seen: new Int32Array(0),
  }
}
