import type { AdapterFormat } from '../adapters/codec.js'
import type { SharedBase, SharedTier } from '../adapters/tier.js'
import { MS_PER_DAY } from '../domain/time.js'
import type { Generation } from '../engine/generation.js'
import { loadGeneration } from '../engine/load-generation.js'
import { defaultPlan } from '../pipeline/default-plan.js'
import type { PlanSpec } from '../pipeline/plan.js'
import type { Store } from '../storage/store.js'
import { startThread } from '../threads/start.js'
import type { AdapterBatch, AdapterTrainingInit, TrainedBatch } from './adapter-training-messages.js'
import type { AdapterTrainingApi } from './adapter-training-thread.js'

/** One generation of the models in a thread that trains adapters with it: never on the thread that serves. */
export interface AdapterTrainer {
  /** The version of the models. Where another is live, open another trainer. */
  readonly modelVersion: string
  train(batch: AdapterBatch): Promise<TrainedBatch>
  /** What all adapters share, with what was learned since it was given; undefined where no tier was ever fitted. */
  shared(): Promise<(SharedBase & { readonly space: string }) | undefined>
  useShared(shared: SharedBase): Promise<void>
  /** Reads items again if any of these is newer than the generation. */
  know(itemNos: Int32Array): Promise<void>
  close(): Promise<void>
}

export interface AdapterTrainerOptions {
  /** Whose sources and ranker lessons are made with. Default: the default plan. */
  readonly plan?: PlanSpec
  /** In place of the published one. */
  readonly tier?: SharedTier
  readonly format?: AdapterFormat
  readonly historyLimit?: number
  readonly heldOut?: number
  readonly memoryBudgetBytes?: number
  /** `all`: learns from events too that the models learned from. Default: only from those that they did not see. */
  readonly events?: 'unseen' | 'all'
}

const DEFAULT_MEMORY_BUDGET = 2 ** 30
const DEFAULT_HISTORY = 1_000
const DEFAULT_HELD_OUT = 4

export async function openAdapterTrainer(store: Store, options: AdapterTrainerOptions = {}): Promise<AdapterTrainer> {
  const { generation, items } = await loadGeneration(store, {
    threads: 1,
    memoryBudgetBytes: options.memoryBudgetBytes ?? DEFAULT_MEMORY_BUDGET,
  })
  const init: AdapterTrainingInit = {
    generation,
    thread: 0,
    plan: options.plan ?? defaultPlan,
    ...(options.tier && { tier: options.tier }),
    format: options.format ?? 'f16',
    historyLimit: options.historyLimit ?? DEFAULT_HISTORY,
    heldOut: options.heldOut ?? DEFAULT_HELD_OUT,
    unseenFrom: options.events === 'all' ? Number.NEGATIVE_INFINITY : learnedUntil(generation),
  }
  const thread = startThread<AdapterTrainingApi>(new URL('./adapter-training-thread.js', import.meta.url), init)
  let highest = items.reduce((most, { itemNo }) => Math.max(most, itemNo), -1)
  return {
    modelVersion: generation.version,
    train: (batch) => thread.api.train(batch),
    shared: () => thread.api.shared(),
    useShared: (shared) => thread.api.useShared(shared),
    async know(itemNos) {
      const newest = itemNos.reduce((most, each) => Math.max(most, each), -1)
      if (newest <= highest) return
      const fresh = []
      for await (const batch of store.items.all()) fresh.push(...batch.filter(({ itemNo }) => itemNo > highest))
      await thread.api.patch(fresh)
      highest = Math.max(newest, ...fresh.map(({ itemNo }) => itemNo))
    },
    close: () => thread.terminate(),
  }
}

/** The moment up to which any of the models learned. */
function learnedUntil({ models }: Generation): number {
  return models.reduce((latest, { artifact }) => Math.max(latest, artifact.header.asOfDay * MS_PER_DAY), Number.NEGATIVE_INFINITY)
}
