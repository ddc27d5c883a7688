import type { ProfileAnswer, ProfileQuery } from './contract/profile.js'
import type { RecommendationAnswer, RecommendationRequest } from './contract/recommendation.js'
import type { SearchAnswer, SearchRequest, SimilarAnswer, SimilarRequest } from './contract/search.js'
import type { Event } from './domain/event.js'
import type { ItemId, UserId } from './domain/ids.js'
import type { Item } from './domain/item.js'
import type { User } from './domain/user.js'
import { type Adapters, createAdapters } from './engine/adapters.js'
import { answer } from './engine/answer.js'
import { encodeChanges } from './engine/encode-changes.js'
import { followItems } from './engine/follow-items.js'
import { groupCommit } from './engine/group-commit.js'
import { ingest } from './engine/ingest.js'
import { createItemDirectory } from './engine/item-directory.js'
import type { EncodedItem } from './engine/item-encoding.js'
import { loadBeside } from './engine/load-beside.js'
import { embeddingsMark } from './engine/load-generation.js'
import type { VectorLimits } from './engine/place-vectors.js'
import { answerProfile } from './engine/profile.js'
import { rankingThreads } from './engine/ranking-threads.js'
import { createRecorder } from './engine/recorder.js'
import { searchFor, similarTo } from './engine/search.js'
import { sharedInUse } from './engine/shared-in-use.js'
import { createUserStates } from './engine/user-states.js'
import { createVectorRows, type VectorRows } from './engine/vector-room.js'
import { remember, warmUp } from './engine/warm-up.js'
import type { NumberedItem } from './features/catalogue.js'
import type { EncoderCall, Encoders } from './inference/encoder.js'
import type { EncodersInUse } from './inference/encoders-in-use.js'
import { defaultPlan } from './pipeline/default-plan.js'
import { createPlan, type PlanSpec } from './pipeline/plan.js'
import type { EventAppend, GraphWalk, GraphWalkOptions, Store } from './storage/store.js'

/** Everything a running Sona does, behind one name. The HTTP server and the command line call nothing else. */
export interface Sona {
  /** For what has no method here: exports, training, evaluation. */
  readonly store: Store
  /** What should this user see now, and why. Unknown users are cold-start users. */
  recommend(request: RecommendationRequest): Promise<RecommendationAnswer>
  /** Items that fit a query, by its words and by its meaning. */
  search(request: SearchRequest): Promise<SearchAnswer>
  readonly events: {
    /** When it resolves, every accepted event is stored and the user's next answer knows it. */
    append(events: readonly Event[]): Promise<EventAppend>
  }
  readonly items: {
    /** When it resolves, new items can be recommended and changed ones are judged anew. */
    put(items: readonly Item[]): Promise<readonly ('created' | 'updated' | 'unchanged')[]>
    get(itemId: ItemId): Promise<Item | undefined>
    delete(itemId: ItemId): Promise<boolean>
    /** What lies around an item in the content graph. Undefined when there is no such item. */
    graph(itemId: ItemId, options: GraphWalkOptions): Promise<GraphWalk | undefined>
    /** Items like this one, for everybody. Undefined when there is no such item. */
    similar(itemId: ItemId, request: SimilarRequest): Promise<SimilarAnswer | undefined>
  }
  readonly users: {
    put(users: readonly User[]): Promise<readonly ('created' | 'updated' | 'unchanged')[]>
    get(userId: UserId): Promise<User | undefined>
    /** What the user's events say of their taste, as of now. Throws USER_NOT_FOUND. */
    profile(userId: UserId, query: ProfileQuery): Promise<ProfileAnswer>
    delete(userId: UserId): Promise<{ readonly events: number } | undefined>
  }
  /** What each user's adapter learned, its versions, and training it. */
  readonly adapters: Adapters
  /** Loads the newest published models, when there are newer ones. Requests in flight finish on the old ones. */
  reload(): Promise<{ readonly modelVersion: string }>
  health(): SonaHealth
  /** What turns texts and items into vectors; undefined while there is no encoder. */
  readonly encoders: Encoders | undefined
  /** Told of every call to an encoder when it has ended. Returns how to stop listening. */
  listenToEncoders(listener: (call: EncoderCall) => void): () => void
  /** Finishes what was begun: answers in flight, events being written, answers being recorded. */
  close(): Promise<void>
}

export interface SonaHealth {
  /** Ranking threads are up and have a snapshot. */
  readonly ready: boolean
  readonly modelVersion: string
  readonly items: number
  /** What does not work as it should; empty when all does. */
  readonly degraded: readonly string[]
}

export interface SonaOptions {
  readonly store: Store
  /** Default: pipeline/default-plan.ts. */
  readonly plan?: PlanSpec
  /** Ranking threads. Default 1: on two cores, one ranks while the other serves. */
  readonly rankingThreads?: number
  /** Most entries of a user's past that ranking looks at. Default 1,000. */
  readonly historyLimit?: number
  /** Users whose recent past is kept in memory. Default 20,000. */
  readonly rememberedUsers?: number
  /** What the models of one generation may take in memory; two live side by side while they are swapped. Default 1 GiB. */
  readonly memoryBudgetBytes?: number
  /** Up to how many items the vectors are kept in memory, and as what. Beyond, search asks the database for what is near. */
  readonly vectorLimits?: VectorLimits
  /** Made-up questions that a new generation answers before it serves; code is compiled while it runs. Default 20. */
  readonly warmUpQuestions?: number
  /** What `encodersInUse` gave; whoever opened it closes it afterwards. Default: texts cannot be encoded. */
  readonly encoders?: EncodersInUse
  /** Told of what went wrong and was lived with, for the log. */
  readonly onProblem?: (what: string, error: unknown) => void
}

/** The code is compiled by then, and who asks has to wait behind these. */
const LATER_WARM_UP = 20

/** Puts the parts together and loads the newest models. The one place where they meet. */
export async function createSona(options: SonaOptions): Promise<Sona> {
  const { store, plan = defaultPlan, vectorLimits, onProblem = () => {} } = options
  createPlan(plan) // a plan that cannot work is refused here, not in a thread
  const threads = options.rankingThreads ?? 1
  const memoryBudgetBytes = options.memoryBudgetBytes ?? 2 ** 30
  const warmUpQuestions = options.warmUpQuestions ?? 20

  const directory = createItemDirectory()
  const states = createUserStates(store, {
    historyLimit: options.historyLimit ?? 1_000,
    maxUsers: options.rememberedUsers ?? 20_000,
  })
  const recorder = createRecorder(store.recommendations)
  const ranking = rankingThreads(plan, threads, (error) => onProblem('A ranking thread died and was replaced.', error))
  const shared = sharedInUse(store.adapters.tiers, ranking)
  const append = groupCommit(ingest(store.events, states, directory))
  const parts = {
    states,
    ranking,
    directory,
    recorder,
    words: store.words,
    embeddings: store.embeddings,
    isInMemory: () => rows !== undefined,
    encoders: () => options.encoders?.current,
    planName: plan.name,
    onFailure: ({ source, message }: { source: string; message: string }) => onProblem(`The source ${source} failed.`, message),
  }

  let modelVersion = 'none'
  let isReady = false
  let damagedModels = 0
  let loading: Promise<void> | undefined
  let missed: NumberedItem[] | undefined // written while a generation is being read, which may not have seen them
  let rows: VectorRows | undefined
  let vectorVersion: string | undefined
  let loadedEmbeddings: string | undefined
  let vectorProblem: Error | undefined
  let missedVectors: EncodedItem[] | undefined

  /** Vectors of the version that is loaded go to their rows; those of another come with the next generation. */
  function showVectors(version: string, encoded: readonly EncodedItem[]): void {
    missedVectors?.push(...encoded)
    if (version !== vectorVersion) return
    for (const { itemNo, vector, text } of encoded) {
      if (vector !== undefined) rows?.put(itemNo, vector)
      if (text !== undefined) rows?.putText(itemNo, text)
    }
  }

  const changeEncoder = encodeChanges({
    embeddings: store.embeddings,
    encoders: () => options.encoders?.current,
    onEncoded(version, encoded) {
      showVectors(version, encoded)
      store.announceItems(encoded.map(({ itemNo }) => itemNo))
    },
    onProblem,
  })
  const vectors = () => (rows && vectorVersion !== undefined ? { version: vectorVersion, rows } : undefined)
  const follower = followItems({ store, directory, show, vectors, onProblem })

  async function load(): Promise<void> {
    missed = []
    missedVectors = []
    const loaded = await loadBeside(store, { threads, memoryBudgetBytes, ...(vectorLimits && { vectorLimits }) })
    const { generation, items, corrupt } = loaded
    for (const error of corrupt) onProblem('A published model cannot be used.', error)
    vectorProblem = loaded.vectorProblem
    if (vectorProblem !== undefined)
      onProblem('The vectors do not fit the memory budget: search goes by words alone.', vectorProblem)
    await ranking.load(generation)
    shared.loaded(generation)
    const { vectors, catalogue } = generation
    rows = vectors && createVectorRows(vectors, catalogue.itemNos)
    vectorVersion = vectors?.version
    loadedEmbeddings = loaded.embeddings
    directory.put(items)
    await warmUp(
      parts,
      store.events,
      items.map(({ itemNo }) => itemNo),
      isReady ? Math.min(warmUpQuestions, LATER_WARM_UP) : warmUpQuestions,
    )
    rows?.add(missed.map(({ itemNo }) => itemNo))
    if (missed.length > 0) await ranking.patch(missed)
    missed = undefined
    const lateVectors = missedVectors
    missedVectors = undefined
    if (vectorVersion !== undefined) showVectors(vectorVersion, lateVectors)
    modelVersion = generation.version
    damagedModels = corrupt.length
    isReady = true
  }

  async function show(changes: readonly NumberedItem[]): Promise<void> {
    if (changes.length === 0) return
    directory.put(changes)
    missed?.push(...changes)
    // Out of room, the threads have more items than rows, and do without vectors until the next generation.
    if (missed === undefined && rows?.add(changes.map(({ itemNo }) => itemNo)) === false) rows = undefined
    await ranking.patch(changes)
  }

  const unsubscribe = store.onUserChanged((userId, version) => {
    if (userId === 'everybody' || version === undefined) states.forget(userId)
    else states.noticed(userId, version)
  })
  await load()
  await remember(store.users, states, Math.floor(warmUpQuestions / 4))

  return {
    store,
    recommend: (request) => answer(request, parts),
    search: (request) => searchFor(request, parts),
    events: { append },
    items: {
      async put(items) {
        const stored = await store.items.put(items)
        const changes = stored.filter(({ change }) => change !== 'unchanged')
        await show(changes)
        store.announceItems(changes.map(({ itemNo }) => itemNo))
        if (options.encoders !== undefined) changeEncoder.changed(changes)
        return stored.map(({ change }) => change)
      },
      get: async (itemId) => (await store.items.get(itemId))?.item,
      async delete(itemId) {
        const stored = await store.items.get(itemId)
        const isGone = await store.items.delete(itemId)
        if (stored !== undefined) {
          await show([{ itemNo: stored.itemNo, item: { ...stored.item, hidden: true } }])
          store.announceItems([stored.itemNo])
        }
        return isGone
      },
      graph: (itemId, options) => store.graph.walk(itemId, options),
      similar: (itemId, request) => similarTo(itemId, request, parts),
    },
    users: {
      async put(users) {
        const changes = await store.users.put(users)
        for (const { userId } of users) states.forget(userId)
        return changes
      },
      get: (userId) => store.users.get(userId),
      profile: (userId, query) => answerProfile(userId, query, parts),
      async delete(userId) {
        const erased = await store.users.delete(userId)
        states.forget(userId)
        return erased
      },
    },
    adapters: createAdapters(store, ranking),
    async reload() {
      const live = await store.artifacts.live()
      const isNewModel = live !== undefined && String(live) !== modelVersion
      const isFull = vectorVersion !== undefined && rows === undefined
      if (isNewModel || isFull || (await embeddingsMark(store.embeddings)) !== loadedEmbeddings) {
        loading ??= load().finally(() => {
          loading = undefined
        })
        await loading
      }
      await shared.refresh()
      return { modelVersion }
    },
    get encoders() {
      return options.encoders?.current
    },
    listenToEncoders: (listener) => options.encoders?.listen(listener) ?? (() => {}),
    health: () => ({
      ready: isReady,
      modelVersion,
      items: directory.count,
      degraded: [
        ...(modelVersion === 'none' ? ['models:none-published'] : []),
        ...(damagedModels > 0 ? [`models:${damagedModels}-corrupt`] : []),
        ...encoderProblems(options.encoders),
        ...(vectorProblem === undefined ? [] : ['vectors:memory-budget']),
        ...(recorder.dropped > 0 ? [`recorder:dropped-${recorder.dropped}`] : []),
      ],
    }),
    async close() {
      isReady = false
      unsubscribe()
      follower.close()
      await follower.idle()
      changeEncoder.close()
      await changeEncoder.idle()
      await recorder.flush()
      await ranking.close()
    },
  }
}

function encoderProblems(encoders: EncodersInUse | undefined): readonly string[] {
  if (encoders?.problem !== undefined) return [`encoder:${encoders.problem}`]
  return encoders?.current?.health().isAvailable === false ? ['encoder:restarting'] : []
}
