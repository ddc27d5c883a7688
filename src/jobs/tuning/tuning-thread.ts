import type { Query } from '../../domain/query.js'
import { openGeneration } from '../../engine/generation.js'
import { judge, ndcg } from '../../evaluation/metrics/index.js'
import { targetsOf } from '../../evaluation/tasks.js'
import { createPlan, type Plan, type PlanSpec } from '../../pipeline/plan.js'
import { arrange, gather } from '../../pipeline/recommend.js'
import { serveThread } from '../../threads/serve.js'
import type { World } from '../../world/visit.js'
import { worldOfTask } from '../task-world.js'
import type { TuningInit } from './tuning-messages.js'

export type TuningApi = ReturnType<typeof tuningApi>

function tuningApi(init: TuningInit) {
  const { tasks, order, at } = init
  const { kernels, snapshot } = openGeneration(init.generation, init.thread)
  const { arena } = kernels
  const query: Query = { count: init.count, context: {}, kinds: [], exclude: [], reasons: false }

  /** Gathers once for all plans that ask the same sources; that is what makes trying weights cheap. */
  function ndcgOf(groups: readonly Group[], task: number, world: World, out: (plan: number, value: number) => void): void {
    const targets = targetsOf(tasks, task)
    for (const { plans } of groups) {
      const gathered = gather(query, plans[0].plan, world)
      for (const { plan, place } of plans) {
        const { items } = arrange(query, plan, world, gathered)
        const judged = judge(
          items.map(({ item }) => item),
          targets,
          items.map(({ score }) => score),
        )
        out(place, ndcg.of(judged, at))
      }
    }
  }

  return {
    /** NDCG of the questions order[from] … order[to − 1], plan by plan: plans × questions. */
    ask(specs: readonly PlanSpec[], from: number, to: number): Float64Array {
      const groups = groupsOf(specs)
      const values = new Float64Array(specs.length * (to - from))
      for (let question = from; question < to; question++) {
        const mark = arena.mark()
        const world = worldOfTask(init, order[question], query, snapshot(), kernels)
        ndcgOf(groups, order[question], world, (plan, value) => {
          values[plan * (to - from) + question - from] = value
        })
        arena.release(mark)
      }
      return values
    },
  }
}

/** Plans that differ in what follows the sources only. `place` is where a plan stood. */
interface Group {
  readonly plans: { readonly plan: Plan; readonly place: number }[]
}

function groupsOf(specs: readonly PlanSpec[]): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const [place, spec] of specs.entries()) {
    const key = JSON.stringify([spec.sources, spec.candidatesPerSource])
    const group = groups.get(key) ?? { plans: [] }
    group.plans.push({ plan: createPlan(spec), place })
    groups.set(key, group)
  }
  return [...groups.values()]
}

serveThread(tuningApi)
