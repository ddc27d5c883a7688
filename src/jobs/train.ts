import type { Beginnings } from '../adapters/beginnings.js'
import type { SharedTier } from '../adapters/tier.js'
import { type EpochMs, MS_PER_DAY } from '../domain/time.js'
import type { Catalogue } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import type { ItemVectors } from '../features/item-vectors.js'
import type { Artifact } from '../models/artifact.js'
import { defaultPlan } from '../pipeline/default-plan.js'
import type { RankerReport } from '../pipeline/learn.js'
import { learns, type PlanSpec } from '../pipeline/plan.js'
import { type ModelSpec, modelName } from '../pipeline/train.js'
import { decodeArtifact } from '../storage/artifact-codec.js'
import type { Verdict } from '../storage/artifact-store.js'
import type { Store } from '../storage/store.js'
import { startThread } from '../threads/start.js'
import { beginAdapters } from './begin-adapters.js'
import { type Corpus, corpusFromStore } from './corpus.js'
import { holdOut, judge, type Learnable } from './guard.js'
import { type FromLatest, learnFromLatest, modelsInOrder } from './learn-from-latest.js'
import { previousModels } from './previous-models.js'
import { publishedTiers, tiersToPublish } from './published-tiers.js'
import { renewGraph } from './renew-graph.js'
import { readsTexts, storedTextVectors, textVectorsFor } from './text-vectors.js'
import { ABORT, PROGRESS, type TrainedBytes, type TrainingInit } from './training-messages.js'
import { draftParts, noParts, type TrainingParts, under } from './training-parts.js'
import type { TrainingApi } from './training-thread.js'

export interface TrainOptions {
  /** What will serve: its models are trained and its ranker is taught. Default: the default plan. */
  readonly plan?: PlanSpec
  /** Only these models, and no ranker. */
  readonly models?: readonly ModelSpec[]
  readonly seed?: number
  /** `anew`: no model begins from the one published before it. Default: those that can do. Only `trainAndPublish` knows of one. */
  readonly start?: 'warm' | 'anew'
  /** Models trained at the same time. */
  readonly threads?: number
  /** Dense memory that one model's training may take. */
  readonly memoryBudgetBytes?: number
  readonly signal?: AbortSignal
  /** Where finished models are kept, and looked for. Default: nowhere. */
  readonly parts?: TrainingParts
  /** How far each model is, 0–1, several times a second. */
  readonly onProgress?: (progress: readonly { readonly model: string; readonly done: number }[], stage?: string) => void
}

export interface TrainedModel extends TrainedBytes {
  readonly model: string
}

const PROGRESS_EVERY_MS = 200
const DEFAULT_MEMORY_BUDGET = 2 ** 30

/** What models learn from: who did what, and what is known of the items. */
export interface TrainingData {
  readonly dataset: Dataset
  readonly catalogue: Catalogue
  /** What the items' texts say; needed by models that read it. */
  readonly vectors?: ItemVectors
  /** Models trained before, by name, to begin from. */
  readonly previous?: ReadonlyMap<string, Artifact>
  /** The shared tier of the adapters that serves. */
  readonly tier?: SharedTier
  /** The durable number of each user of the dataset. */
  readonly userKeys?: Float64Array
}

/**
 * Trains models side by side, in threads of their own; the longest first. Same data, previous models, options and seed give the same
 * bytes.
 */
export async function trainModels(data: TrainingData, options: TrainOptions = {}): Promise<readonly TrainedModel[]> {
  const specs = options.models ?? modelsInOrder(options.plan ?? defaultPlan)
  const parts = options.parts ?? noParts
  const control = new Int32Array(new SharedArrayBuffer(4 * (PROGRESS + specs.length)))
  const init: TrainingInit = {
    dataset: data.dataset,
    catalogue: data.catalogue,
    ...(data.vectors && { vectors: data.vectors }),
    seed: options.seed ?? 1,
    memoryBudgetBytes: options.memoryBudgetBytes ?? DEFAULT_MEMORY_BUDGET,
    previous: data.previous ?? new Map(),
    control,
  }
  const abort = (): void => {
    Atomics.store(control, ABORT, 1)
  }
  options.signal?.addEventListener('abort', abort)
  if (options.signal?.aborted) abort()
  const report = (): void =>
    options.onProgress?.(specs.map((spec, at) => ({ model: modelName(spec), done: control[PROGRESS + at] / 1000 })))
  const timer = setInterval(report, PROGRESS_EVERY_MS)

  const trained: TrainedModel[] = []
  let next = 0
  const work = async (): Promise<void> => {
    const thread = startThread<TrainingApi>(new URL('./training-thread.js', import.meta.url), init)
    try {
      while (next < specs.length) {
        const place = next++
        const model = modelName(specs[place])
        const finished = await parts.read(model)
        trained[place] = { model, ...(finished ? trainedBefore(finished) : await thread.api.train(specs[place], place)) }
        Atomics.store(control, PROGRESS + place, 1000)
        if (!finished) await parts.write(model, trained[place].bytes)
      }
    } finally {
      await thread.terminate()
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(options.threads ?? 2, specs.length) }, work))
    report()
    return trained
  } finally {
    abort() // the others of a run that failed must not go on
    clearInterval(timer)
    options.signal?.removeEventListener('abort', abort)
  }
}

/** A model that an earlier attempt trained. */
function trainedBefore(bytes: Uint8Array): TrainedBytes {
  return { bytes, seconds: 0, warm: decodeArtifact(bytes).header.startedFrom !== undefined, peakMemoryMb: 0 }
}

export interface PublishOptions extends TrainOptions {
  /** `forced`: the new models go live whatever they are worth. Default: only if they pass the comparison with the live ones. */
  readonly guard?: 'guarded' | 'forced'
  /** How much worse than the live models still passes, 0–1. Default 0.05. */
  readonly tolerance?: number
  /** A training that was begun and not finished, to go on with; `parts` are in its draft. Default: a new one. */
  readonly begun?: Begun
}

/** What a later attempt must know to go on with a training. */
export interface Begun {
  /** The draft that its parts are kept in. */
  readonly version: number
  /** What happened later does not teach. */
  readonly asOf: EpochMs
}

export interface Published {
  readonly version: number
  /** `candidate`: the live models were better, and stay. */
  readonly state: 'live' | 'candidate'
  readonly verdict: Verdict
  readonly users: number
  readonly items: number
  /** Events that taught. */
  readonly events: number
  readonly models: readonly (Omit<TrainedModel, 'bytes'> & { readonly bytes: number })[]
  /** Absent when only some models were trained, or the plan's ranker does not learn. */
  readonly ranker?: RankerReport
  /** Users who had no adapter, and have one now. */
  readonly adaptersBegun: number
}

/**
 * Reads everything, teaches the plan's ranker on the latest events, trains the models, stores the content graph, and publishes all
 * models under one new version, or none. Models begin from those live, or from those that taught the ranker, where that helps. The
 * newest events are held out where there are enough: the new models go live if they answer these about as well as the live ones do.
 */
export async function trainAndPublish(store: Store, options: PublishOptions = {}): Promise<Published> {
  const { version, asOf } = options.begun ?? (await beginTraining(store))
  const corpus = await corpusFromStore(store, asOf)
  const learned = holdOut(corpus.dataset)
  const { events } = await store.counts()
  const parts = options.parts ?? (await draftParts(store.artifacts, version))
  const { trained, beside, beginnings, report } = await trainAll(store, corpus, learned.dataset, { ...options, finished: parts })
  for (const [name, bytes] of beside) await parts.write(name, bytes)
  const artifacts = new Map([...trained.map(({ model, bytes }) => [model, bytes] as const), ...beside])
  await renewGraph(store, corpus)
  const verdict = await verdictOn(store, artifacts, { corpus, learned }, options)
  const state = verdict.passed ? 'live' : 'candidate'
  const learnedUntil = learned.untilDay === undefined ? asOf : learned.untilDay * MS_PER_DAY
  await store.artifacts.finish(version, { names: [...artifacts.keys()], as: state, about: { learnedUntil, events, verdict } })
  const adaptersBegun = state === 'live' ? await beginAdapters(store.adapters, beginnings) : 0
  return {
    version,
    state,
    verdict,
    users: learned.dataset.userCount,
    items: corpus.catalogue.count,
    events: learned.dataset.items.length,
    models: trained.map(({ bytes, ...rest }) => ({ ...rest, bytes: bytes.length })),
    ...(report && { ranker: report }),
    adaptersBegun,
  }
}

interface AllTrained {
  readonly trained: readonly TrainedModel[]
  /** What is published with them: the ranker, and the tiers that adapters share. */
  readonly beside: ReadonlyMap<string, Uint8Array>
  /** By user key. */
  readonly beginnings: Beginnings
  readonly report?: RankerReport
}

/** The ranker, and then the models on all that may teach. */
async function trainAll(
  store: Store,
  { catalogue, items, userKeys }: Corpus,
  dataset: Dataset,
  options: PublishOptions & { readonly finished: TrainingParts },
): Promise<AllTrained> {
  const plan = options.plan ?? defaultPlan
  const specs = options.models ?? modelsInOrder(plan)
  const stored = readsTexts(specs) ? await storedTextVectors(store.embeddings, items) : undefined
  const vectors = stored ?? textVectorsFor(specs, items, options.seed ?? 1)
  const tiers = await publishedTiers(store.artifacts)
  const known = { ...(vectors && { vectors }), ...(tiers.current && { tier: tiers.current }), ...(userKeys && { userKeys }) }
  const data = { dataset, catalogue, ...known }
  const wantsRanker = options.models === undefined && learns(plan) && dataset.items.length > 0
  const latest = wantsRanker ? await fromLatest(plan, data, specs, options) : undefined
  const published = options.start === 'anew' ? new Map<string, Artifact>() : await previousModels(store.artifacts, specs)
  const previous = new Map([...published, ...(latest?.earlier ?? [])])
  const trained = await trainModels({ ...data, previous }, { ...options, parts: options.finished, models: specs })
  if (latest === undefined) return { trained, beside: new Map(), beginnings: new Map() }
  const { name, bytes, tier, beginnings = new Map(), report } = latest.ranker
  const fitted = tier === undefined ? [] : tiersToPublish(await asOfNow(tier, store), tiers)
  return { trained, beside: new Map([[name, bytes], ...fitted]), beginnings, report }
}

/** What everybody's events taught beside the old models is not for the new ones: only what is published after it will be. */
async function asOfNow(tier: SharedTier, { adapters }: Store): Promise<SharedTier> {
  return { ...tier, version: (await adapters.tiers.newest(tier.space.id))?.version ?? tier.version }
}

/** Whether the new models may take the place of the live ones. */
async function verdictOn(
  store: Store,
  artifacts: ReadonlyMap<string, Uint8Array>,
  { corpus, learned }: { readonly corpus: Corpus; readonly learned: Learnable },
  options: PublishOptions,
): Promise<Verdict> {
  if (options.guard === 'forced') return { passed: true, because: 'it was forced' }
  const { plan = defaultPlan, seed = 1, threads = 2, tolerance, signal, onProgress } = options
  return judge(store.artifacts, {
    plan,
    catalogue: corpus.catalogue,
    dataset: corpus.dataset,
    learned,
    candidate: [...artifacts].map(([model, bytes]) => ({ model, bytes })),
    seed,
    threads,
    ...(tolerance !== undefined && { tolerance }),
    ...(signal && { signal }),
    onProgress: (stage, done, total) => onProgress?.([{ model: 'questions', done: done / total }], stage),
  })
}

/** A draft for a training of everything up to now. */
export async function beginTraining(store: Store): Promise<Begun> {
  return { version: await store.artifacts.draft(), asOf: Date.now() }
}

/** The models that teach the ranker begin anew: one that began from a published model would know the answers. */
function fromLatest(plan: PlanSpec, data: TrainingData, specs: readonly ModelSpec[], options: TrainOptions): Promise<FromLatest> {
  const parts = under('earlier', options.parts ?? noParts)
  return learnFromLatest(
    plan,
    data,
    (past) =>
      trainModels(past, {
        ...options,
        parts,
        models: specs,
        onProgress: (progress) => options.onProgress?.(progress, 'As of an earlier day'),
      }),
    { ...options, parts },
  )
}
