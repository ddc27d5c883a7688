import { assert, SonaError } from '../../domain/errors.js'
import type { BeforeTest } from '../../evaluation/before-test.js'
import type { Catalogue } from '../../features/catalogue.js'
import { type ModelSpec, modelName } from '../../pipeline/train.js'
import { trainModels } from '../train.js'
import type { Deadline } from './deadline.js'

/** Trains models when they are asked for, and keeps them while there is room: a candidate that goes on is not trained again. */
export interface Shelf {
  /** The trained models, by key. Undefined when time ran out. */
  take(specs: ReadonlyMap<string, ModelSpec>, deadline: Deadline): Promise<ReadonlyMap<string, Uint8Array> | undefined>
}

export interface ShelfOptions {
  readonly data: BeforeTest
  readonly catalogue: Catalogue
  readonly seed: number
  /** Models trained at the same time. */
  readonly threads: number
  /** What a model's training may take. */
  readonly trainingBudgetBytes: number | undefined
  /** Stops everything, with TRAINING_ABORTED. */
  readonly signal: AbortSignal
}

/** Trained models that are kept for a next rung; beyond it those that were not needed for the longest time are trained again. */
const SHELF_BYTES = 2 ** 30

export function createShelf({ data, catalogue, seed, threads, trainingBudgetBytes, signal }: ShelfOptions): Shelf {
  const kept = new Map<string, Uint8Array>() // the longest unused first
  return {
    async take(specs, deadline) {
      const missing = [...specs].filter(([key]) => !kept.has(key))
      try {
        const trained = await trainModels(
          { dataset: data.validation.train, catalogue },
          {
            models: missing.map(([, spec]) => spec),
            seed,
            threads,
            signal: deadline.signal,
            ...(trainingBudgetBytes !== undefined && { memoryBudgetBytes: trainingBudgetBytes }),
          },
        )
        trained.forEach(({ bytes }, at) => {
          kept.set(missing[at][0], bytes)
        })
      } catch (error) {
        // Time ran out while something was training: nothing of it counts, and the caller is told so.
        const isTimeUp = error instanceof SonaError && error.code === 'TRAINING_ABORTED' && !signal.aborted
        if (isTimeUp) return undefined
        throw error
      }
      const taken = new Map<string, Uint8Array>()
      for (const key of specs.keys()) {
        const bytes = kept.get(key)
        assert(bytes !== undefined, `the model ${key} was trained`)
        kept.delete(key)
        kept.set(key, bytes)
        taken.set(key, bytes)
      }
      dropUnused(kept)
      return taken
    },
  }
}

function dropUnused(kept: Map<string, Uint8Array>): void {
  let total = 0
  for (const { length } of kept.values()) total += length
  for (const [key, { length }] of kept) {
    if (total <= SHELF_BYTES) return
    kept.delete(key)
    total -= length
  }
}

/** What a trained model depends on beside data and seed; the seed of a training is drawn by its name. */
export function keyOf(spec: ModelSpec): string {
  return JSON.stringify([modelName(spec), spec.algorithm, spec.options ?? {}])
}
