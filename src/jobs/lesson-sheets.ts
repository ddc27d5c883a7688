import { SonaError } from '../domain/errors.js'
import { createGeneration } from '../engine/generation.js'
import { placeArtifact } from '../engine/place-artifact.js'
import { createArena } from '../math/memory.js'
import { startThread } from '../threads/start.js'
import type { LearnedRanker, LearnRankerOptions, RankerLesson } from './learn-ranker.js'
import type { Sheet, SheetsApi, SheetsInit } from './lesson-sheets-thread.js'

/** Makes sheets in threads, as many questions at a time as it is given. */
export interface Sheets {
  /** The sheets of these tasks, in their order; any number of threads gives the same. */
  of(tasks: Uint32Array): Promise<readonly Sheet[]>
  close(): Promise<void>
}

export interface SheetsLesson extends RankerLesson {
  readonly ranker: LearnedRanker
}

/** Questions handed to a thread at a time. */
const CHUNK = 32

/** @param crossed whether the ranker learned from these very questions */
export function openSheets(
  { plan, catalogue, dataset, tasks, trained, ranker }: SheetsLesson,
  { crossed, features, ...options }: LearnRankerOptions & { readonly crossed: boolean; readonly features: readonly string[] },
): Sheets {
  const arena = createArena(options.memoryBudgetBytes ?? 2 ** 31)
  const rankers = crossed
    ? ranker.halves.map((bytes, half) => ({ model: `${ranker.name}/${half}`, bytes }))
    : [{ model: ranker.name, bytes: ranker.bytes }]
  const artifacts = [...trained, ...rankers].map(({ model, bytes }) => ({ name: model, artifact: placeArtifact(bytes, arena) }))
  const init: Omit<SheetsInit, 'thread'> = {
    generation: createGeneration('lessons', arena, artifacts, catalogue, options.threads),
    plan,
    asked: { dataset, tasks, historyLimit: options.historyLimit ?? 1_000 },
    crossed,
    features,
  }
  const workers = Array.from({ length: options.threads }, (_, thread) =>
    startThread<SheetsApi>(new URL('./lesson-sheets-thread.js', import.meta.url), { ...init, thread }),
  )
  return {
    async of(wanted) {
      const chunks = Array.from({ length: Math.ceil(wanted.length / CHUNK) }, (_, at) =>
        wanted.slice(at * CHUNK, (at + 1) * CHUNK),
      )
      const made: (readonly Sheet[])[] = []
      let next = 0
      const work = async ({ api }: (typeof workers)[number]): Promise<void> => {
        while (next < chunks.length) {
          if (options.signal?.aborted) throw new SonaError('TRAINING_ABORTED', 'The evaluation was stopped before it was done.')
          const at = next++
          made[at] = await api.sheets(chunks[at])
        }
      }
      await Promise.all(workers.map(work))
      return made.flat()
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}
