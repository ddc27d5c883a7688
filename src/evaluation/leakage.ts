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
 *   - a history belongs to its user, ends before its target (or, shuffled, leaves it out) and is never later than the question;
 *   - where items are withheld, no event on one is in `train` or in a history.
 *
 * O(entries + tasks).
 */
export function assertNoLeak(fold: Fold, dataset: Dataset): void {
  const { train } = fold
  assert(train.userCount === dataset.userCount && train.itemCount === dataset.itemCount, 'train keeps the rows of the dataset')
  assert(train.asOfDay <= Math.min(fold.trainBeforeDay, dataset.asOfDay), 'train ends no later than the cut')
  const late = train.days.find((day) => day >= fold.trainBeforeDay)
  assert(late === undefined, () => `leak: a training entry at day ${late}, the cut is ${fold.trainBeforeDay}`)
  const targets = create(dataset.items.length)
  for (const entry of fold.tasks.targetEntries) set(targets, entry)
  const firstTarget = firstTargets(fold, dataset)
  for (let user = 0; user < dataset.userCount; user++) assertTrainIsPartOfPast(fold, dataset, user, targets, firstTarget[user])
  assertTasks(fold, dataset)
  assertWithheld(fold, dataset)
}

function assertWithheld({ withheld, train, tasks }: Fold, dataset: Dataset): void {
  if (withheld === undefined) return
  const trained = train.items.find((item) => has(withheld, item))
  assert(trained === undefined, () => `leak: item ${trained} is withheld, but has an event in train`)
  const known = tasks.history.find((entry) => has(withheld, dataset.items[entry]))
  assert(known === undefined, () => `leak: entry ${known} of a history is on an item that is withheld`)
}

/** Greedy matching decides "is a subsequence" exactly. */
function assertTrainIsPartOfPast(fold: Fold, dataset: Dataset, user: number, targets: Bitmap, firstTarget: number): void {
  const { train } = fold
  const end = fold.order === 'past-to-future' ? firstTarget : dataset.start[user + 1]
  let entry = dataset.start[user]
  for (let at = train.start[user]; at < train.start[user + 1]; at++) {
    const [item, day] = [train.items[at], train.days[at]]
    while (entry < end && (dataset.items[entry] !== item || dataset.days[entry] !== day || has(targets, entry))) entry++
    if (entry === end) assert(false, `leak: user ${user} has item ${item} of day ${day} in train, which is not known by then`)
    entry++
  }
}

function assertTasks({ tasks, order, trainBeforeDay }: Fold, dataset: Dataset): void {
  assertAscending(tasks.history)
  const isTargetOf = new Int32Array(dataset.items.length).fill(-1)
  for (let task = 0; task < tasks.count; task++) {
    const user = tasks.users[task]
    const [start, end] = [dataset.start[user], dataset.start[user + 1]]
    assert(targetsOf(tasks, task).length > 0, () => `task ${task} has a target`)
    let firstTarget = end
    for (let at = tasks.targetStart[task]; at < tasks.targetStart[task + 1]; at++) {
      const entry = tasks.targetEntries[at]
      const isOwn = entry >= start && entry < end && dataset.items[entry] === tasks.targets[at]
      assert(isOwn, () => `task ${task}: a target is an entry of its user`)
      const isLate = trainBeforeDay === Number.POSITIVE_INFINITY || dataset.days[entry] >= trainBeforeDay
      assert(isLate, () => `task ${task} is after the cut`)
      isTargetOf[entry] = task
      firstTarget = Math.min(firstTarget, entry)
    }
    const history = tasks.history.subarray(tasks.historyStart[task], tasks.historyEnd[task])
    if (history.length === 0) continue
    // Entries ascend, and days with them within a user: the two ends speak for all between them.
    const last = history[history.length - 1]
    assert(history[0] >= start && last < end, () => `leak: somebody else's entry in the history of task ${task}`)
    assert(dataset.days[last] <= tasks.days[task], () => `leak: entry ${last} is later than the question of task ${task}`)
    const isKnown = order === 'past-to-future' ? last < firstTarget : !history.some((entry) => isTargetOf[entry] === task)
    assert(isKnown, () => `leak: a target, or what came after it, in the history of task ${task}`)
  }
}

function assertAscending(entries: Uint32Array): void {
  for (let at = 1; at < entries.length; at++) {
    if (entries[at] <= entries[at - 1]) assert(false, 'histories list their entries in order')
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
