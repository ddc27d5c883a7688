/** Parts of an evaluation that behave differently, and how large each is: a mean over everybody hides the newcomers. */
import type { Dataset } from '../features/dataset.js'
import { type Bitmap, count, create, has, set } from '../math/bitmap.js'
import { headOf, popularityOf } from './item-popularity.js'
import type { Fold } from './splits.js'

export interface Slice {
  readonly name: string
  /** What is in it, for the reader of a table. */
  readonly definition: string
  /** Of `tasks`: these questions, with all their targets. Of `targets`: all questions, but only these targets are right. */
  readonly of: 'tasks' | 'targets'
  /** A set of tasks, or of positions in `Tasks.targets`. */
  readonly members: Bitmap
  /** Its part of all tasks, or of all targets. */
  readonly share: number
  /** Users with at least one task, or one target, in it. */
  readonly users: number
}

/** A title that was rated 4 of 5, or taken to the end and not rated, has 0.625 or 0.55 (features/engagement.ts). */
const LIKED_FROM = 0.62

/** All slices of a fold, those without a member included, in the order they are printed. */
export function slicesOf(fold: Fold, dataset: Dataset): readonly Slice[] {
  return [...userSlices(fold), ...targetSlices(fold, dataset)]
}

/** By how much was known of the user: at the moment of the question, and when the models learned. */
function userSlices(fold: Fold): readonly Slice[] {
  const { tasks, train } = fold
  const asked = (task: number): number => tasks.historyEnd[task] - tasks.historyStart[task]
  const trained = (task: number): number => train.start[tasks.users[task] + 1] - train.start[tasks.users[task]]
  const between = (entries: (task: number) => number, from: number, to: number) => (task: number) =>
    entries(task) >= from && entries(task) <= to
  return [
    taskSlice(fold, 'history < 5', 'fewer than 5 entries in the history when asked', between(asked, 0, 4)),
    taskSlice(fold, 'history 5–19', '5 to 19 entries in the history when asked', between(asked, 5, 19)),
    taskSlice(fold, 'history 20–99', '20 to 99 entries in the history when asked', between(asked, 20, 99)),
    taskSlice(
      fold,
      'history ≥ 100',
      '100 entries or more in the history when asked',
      between(asked, 100, Number.POSITIVE_INFINITY),
    ),
    taskSlice(fold, 'new users', 'no training entry of the user', between(trained, 0, 0)),
    taskSlice(fold, 'light users', '1 to 4 training entries of the user', between(trained, 1, 4)),
    taskSlice(fold, 'warm users', '5 training entries of the user or more', between(trained, 5, Number.POSITIVE_INFINITY)),
  ]
}

/** By how well the right answer was known when the models learned, and how much the user liked it. */
function targetSlices(fold: Fold, dataset: Dataset): readonly Slice[] {
  const { targets, targetEntries } = fold.tasks
  const popularity = popularityOf(fold.train)
  const head = headOf(popularity)
  const isNew = (at: number): boolean => popularity.entries[targets[at]] === 0
  const isHead = (at: number): boolean => has(head, targets[at])
  return [
    targetSlice(fold, 'head', 'targets among the fewest titles that have 80 % of the training entries', isHead),
    targetSlice(fold, 'tail', 'targets that are known but not in the head', (at) => !isHead(at) && !isNew(at)),
    targetSlice(fold, 'new items', 'targets without a training entry', isNew),
    targetSlice(
      fold,
      'liked',
      `targets with an engagement of ${LIKED_FROM} or more: rated at least 4 of 5`,
      (at) => dataset.engagement[targetEntries[at]] >= LIKED_FROM,
    ),
  ]
}

function taskSlice({ tasks }: Fold, name: string, definition: string, includes: (task: number) => boolean): Slice {
  const members = create(tasks.count)
  const users = new Set<number>()
  for (let task = 0; task < tasks.count; task++) {
    if (!includes(task)) continue
    set(members, task)
    users.add(tasks.users[task])
  }
  return { name, definition, of: 'tasks', members, share: count(members) / tasks.count, users: users.size }
}

function targetSlice({ tasks }: Fold, name: string, definition: string, includes: (at: number) => boolean): Slice {
  const members = create(tasks.targets.length)
  const users = new Set<number>()
  for (let task = 0; task < tasks.count; task++) {
    for (let at = tasks.targetStart[task]; at < tasks.targetStart[task + 1]; at++) {
      if (!includes(at)) continue
      set(members, at)
      users.add(tasks.users[task])
    }
  }
  return { name, definition, of: 'targets', members, share: count(members) / tasks.targets.length, users: users.size }
}
