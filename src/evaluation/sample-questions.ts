import type { Random } from '../domain/random.js'
import type { Dataset } from '../features/dataset.js'
import type { Fold, Split } from './splits.js'
import { createTasks, type Question, type Tasks } from './tasks.js'

/**
 * The split with at most `perUser` questions of each user in each fold, drawn without replacement. Means over users stay what they
 * were, up to chance: a user with a thousand test events is asked less often, not left out. The note says that it was done.
 */
export function sampleQuestions(
  dataset: Dataset,
  split: Split,
  { perUser, random }: { readonly perUser: number; readonly random: Random },
): Split {
  const sampled = (name: 'validation' | 'test'): Fold => {
    const fold = split[name]
    const chance = random.fork(name)
    return { ...fold, tasks: tasksNamed(dataset, fold.tasks, drawPerUser(fold.tasks, perUser, chance)) }
  }
  return {
    ...split,
    note: `${split.note} Of each user at most ${perUser} questions are asked, drawn at random.`,
    validation: sampled('validation'),
    test: sampled('test'),
  }
}

/** Numbers of tasks, ascending. */
function drawPerUser({ count, users }: Tasks, perUser: number, chance: Random): number[] {
  const drawn: number[] = []
  for (let first = 0; first < count; ) {
    let end = first + 1
    while (end < count && users[end] === users[first]) end++
    const own = Array.from({ length: end - first }, (_, at) => first + at)
    for (let at = 0; at < Math.min(perUser, own.length); at++) {
      const pick = at + chance.below(own.length - at)
      drawn.push(own[pick])
      own[pick] = own[at]
    }
    first = end
  }
  return drawn.sort((a, b) => a - b)
}

/** Some of the tasks, by their numbers, ascending. */
export function tasksNamed(dataset: Dataset, tasks: Tasks, numbers: Iterable<number>): Tasks {
  const questions = Array.from(
    numbers,
    (task): Question => ({
      user: tasks.users[task],
      day: tasks.days[task],
      historyStart: tasks.historyStart[task],
      historyEnd: tasks.historyEnd[task],
      targetEntries: [...tasks.targetEntries.subarray(tasks.targetStart[task], tasks.targetStart[task + 1])],
    }),
  )
  return createTasks(dataset, tasks.history, questions)
}
