import { SonaError } from '../domain/errors.js'
import { createRandom } from '../domain/random.js'
import { assertNoLeak } from '../evaluation/leakage.js'
import { dayQuantiles, globalTime, type Split } from '../evaluation/splits.js'
import { createTasks, type Question, type Tasks } from '../evaluation/tasks.js'
import type { Dataset } from '../features/dataset.js'
import { shuffle } from '../math/shuffle.js'

/** Shares of all events, in order of time: what each stage may see. */
export interface Stages {
  /** Models that the ranker and the shared tier are taught with learn from what is before. */
  readonly beforeTeaching: number
  /** The ranker and the tier are taught on what is before; the models are then trained again on it, and events are played from here on. */
  readonly beforePlay: number
  /** Events are scored from here on; earlier ones are only learned from. */
  readonly beforeScore: number
}

/** The newest share of events is played and scored, and what is shared is taught on as many before them. */
export function stagesOf(played: number): Stages {
  return { beforeTeaching: 1 - 2 * played, beforePlay: 1 - played, beforeScore: 1 - played }
}

export interface Sampling {
  /** Of each user at most the first so many events after the cut. */
  readonly perUser?: number
  /** About so many events: whole users, drawn at random. */
  readonly questions?: number
}

export interface PrequentialSplit extends Split {
  /** Questions asked on this day or later are scored. */
  readonly scoredFromDay: number
}

/**
 * The global-time split of these stages. Its test questions are all that is played: with samplings, fewer users or only their first
 * events, so that nobody's events have gaps.
 */
export function prequentialSplit(
  dataset: Dataset,
  stages: Stages,
  sampling: Sampling & { readonly seed: number },
): PrequentialSplit {
  if (dataset.items.length === 0) {
    throw new SonaError('EMPTY_CATALOGUE', 'There are no events to evaluate on. Run `sona import` first.')
  }
  const { beforeTeaching, beforePlay, beforeScore } = stages
  const split = globalTime(dataset, { validationQuantile: beforeTeaching, testQuantile: beforePlay })
  for (const fold of [split.validation, split.test]) assertNoLeak(fold, dataset)
  const [scoredFromDay] = dayQuantiles(dataset, [beforeScore])
  const tasks = sampled(dataset, split.test.tasks, sampling)
  return { ...split, test: { ...split.test, tasks }, scoredFromDay }
}

function sampled(dataset: Dataset, tasks: Tasks, { perUser, questions, seed }: Sampling & { readonly seed: number }): Tasks {
  if (perUser === undefined && questions === undefined) return tasks
  const byUser = new Map<number, number[]>()
  for (let task = 0; task < tasks.count; task++) {
    const own = byUser.get(tasks.users[task]) ?? []
    byUser.set(tasks.users[task], own)
    if (own.length < (perUser ?? Number.POSITIVE_INFINITY)) own.push(task)
  }
  const users = Uint32Array.from(byUser.keys())
  const random = createRandom(`${seed}/prequential/users`)
  shuffle(users, (bound) => random.below(bound))
  const kept: number[] = []
  for (const user of users) {
    if (kept.length >= (questions ?? Number.POSITIVE_INFINITY)) break
    kept.push(...(byUser.get(user) ?? []))
  }
  kept.sort((a, b) => a - b)
  return createTasks(
    dataset,
    tasks.history,
    kept.map(
      (task): Question => ({
        user: tasks.users[task],
        day: tasks.days[task],
        historyStart: tasks.historyStart[task],
        historyEnd: tasks.historyEnd[task],
        targetEntries: [...tasks.targetEntries.subarray(tasks.targetStart[task], tasks.targetStart[task + 1])],
      }),
    ),
  )
}

/** Task numbers in the order in which their events happened; at one moment, in order of their users. */
export function inOrderOfTime({ count, days }: Tasks): Uint32Array {
  return Uint32Array.from({ length: count }, (_, task) => task).sort((a, b) => days[a] - days[b] || a - b)
}
