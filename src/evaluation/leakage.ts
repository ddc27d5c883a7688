import type { Dataset } from '../features/dataset.js'
import { assert } from '../math/assert.js'
import { type Bitmap, create, has, set } from '../math/bitmap.js'
import type { Fold } from './splits.js'
import { targetsOf } from './tasks.js'

/**
 * Fails when a fold lets models see what they are asked about. It looks at the data only, not at how the split was made:
 *
 *   - nothing in `train`, of anybody, is at or after the fold's cut day, and no question is asked before it;
 *   - a user's training entries are entries of that user in `dataset`, in their order, without the fold's targets, and, where
 *     time is kept in order, all before the user's first target;
 *   - a history belongs to its user, ends before its target (or, shuffled, leaves it out) and is never later than the question.
 *
 * O(entries + tasks · history), without allocation per task.
 */
export function assertNoLeak(fold: Fold, dataset: Dataset): void {
  const { train } = fold
  assert(train.userCount === dataset.userCount && train.itemCount === dataset.itemCount, 'train keeps the rows of the dataset')
  assert(train.asOfDay <= Math.min(fold.trainBeforeDay, dataset.asOfDay), 'train ends no later than the cut')
  for (const day of train.days)
    assert(day < fold.trainBeforeDay, () => `leak: a training entry at day ${day}, the cut is ${fold.trainBeforeDay}`)
  const targets = create(dataset.items.length)
  for (const entry of fold.tasks.targetEntries) set(targets, entry)
  const firstTarget = firstTargets(fold, dataset)
  for (let user = 0; user < dataset.userCount; user++) assertTrainIsPartOfPast(fold, dataset, user, targets, firstTarget[user])
  assertTasks(fold, dataset)
}

/** Greedy matching decides "is a subsequence" exactly. */
function assertTrainIsPartOfPast(fold: Fold, dataset: Dataset, user: number, targets: Bitmap, firstTarget: number): void {
  const { train } = fold
  const end = fold.order === 'past-to-future' ? firstTarget : dataset.start[user + 1]
  let entry = dataset.start[user]
  for (let at = train.start[user]; at < train.start[user + 1]; at++) {
    const matches = (): boolean =>
      !has(targets, entry) && dataset.items[entry] === train.items[at] && dataset.days[entry] === train.days[at]
    while (entry < end && !matches()) entry++
    assert(
      entry < end,
      `leak: user ${user} has item ${train.items[at]} of day ${train.days[at]} in train, which is not known by then`,
    )
    entry++
  }
}

function assertTasks({ tasks, order, trainBeforeDay }: Fold, dataset: Dataset): void {
  const isTargetOf = new Int32Array(dataset.items.length).fill(-1)
  for (let task = 0; task < tasks.count; task++) {
    const user = tasks.users[task]
    const belongs = (entry: number): boolean => entry >= dataset.start[user] && entry < dataset.start[user + 1]
    assert(targetsOf(tasks, task).length > 0, () => `task ${task} has a target`)
    let first = dataset.items.length
    for (let at = tasks.targetStart[task]; at < tasks.targetStart[task + 1]; at++) {
      const entry = tasks.targetEntries[at]
      assert(belongs(entry) && dataset.items[entry] === tasks.targets[at], () => `task ${task}: a target is an entry of its user`)
      isTargetOf[entry] = task
      first = Math.min(first, entry)
      if (trainBeforeDay !== Number.POSITIVE_INFINITY)
        assert(dataset.days[entry] >= trainBeforeDay, () => `task ${task} is after the cut`)
    }
    for (let at = tasks.historyStart[task]; at < tasks.historyEnd[task]; at++) {
      const entry = tasks.history[at]
      const isKnown = order === 'past-to-future' ? entry < first : isTargetOf[entry] !== task
      assert(belongs(entry) && isKnown, () => `leak: entry ${entry} in the history of task ${task}`)
      assert(dataset.days[entry] <= tasks.days[task], () => `leak: entry ${entry} is later than the question of task ${task}`)
    }
  }
}

/** The first entry of each user that is a target, or where the user's entries end. */
function firstTargets({ tasks }: Fold, dataset: Dataset): Uint32Array {
  const first = dataset.start.slice(1)
  for (let task = 0; task < tasks.count; task++) {
    const user = tasks.users[task]
    for (let at = tasks.targetStart[task]; at < tasks.targetStart[task + 1]; at++) {
      first[user] = Math.min(first[user], tasks.targetEntries[at])
    }
  }
  return first
}
