import type { Query } from '../domain/query.js'
import { MS_PER_DAY } from '../domain/time.js'
import { noTraits } from '../domain/user.js'
import { historyOf, type Tasks } from '../evaluation/tasks.js'
import type { Dataset } from '../features/dataset.js'
import type { History } from '../features/history.js'
import type { Kernels } from '../math/kernels.js'
import type { Arena } from '../math/memory.js'
import type { Snapshot } from '../world/snapshot.js'
import { createWorld, unlimited, type World } from '../world/visit.js'

/** What the questions of an evaluation are asked of. */
export interface Asked {
  readonly dataset: Dataset
  readonly tasks: Tasks
  /** Most entries of a history that ranking looks at, as at serving. */
  readonly historyLimit: number
}

/** What the event of a question said for or against its title, −1 to 1. */
export function likingAt({ dataset, tasks }: Pick<Asked, 'dataset' | 'tasks'>, task: number): number {
  const entry = tasks.targetEntries[tasks.targetStart[task]]
  return dataset.details?.liking[entry] ?? (dataset.engagement[entry] > 0 ? 1 : -1)
}

/** The world of one question of an evaluation, as of its day. Takes room in the kernels' arena; whoever asks releases it. */
export function worldOfTask(
  { dataset, tasks, historyLimit }: Asked,
  task: number,
  query: Query,
  snapshot: Snapshot,
  kernels: Kernels,
): World {
  const past = historyOf(dataset, tasks, task)
  const visitor = {
    now: tasks.days[task] * MS_PER_DAY,
    traits: noTraits,
    history: placed(past, historyLimit, kernels.arena),
    seen: past.items,
  }
  return createWorld(query, snapshot, visitor, unlimited, kernels)
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
