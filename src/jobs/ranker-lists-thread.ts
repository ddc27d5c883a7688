import type { Query } from '../domain/query.js'
import { createRandom } from '../domain/random.js'
import { type Generation, openGeneration } from '../engine/generation.js'
import { targetsOf } from '../evaluation/tasks.js'
import { type RankerList, rankerList } from '../pipeline/learn.js'
import { createPlan, type PlanSpec } from '../pipeline/plan.js'
import type { LearningOptions } from '../ranking/fit-ranking.js'
import { serveThread } from '../threads/serve.js'
import { type Asked, worldOfTask } from './task-world.js'

/** What a thread that asks questions for a ranker to learn from is told once. */
export interface RankerListsInit {
  readonly generation: Generation
  readonly thread: number
  readonly plan: PlanSpec
  readonly asked: Asked
  readonly options: LearningOptions
  readonly seed: number
}

export interface TaskList extends RankerList {
  readonly task: number
}

export type RankerListsApi = ReturnType<typeof rankerListsApi>

function rankerListsApi({ generation, thread, plan: spec, asked, options, seed }: RankerListsInit) {
  const { kernels, snapshot } = openGeneration(generation, thread)
  const plan = createPlan(spec)
  const query: Query = { count: 10, context: {}, kinds: [], exclude: [], reasons: false }
  return {
    /** The lists of these tasks, without those whose right title could not have been proposed. */
    lists(tasks: Uint32Array): TaskList[] {
      return Array.from(tasks).flatMap((task) => {
        const mark = kernels.arena.mark()
        try {
          const world = worldOfTask(asked, task, query, snapshot(), kernels)
          const chance = createRandom(`${seed}/ranker/${task}`) // each task its own: any number of threads, the same lists
          const targets = targetsOf(asked.tasks, task)
          const list = rankerList(query, { plan, weights: spec.weights }, world, targets, options, chance)
          return list === undefined ? [] : [{ task, ...list }]
        } finally {
          kernels.arena.release(mark)
        }
      })
    },
  }
}

serveThread(rankerListsApi)
