import { SonaError } from '../domain/errors.js'
import { createGeneration } from '../engine/generation.js'
import { placeArtifact } from '../engine/place-artifact.js'
import { createMeasure, type MeasuredColumn, type MeasureOptions } from '../evaluation/measure.js'
import { countExposures } from '../evaluation/metrics/index.js'
import type { Fold } from '../evaluation/splits.js'
import type { Catalogue } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import { createArena } from '../math/memory.js'
import type { PlanSpec } from '../pipeline/plan.js'
import { startThread } from '../threads/start.js'
import { type EvaluationInit, NO_ITEM } from './evaluation-messages.js'
import type { EvaluationApi } from './evaluation-thread.js'
import type { TrainedModel } from './train.js'

/** Tasks handed to a thread at a time. */
const CHUNK = 128
const SPARE_PLACES = 2 // beyond the cut-off, so that a tie across it is seen

/** Bytes of a model under the name that plans use. */
export type NamedBytes = Pick<TrainedModel, 'model' | 'bytes'>

export interface MeasureFoldOptions {
  readonly catalogue: Catalogue
  /** The full dataset, into which the fold's tasks point. */
  readonly dataset: Dataset
  readonly plans: readonly PlanSpec[]
  readonly rankers: readonly NamedBytes[]
  /** See EvaluationInit. */
  readonly crossed: boolean
  readonly threads: number
  readonly memoryBudgetBytes?: number
  readonly historyLimit?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (stage: string, done: number, total: number) => void
}

export interface FoldResult {
  readonly columns: readonly MeasuredColumn[]
  valuesOf(row: number): Float64Array
  exposuresOf(row: number, items: number): Uint32Array
}

/** Asks every question of the fold of every plan, on as many threads as wanted. */
export async function measureFold(
  fold: Fold,
  trained: readonly NamedBytes[],
  measure: MeasureOptions,
  options: MeasureFoldOptions,
  exclude: readonly number[] = [],
): Promise<FoldResult> {
  const { catalogue, dataset, threads, plans } = options
  const arena = createArena(options.memoryBudgetBytes ?? 2 ** 31)
  const artifacts = [...trained, ...options.rankers].map(({ model, bytes }) => ({
    name: model,
    artifact: placeArtifact(bytes, arena),
  }))
  const generation = createGeneration('evaluation', arena, artifacts, catalogue, threads)
  const { columns } = createMeasure(fold, dataset, measure)
  const width = columns.length
  const { count } = fold.tasks
  const listLength = measure.at
  const init: Omit<EvaluationInit, 'thread'> = {
    generation,
    plans,
    crossed: options.crossed,
    fold,
    dataset,
    measure,
    exclude,
    count: Math.max(measure.at, ...(measure.recallAt ?? [])) + SPARE_PLACES,
    historyLimit: options.historyLimit ?? 1_000,
    results: {
      values: new Float64Array(new SharedArrayBuffer(plans.length * count * width * 8)),
      lists: new Uint32Array(new SharedArrayBuffer(plans.length * count * listLength * 4)),
      listLength,
    },
  }
  const { values, lists } = init.results
  const workers = Array.from({ length: threads }, (_, thread) =>
    startThread<EvaluationApi>(new URL('./evaluation-thread.js', import.meta.url), { ...init, thread }),
  )
  let next = 0
  let done = 0
  const work = async ({ api }: (typeof workers)[number]): Promise<void> => {
    while (next < count) {
      if (options.signal?.aborted) throw new SonaError('TRAINING_ABORTED', 'The evaluation was stopped before it was done.')
      const from = next
      next = Math.min(count, from + CHUNK)
      const to = next
      await api.evaluate(from, to)
      done += to - from
      options.onProgress?.('Asking', done, count)
    }
  }
  try {
    await Promise.all(workers.map(work))
    return {
      columns,
      valuesOf: (row) => values.slice(row * count * width, (row + 1) * count * width),
      exposuresOf: (row, items) => exposuresIn(lists.subarray(row * count * listLength, (row + 1) * count * listLength), items),
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

function exposuresIn(lists: Uint32Array, items: number): Uint32Array {
  const exposures = new Uint32Array(items)
  const shown = lists.filter((row) => row !== NO_ITEM)
  countExposures(exposures, shown, shown.length)
  return exposures
}
