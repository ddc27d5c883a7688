import type { Dataset } from '../features/dataset.js'
import type { Fold, Split } from './splits.js'
import { createTasks, type Question } from './tasks.js'

/**
 * The split with only those targets that were liked at least so much; a question without any is not asked. Histories and training
 * stay whole: what somebody disliked is known, but nobody wants it found.
 *
 * @param leastEngagement 0–1, see features/engagement.ts
 * @param words how the limit is put for a reader, e.g. `rated 4 of 5 or more`
 */
export function onlyRelevant(dataset: Dataset, split: Split, leastEngagement: number, words: string): Split {
  const filtered = (fold: Fold): Fold => ({ ...fold, tasks: relevantTasks(dataset, fold, leastEngagement) })
  return {
    ...split,
    note: `${split.note} Only targets ${words} count; histories and training keep all events.`,
    validation: filtered(split.validation),
    test: filtered(split.test),
  }
}

function relevantTasks(dataset: Dataset, { tasks }: Fold, leastEngagement: number): Fold['tasks'] {
  const questions: Question[] = []
  for (let task = 0; task < tasks.count; task++) {
    const targetEntries = [...tasks.targetEntries.subarray(tasks.targetStart[task], tasks.targetStart[task + 1])].filter(
      (entry) => dataset.engagement[entry] >= leastEngagement,
    )
    if (targetEntries.length === 0) continue
    const [user, day] = [tasks.users[task], tasks.days[task]]
    questions.push({ user, day, historyStart: tasks.historyStart[task], historyEnd: tasks.historyEnd[task], targetEntries })
  }
  return createTasks(dataset, tasks.history, questions)
}
