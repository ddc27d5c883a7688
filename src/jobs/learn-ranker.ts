import type { Beginnings } from '../adapters/beginnings.js'
import type { SharedTier } from '../adapters/tier.js'
import { createRandom } from '../domain/random.js'
import type { Tasks } from '../evaluation/tasks.js'
import type { Catalogue } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import type { RankerReport } from '../pipeline/learn.js'
import { learnedName, type PlanSpec } from '../pipeline/plan.js'
import { defaultLearning, fitRanking, type LearningOptions, type Lesson, listNdcg } from '../ranking/fit-ranking.js'
import { encodeArtifact } from '../storage/artifact-codec.js'
import type { RankingKind } from '../world/ranking-model.js'
import { learnTier, type TierLesson } from './learn-tier.js'
import { type Fits, fitKinds, fitWhole } from './ranker-fits.js'
import { addTasks, askForLists, drawTasks } from './ranker-lists.js'
import type { TaskList } from './ranker-lists-thread.js'
import type { TrainedModel } from './train.js'

export interface RankerLesson {
  readonly plan: PlanSpec
  readonly catalogue: Catalogue
  /** What the tasks point into. */
  readonly dataset: Dataset
  /** Questions later than all that the models saw. */
  readonly tasks: Tasks
  readonly trained: readonly TrainedModel[]
  /** The shared tier that serves, whose feature space goes on where it can. */
  readonly tier?: SharedTier
}

export interface LearnRankerOptions {
  readonly seed: number
  readonly threads: number
  readonly memoryBudgetBytes?: number
  readonly historyLimit?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (stage: string, done: number, total: number) => void
}

/** A ranker that was learned, and what is known of how good it is. */
export interface LearnedRanker {
  /** What the plan calls it. */
  readonly name: string
  readonly bytes: Uint8Array
  /** The same kind learned from one half of the users each: `halves[h]` knows nothing of the users of half 1 − h. */
  readonly halves: readonly [Uint8Array, Uint8Array]
  readonly report: RankerReport
  /** What adapters on top of it share. Absent where the plan wants none, or nothing was learned. */
  readonly tier?: SharedTier
  /** Where users' adapters begin beside it, by the users of the dataset. */
  readonly beginnings?: Beginnings
  /** What both were learned from. */
  readonly lists?: TierLesson
}

/** Fewer lists than this teach nothing that could be told from chance: the plan's weights stay. */
export const LEAST_LISTS = 200

/** How people differ shows in many lists of each, and needs many: where there are few questions, of one user so many times more are asked. */
const MORE_FOR_TIER = 3

/** The half of the users that somebody belongs to. */
export function halfOf(user: number): 0 | 1 {
  return (user % 2) as 0 | 1
}

/** Asks the questions, learns from the answers, and chooses the kind of ranker by what it did not learn from. */
export async function learnRanker(lesson: RankerLesson, options: LearnRankerOptions): Promise<LearnedRanker> {
  const learning: LearningOptions = { ...defaultLearning, ...lesson.plan.learning }
  const asked = drawTasks(lesson.tasks, learning, options.seed)
  const more = { ...learning, questionsPerUser: MORE_FOR_TIER * learning.questionsPerUser }
  const all = await askForLists(lesson, addTasks(lesson.tasks, asked, more, options.seed), learning, options)
  const ranked = new Set(asked)
  const lists = all.filter(({ task, isBeyond }) => ranked.has(task) && !isBeyond)
  const taught = lessonOf(lists, lesson.plan)
  const halves = Uint8Array.from(lists, ({ task }) => halfOf(lesson.tasks.users[task]))
  const fixed = listNdcg(taught.lesson.table, taught.blend)
  const fits = await fitKinds(kindsToFit(learning, lists.length), { lesson: taught.lesson, halves, learning }, options)

  const heldOut: Partial<Record<RankingKind, number>> = { weights: fixed }
  for (const { kind, parts } of fits) heldOut[kind] = (parts[0].heldOut + parts[1].heldOut) / 2
  const best = fits.reduce<Fits | undefined>(
    (a, b) => ((heldOut[b.kind] ?? 0) > (a ? (heldOut[a.kind] ?? 0) : 0) ? b : a),
    undefined,
  )
  const isBetter = best !== undefined && (learning.kind !== 'auto' || (heldOut[best.kind] ?? 0) > fixed)
  const report = { questions: asked.length, lists: lists.length, heldOut }
  if (!isBetter) {
    const bytes = unlearned(taught.lesson, learning)
    const because =
      lists.length < LEAST_LISTS
        ? `there are ${lists.length} questions to learn from, ${LEAST_LISTS} are needed`
        : 'nothing learned ranked better'
    return {
      name: learnedName(lesson.plan),
      bytes,
      halves: [bytes, bytes],
      report: { ...report, kind: 'weights', because, importance: [] },
    }
  }
  const whole = best.whole ?? (await fitWhole(best.kind, { lesson: taught.lesson, halves, learning }, options))
  const tierLesson = tierLessonOf(lesson, all, best)
  const { adapters = {} } = lesson.plan
  return {
    name: learnedName(lesson.plan),
    bytes: whole.bytes,
    halves: [best.parts[0].bytes, best.parts[1].bytes],
    ...(adapters !== 'off' && { lists: tierLesson, ...learnTier(tierLesson, adapters, lesson.tier) }),
    report: {
      ...report,
      kind: best.kind,
      because: learning.kind === 'auto' ? 'it ranks best what it did not learn from' : 'the plan says so',
      importance: importanceOf(taught.lesson.features, whole.importance),
    },
  }
}

function tierLessonOf({ catalogue, dataset, tasks }: RankerLesson, lists: readonly TaskList[], { parts }: Fits): TierLesson {
  return { catalogue, dataset, tasks, lists, rankerFor: (user) => parts[1 - halfOf(user)].bytes }
}

function kindsToFit({ kind }: LearningOptions, lists: number): readonly ('linear' | 'trees')[] {
  if (lists < LEAST_LISTS || kind === 'weights') return []
  return kind === 'auto' ? ['trees', 'linear'] : [kind]
}

function unlearned(lesson: Lesson, learning: LearningOptions): Uint8Array {
  return encodeArtifact(fitRanking('weights', lesson, learning, { random: createRandom(0), checkpoint: () => {} }))
}

function importanceOf(features: readonly string[], importance: Float32Array): RankerReport['importance'] {
  return features.map((feature, f) => ({ feature, value: importance[f] })).sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
}

interface Taught {
  readonly lesson: Lesson
  readonly blend: Float32Array
}

/** All lists as one table over shared buffers. */
function lessonOf(lists: readonly TaskList[], plan: PlanSpec): Taught {
  const features = lists[0]?.features ?? []
  const rows = lists.reduce((sum, { relevance }) => sum + relevance.length, 0)
  const shared = (length: number): Float32Array => new Float32Array(new SharedArrayBuffer(length * 4))
  const table = {
    width: features.length,
    values: shared(rows * features.length),
    start: new Uint32Array(new SharedArrayBuffer((lists.length + 1) * 4)),
    relevance: shared(rows),
    weight: shared(rows),
  }
  const blend = new Float32Array(rows)
  let at = 0
  lists.forEach((list, number) => {
    table.values.set(list.values, at * features.length)
    table.relevance.set(list.relevance, at)
    table.weight.set(list.weight, at)
    blend.set(list.blend, at)
    at += list.relevance.length
    table.start[number + 1] = at
  })
  return { lesson: { table, sources: plan.sources.map(({ name }) => name), features }, blend }
}
