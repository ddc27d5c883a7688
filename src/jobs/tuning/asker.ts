import { createGeneration } from '../../engine/generation.js'
import { placeArtifact } from '../../engine/place-artifact.js'
import type { BeforeTest } from '../../evaluation/before-test.js'
import type { Catalogue } from '../../features/catalogue.js'
import { createArena } from '../../math/memory.js'
import type { PlanSpec } from '../../pipeline/plan.js'
import { startThread } from '../../threads/start.js'
import type { AskingOrder } from '../../tuning/asking-order.js'
import type { TuningInit } from './tuning-messages.js'
import type { TuningApi } from './tuning-thread.js'

/** Trained models in threads that answer questions of the validation. */
export interface Asker {
  /** NDCG of each plan on each question of the first `users` users. Undefined when it was told to stop. */
  ask(plans: readonly PlanSpec[], users: number, signal: AbortSignal): Promise<readonly Float64Array[] | undefined>
  close(): Promise<void>
}

export interface AskerOptions {
  readonly data: BeforeTest
  readonly catalogue: Catalogue
  readonly order: AskingOrder
  readonly at: number
  readonly threads: number
  readonly memoryBudgetBytes: number
  readonly historyLimit: number
}

/** Questions handed to a thread at a time. */
const CHUNK = 32
/** As deep as `sona evaluate` asks, so that the same plan gets the same numbers here and there. */
const COUNT = 102

/** @param models encoded artifacts, by the names that plans will use */
export function openAsker(models: ReadonlyMap<string, Uint8Array>, options: AskerOptions): Asker {
  const { data, order, threads } = options
  const arena = createArena(options.memoryBudgetBytes)
  const placed = Array.from(models, ([name, bytes]) => ({ name, artifact: placeArtifact(bytes, arena) }))
  const init: Omit<TuningInit, 'thread'> = {
    generation: createGeneration('tuning', arena, placed, options.catalogue, threads),
    dataset: data.dataset,
    tasks: data.validation.tasks,
    order: order.tasks,
    at: options.at,
    count: Math.max(COUNT, options.at + 2),
    historyLimit: options.historyLimit,
  }
  const workers = Array.from({ length: threads }, (_, thread) =>
    startThread<TuningApi>(new URL('./tuning-thread.js', import.meta.url), { ...init, thread }),
  )
  return {
    async ask(plans, users, signal) {
      const count = order.start[users]
      const values = plans.map(() => new Float64Array(count))
      let next = 0
      const work = async ({ api }: (typeof workers)[number]): Promise<void> => {
        while (next < count && !signal.aborted) {
          const from = next
          const to = Math.min(count, from + CHUNK)
          next = to
          const answers = await api.ask(plans, from, to)
          values.forEach((own, plan) => {
            own.set(answers.subarray(plan * (to - from), (plan + 1) * (to - from)), from)
          })
        }
      }
      await Promise.all(workers.map(work))
      return signal.aborted ? undefined : values
    },
    close: () => Promise.all(workers.map((worker) => worker.terminate())).then(() => {}),
  }
}
