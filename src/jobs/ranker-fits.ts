import type { LearningOptions, Lesson } from '../ranking/fit-ranking.js'
import { startThread } from '../threads/start.js'
import type { RankingKind } from '../world/ranking-model.js'
import type { LearnRankerOptions } from './learn-ranker.js'
import type { FittedRanker, RankerFitApi, RankerFitInit } from './ranker-fit-thread.js'
import { ABORT } from './training-messages.js'

/** One kind of ranker, learned from each half of the users. */
export interface Fits {
  readonly kind: 'linear' | 'trees'
  readonly parts: readonly [FittedRanker, FittedRanker]
  /** Learned from all; where it was begun before the choice was known. */
  readonly whole?: FittedRanker
}

export interface Fitting {
  readonly lesson: Lesson
  readonly halves: Uint8Array
  readonly learning: LearningOptions
}

/** Both halves of each kind, and the trees on everything: they take longest, and are mostly what is chosen. */
export async function fitKinds(
  kinds: readonly ('linear' | 'trees')[],
  fitting: Fitting,
  options: LearnRankerOptions,
): Promise<readonly Fits[]> {
  const work = kinds.flatMap((kind) =>
    (kind === 'trees' ? (['all', 0, 1] as const) : ([0, 1] as const)).map((half) => ({ kind, half })),
  )
  const fitted = await fitAll(work, fitting, options)
  const find = (kind: RankingKind, half: 0 | 1 | 'all'): FittedRanker | undefined =>
    fitted[work.findIndex((each) => each.kind === kind && each.half === half)]
  return kinds.flatMap((kind) => {
    const [first, second, whole] = [find(kind, 0), find(kind, 1), find(kind, 'all')]
    return first && second ? [{ kind, parts: [first, second] as const, ...(whole && { whole }) }] : []
  })
}

/** One kind, learned from all lists. */
export async function fitWhole(kind: RankingKind, fitting: Fitting, options: LearnRankerOptions): Promise<FittedRanker> {
  const [whole] = await fitAll([{ kind, half: 'all' }], fitting, options)
  return whole
}

async function fitAll(
  work: readonly { readonly kind: RankingKind; readonly half: 0 | 1 | 'all' }[],
  { lesson, halves, learning }: Fitting,
  { seed, threads, signal, onProgress }: LearnRankerOptions,
): Promise<readonly FittedRanker[]> {
  const control = new Int32Array(new SharedArrayBuffer(8))
  const init: RankerFitInit = { lesson, halves, options: learning, seed, control }
  const abort = (): void => {
    Atomics.store(control, ABORT, 1)
  }
  signal?.addEventListener('abort', abort)
  if (signal?.aborted) abort()
  const fitted: FittedRanker[] = []
  let next = 0
  let done = 0
  const one = async (): Promise<void> => {
    const worker = startThread<RankerFitApi>(new URL('./ranker-fit-thread.js', import.meta.url), init)
    try {
      while (next < work.length) {
        const at = next++
        fitted[at] = await worker.api.fit(work[at].kind, work[at].half)
        onProgress?.('Learning to rank', ++done, work.length)
      }
    } finally {
      await worker.terminate()
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(threads, work.length) }, one))
    return fitted
  } finally {
    abort()
    signal?.removeEventListener('abort', abort)
  }
}
