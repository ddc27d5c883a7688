import type { Catalogue } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import { buildContentGraph } from '../graph/build.js'
import { defaultModels, type ModelSpec, modelName } from '../pipeline/train.js'
import type { Store } from '../storage/store.js'
import { startThread } from '../threads/start.js'
import { corpusFromStore } from './corpus.js'
import { ABORT, PROGRESS, type TrainedBytes, type TrainingInit } from './training-messages.js'
import type { TrainingApi } from './training-thread.js'

export interface TrainOptions {
  /** Default: all that the default plan and its alternatives read. */
  readonly models?: readonly ModelSpec[]
  readonly seed?: number
  /** Models trained at the same time. */
  readonly threads?: number
  /** Dense memory that one model's training may take. */
  readonly memoryBudgetBytes?: number
  readonly signal?: AbortSignal
  /** How far each model is, 0–1, several times a second. */
  readonly onProgress?: (progress: readonly { readonly model: string; readonly done: number }[]) => void
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
}

/** Trains models side by side, in threads of their own; the longest first. Same data, options and seed give the same bytes. */
export async function trainModels(data: TrainingData, options: TrainOptions = {}): Promise<readonly TrainedModel[]> {
  const specs = options.models ?? defaultModels
  const control = new Int32Array(new SharedArrayBuffer(4 * (PROGRESS + specs.length)))
  const init: TrainingInit = {
    dataset: data.dataset,
    catalogue: data.catalogue,
    seed: options.seed ?? 1,
    memoryBudgetBytes: options.memoryBudgetBytes ?? DEFAULT_MEMORY_BUDGET,
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
}

/** Reads everything, trains, stores the content graph, and publishes all models under one new version, or none. */
export async function trainAndPublish(store: Store, options: TrainOptions = {}): Promise<Published> {
  const { dataset, catalogue } = await corpusFromStore(store, Date.now())
  const trained = await trainModels({ dataset, catalogue }, options)
  await store.graph.replaceDerived(buildContentGraph(dataset, catalogue))
  const version = await store.artifacts.publish(new Map(trained.map(({ model, bytes }) => [model, bytes])))
  return {
    version,
    users: dataset.userCount,
    items: catalogue.count,
    events: dataset.items.length,
    models: trained.map(({ bytes, ...rest }) => ({ ...rest, bytes: bytes.length })),
  }
}
