import type { Catalogue } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import type { ItemVectors } from '../features/item-vectors.js'
import { buildContentGraph } from '../graph/build.js'
import type { Artifact } from '../models/artifact.js'
import { defaultPlan } from '../pipeline/default-plan.js'
import type { RankerReport } from '../pipeline/learn.js'
import { learns, type PlanSpec } from '../pipeline/plan.js'
import { type ModelSpec, modelName } from '../pipeline/train.js'
import type { Store } from '../storage/store.js'
import { startThread } from '../threads/start.js'
import { corpusFromStore } from './corpus.js'
import { type FromLatest, learnFromLatest, modelsInOrder } from './learn-from-latest.js'
import { previousModels } from './previous-models.js'
import { readsTexts, storedTextVectors, textVectorsFor } from './text-vectors.js'
import { ABORT, PROGRESS, type TrainedBytes, type TrainingInit } from './training-messages.js'
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
}

/**
 * Trains models side by side, in threads of their own; the longest first. Same data, previous models, options and seed give the same
 * bytes.
 */
export async function trainModels(data: TrainingData, options: TrainOptions = {}): Promise<readonly TrainedModel[]> {
  const specs = options.models ?? modelsInOrder(options.plan ?? defaultPlan)
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
        trained[place] = { model: modelName(specs[place]), ...(await thread.api.train(specs[place], place)) }
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

export interface Published {
  readonly version: number
  readonly users: number
  readonly items: number
  readonly events: number
  readonly models: readonly (Omit<TrainedModel, 'bytes'> & { readonly bytes: number })[]
  /** Absent when only some models were trained, or the plan's ranker does not learn. */
  readonly ranker?: RankerReport
}

/**
 * Reads everything, teaches the plan's ranker on the latest events, trains the models on all of them, stores the content graph, and
 * publishes all models under one new version, or none. Models begin from those published before, or from those that taught the ranker, where that helps.
 */
export async function trainAndPublish(store: Store, options: TrainOptions = {}): Promise<Published> {
  const corpus = await corpusFromStore(store, Date.now())
  const { dataset, catalogue } = corpus
  const plan = options.plan ?? defaultPlan
  const specs = options.models ?? modelsInOrder(plan)
  const stored = readsTexts(specs) ? await storedTextVectors(store.embeddings, corpus.items) : undefined
  const vectors = stored ?? textVectorsFor(specs, corpus.items, options.seed ?? 1)
  const data = { dataset, catalogue, ...(vectors && { vectors }) }
  const wantsRanker = options.models === undefined && learns(plan) && dataset.items.length > 0
  const latest = wantsRanker ? await fromLatest(plan, data, specs, options) : undefined
  const published = options.start === 'anew' ? new Map<string, Artifact>() : await previousModels(store.artifacts, specs)
  const previous = new Map([...published, ...(latest?.earlier ?? [])])
  const trained = await trainModels({ ...data, previous }, { ...options, models: specs })
  const artifacts = new Map(trained.map(({ model, bytes }) => [model, bytes]))
  if (latest !== undefined) artifacts.set(latest.ranker.name, latest.ranker.bytes)
  await store.graph.replaceDerived(buildContentGraph(dataset, catalogue))
  const version = await store.artifacts.publish(artifacts)
  return {
    version,
    users: dataset.userCount,
    items: catalogue.count,
    events: dataset.items.length,
    models: trained.map(({ bytes, ...rest }) => ({ ...rest, bytes: bytes.length })),
    ...(latest && { ranker: latest.ranker.report }),
  }
}

/** The models that teach the ranker begin anew: one that began from a published model would know the answers. */
function fromLatest(plan: PlanSpec, data: TrainingData, specs: readonly ModelSpec[], options: TrainOptions): Promise<FromLatest> {
  return learnFromLatest(
    plan,
    data,
    (past) =>
      trainModels(past, {
        ...options,
        models: specs,
        onProgress: (progress) => options.onProgress?.(progress, 'As of an earlier day'),
      }),
    options,
  )
}
