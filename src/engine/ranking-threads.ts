import { setTimeout as sleep } from 'node:timers/promises'
import type { SharedBase } from '../adapters/tier.js'
import { SonaError } from '../domain/errors.js'
import type { NumberedItem } from '../features/catalogue.js'
import type { PlanSpec } from '../pipeline/plan.js'
import { startThread, type Thread } from '../threads/start.js'
import type { Generation } from './generation.js'
import type { FoundAnswer, RankedAnswer, Ranking, SimilarAnswer } from './ranking.js'
import type { RankingApi, RankingInit } from './ranking-thread.js'

interface Worker {
  thread: Thread<RankingApi>
  inFlight: number
}

/** How long questions that were asked may take to be answered when the threads are to end. */
const CLOSE_WITHIN_MS = 2_000

/** Questions one thread may have waiting; beyond it the answer is OVERLOADED at once instead of late. */
const MOST_WAITING = 512

/**
 * Ranking on threads of their own, all over one shared memory. Each question goes to the thread with the fewest waiting. A thread
 * that dies is replaced, and its questions are asked once more.
 */
export function rankingThreads(plan: PlanSpec, count: number, onDeath: (error: unknown) => void): Ranking {
  let generation: Generation | undefined
  let shared: SharedBase | undefined
  const patches = new Map<number, NumberedItem>() // since the generation was loaded, for a thread that has to begin anew
  let isClosing = false
  const start = (thread: number): Thread<RankingApi> => {
    const init: RankingInit = { plan, thread }
    return startThread<RankingApi>(new URL('./ranking-thread.js', import.meta.url), init)
  }
  const workers: Worker[] = Array.from({ length: count }, (_, thread) => ({ thread: start(thread), inFlight: 0 }))

  async function ask<T>(worker: Worker, question: (api: Thread<RankingApi>['api']) => Promise<T>): Promise<T> {
    const { thread } = worker
    worker.inFlight++
    try {
      return await question(thread.api)
    } catch (error) {
      const hasDied = error instanceof SonaError && error.code === 'THREAD_DIED'
      if (!hasDied || isClosing) throw error
      onDeath(error)
      if (worker.thread === thread) await replace(worker)
      return await question(worker.thread.api)
    } finally {
      worker.inFlight--
    }
  }

  async function askIdlest<T>(question: (api: Thread<RankingApi>['api']) => Promise<T>): Promise<T> {
    const idlest = workers.reduce((best, worker) => (worker.inFlight < best.inFlight ? worker : best))
    if (idlest.inFlight >= MOST_WAITING) {
      throw new SonaError('OVERLOADED', 'More questions are waiting than can be answered in time. Retry in a second.')
    }
    return ask(idlest, question)
  }

  async function replace(worker: Worker): Promise<void> {
    worker.thread = start(workers.indexOf(worker))
    if (generation === undefined) return
    await worker.thread.api.load(generation)
    if (patches.size > 0) await worker.thread.api.patch([...patches.values()])
    if (shared !== undefined) await worker.thread.api.share(shared)
  }

  return {
    get alive() {
      return workers.length
    },
    recommend: async (request) => JSON.parse(await askIdlest((api) => api.recommend(request))) as RankedAnswer,
    search: async (question) => JSON.parse(await askIdlest((api) => api.search(question))) as FoundAnswer,
    similar: async (question) => JSON.parse(await askIdlest((api) => api.similar(question))) as SimilarAnswer,
    profile: (request) => askIdlest((api) => api.profile(request)),
    leanings: (adapter) => askIdlest((api) => api.leanings(adapter)),
    async patch(changes) {
      for (const change of changes) patches.set(change.itemNo, change)
      await Promise.all(workers.map((worker) => ask(worker, (api) => api.patch(changes))))
    },
    async share(next) {
      shared = next
      await Promise.all(workers.map((worker) => ask(worker, (api) => api.share(next))))
    },
    async load(next) {
      generation = next
      shared = undefined
      patches.clear()
      await Promise.all(workers.map((worker) => ask(worker, (api) => api.load(next))))
    },
    async close() {
      isClosing = true
      for (let waited = 0; waited < CLOSE_WITHIN_MS && workers.some(({ inFlight }) => inFlight > 0); waited += 10) await sleep(10)
      await Promise.all(workers.map(({ thread }) => thread.terminate()))
    },
  }
}
