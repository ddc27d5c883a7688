import { itemIndex } from '../domain/ids.js'
import type { Query } from '../domain/query.js'
import { MS_PER_DAY } from '../domain/time.js'
import { noTraits } from '../domain/user.js'
import { openGeneration } from '../engine/generation.js'
import { createMeasure } from '../evaluation/measure.js'
import { historyOf } from '../evaluation/tasks.js'
import type { History } from '../features/history.js'
import type { Arena } from '../math/memory.js'
import { createPlan } from '../pipeline/plan.js'
import { recommend } from '../pipeline/recommend.js'
import { serveThread } from '../threads/serve.js'
import { createWorld, unlimited } from '../world/visit.js'
import { type EvaluationInit, NO_ITEM } from './evaluation-messages.js'

export type EvaluationApi = ReturnType<typeof evaluationApi>

function evaluationApi(init: EvaluationInit) {
  const { dataset, fold, results } = init
  const { kernels, snapshot } = openGeneration(init.generation, init.thread)
  const { arena } = kernels
  const plans = init.plans.map(createPlan)
  const measure = createMeasure(fold, dataset, init.measure)
  const width = measure.columns.length
  const query: Query = { count: init.count, context: {}, kinds: [], exclude: init.exclude.map(itemIndex), reasons: false }

  function answerTask(task: number): void {
    const past = historyOf(dataset, fold.tasks, task)
    const world = createWorld(
      query,
      snapshot(),
      {
        now: fold.tasks.days[task] * MS_PER_DAY,
        traits: noTraits,
        history: placed(past, init.historyLimit, arena),
        seen: past.items,
      },
      unlimited,
      kernels,
    )
    // One world for all plans: what one plan has had scored, the next one finds in the memo.
    plans.forEach((plan, at) => {
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

/** The newest entries, in the kernels' memory. */
function placed(history: History, limit: number, arena: Arena): History {
  const first = Math.max(0, history.items.length - limit)
  const length = history.items.length - first
  const copy = { items: arena.u32(length), engagement: arena.f32(length), ageDays: arena.f32(length) }
  copy.items.set(history.items.subarray(first))
  copy.engagement.set(history.engagement.subarray(first))
  copy.ageDays.set(history.ageDays.subarray(first))
  return copy
}

serveThread(evaluationApi)
