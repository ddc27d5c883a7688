import { itemIndex } from '../domain/ids.js'
import type { Query } from '../domain/query.js'
import { openGeneration } from '../engine/generation.js'
import { createMeasure } from '../evaluation/measure.js'
import { createPlan, learnedName, type PlanSpec } from '../pipeline/plan.js'
import { recommend } from '../pipeline/recommend.js'
import { serveThread } from '../threads/serve.js'
import { type EvaluationInit, NO_ITEM } from './evaluation-messages.js'
import { halfOf } from './learn-ranker.js'
import { worldOfTask } from './task-world.js'

export type EvaluationApi = ReturnType<typeof evaluationApi>

function evaluationApi(init: EvaluationInit) {
  const { dataset, fold, results } = init
  const { kernels, snapshot } = openGeneration(init.generation, init.thread)
  const { arena } = kernels
  const plans = ([0, 1] as const).map((half) =>
    init.plans.map((plan) => createPlan(init.crossed ? taughtBy(1 - half, plan) : plan)),
  )
  const measure = createMeasure(fold, dataset, init.measure)
  const width = measure.columns.length
  const asked = { dataset, tasks: fold.tasks, historyLimit: init.historyLimit }
  const query: Query = { count: init.count, context: {}, kinds: [], exclude: init.exclude.map(itemIndex), reasons: false }

  function answerTask(task: number): void {
    const world = worldOfTask(asked, task, query, snapshot(), kernels)
    // One world for all plans: what one plan has had scored, the next one finds in the memo.
    plans[halfOf(fold.tasks.users[task])].forEach((plan, at) => {
      const { items } = recommend(query, plan, world)
      const rows = items.map(({ item }) => item)
      const values = results.values.subarray(at * fold.tasks.count * width, (at + 1) * fold.tasks.count * width)
      measure.measure(
        task,
        rows,
        items.map(({ score }) => score),
        values,
      )
      const list = results.lists.subarray((at * fold.tasks.count + task) * results.listLength)
      for (let place = 0; place < results.listLength; place++) list[place] = rows[place] ?? itemIndex(NO_ITEM)
    })
  }

  return {
    evaluate(from: number, to: number): void {
      for (let task = from; task < to; task++) {
        const mark = arena.mark()
        answerTask(task)
        arena.release(mark)
      }
    },
  }
}

/** The plan with the ranker that learned from one half of the users only. */
function taughtBy(half: number, plan: PlanSpec): PlanSpec {
  return { ...plan, learnedRanker: `${learnedName(plan)}/${half}` }
}

serveThread(evaluationApi)
