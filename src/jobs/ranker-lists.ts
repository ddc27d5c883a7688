import { SonaError } from '../domain/errors.js'
import { createRandom } from '../domain/random.js'
import { createGeneration } from '../engine/generation.js'
import { placeArtifact } from '../engine/place-artifact.js'
import type { Tasks } from '../evaluation/tasks.js'
import { createArena } from '../math/memory.js'
import { shuffle } from '../math/shuffle.js'
import type { LearningOptions } from '../ranking/fit-ranking.js'
import { startThread } from '../threads/start.js'
import type { LearnRankerOptions, RankerLesson } from './learn-ranker.js'
import type { RankerListsApi, RankerListsInit, TaskList } from './ranker-lists-thread.js'

const CHUNK = 64

type Limits = Pick<LearningOptions, 'questions' | 'questionsPerUser'>

/** At most `questions` task numbers, ascending, drawn at random, of one user at most `questionsPerUser`. */
export function drawTasks(tasks: Tasks, limits: Limits, seed: number): Uint32Array {
  return addTasks(tasks, new Uint32Array(0), limits, seed)
}

/** The tasks that were drawn, and more while they are fewer than that, with those of one user together at most so many. */
export function addTasks(
  { count, users }: Tasks,
  drawn: Uint32Array,
  { questions, questionsPerUser }: Limits,
  seed: number,
): Uint32Array {
  const random = createRandom(`${seed}/ranker/tasks`)
  const order = Uint32Array.from({ length: count }, (_, task) => task)
  shuffle(order, (bound) => random.below(bound))
  const perUser = new Map<number, number>()
  const isNew = (task: number): boolean => {
    const before = perUser.get(users[task]) ?? 0
    perUser.set(users[task], before + 1)
    return before < questionsPerUser
  }
  const known = new Set(drawn)
  for (const task of drawn) isNew(task)
  const added = order.filter((task) => !known.has(task) && isNew(task))
  return Uint32Array.of(...drawn, ...added.subarray(0, Math.max(0, questions - drawn.length))).sort()
}

/** The lists of those tasks, in their order; any number of threads gives the same. */
export async function askForLists(
  { plan, catalogue, dataset, tasks, trained }: RankerLesson,
  asked: Uint32Array,
  learning: LearningOptions,
  options: LearnRankerOptions,
): Promise<readonly TaskList[]> {
  const arena = createArena(options.memoryBudgetBytes ?? 2 ** 31)
  const artifacts = trained.map(({ model, bytes }) => ({ name: model, artifact: placeArtifact(bytes, arena) }))
  const init: Omit<RankerListsInit, 'thread'> = {
    generation: createGeneration('learning', arena, artifacts, catalogue, options.threads),
    plan,
    asked: { dataset, tasks, historyLimit: options.historyLimit ?? 1_000 },
    options: learning,
    seed: options.seed,
  }
  const chunks = Array.from({ length: Math.ceil(asked.length / CHUNK) }, (_, at) => asked.slice(at * CHUNK, (at + 1) * CHUNK))
  const lists: (readonly TaskList[])[] = []
  let next = 0
  let done = 0
  const work = async (thread: number): Promise<void> => {
    const worker = startThread<RankerListsApi>(new URL('./ranker-lists-thread.js', import.meta.url), { ...init, thread })
    try {
      while (next < chunks.length) {
        if (options.signal?.aborted) throw new SonaError('TRAINING_ABORTED', 'Training was stopped; nothing was published.')
        const at = next++
        lists[at] = await worker.api.lists(chunks[at])
        done += chunks[at].length
        options.onProgress?.('Asking for the ranker', done, asked.length)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: options.threads }, (_, thread) => work(thread)))
  return lists.flat()
}
