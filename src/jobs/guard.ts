import { SonaError } from '../domain/errors.js'
import { createRandom } from '../domain/random.js'
import { MS_PER_DAY } from '../domain/time.js'
import { differenceOf, type Resampled, resampleMeans } from '../evaluation/bootstrap.js'
import { cutDataset } from '../evaluation/cut-dataset.js'
import { tasksNamed } from '../evaluation/sample-questions.js'
import { dayQuantiles, entriesBefore, type Fold, successiveTasks } from '../evaluation/splits.js'
import { userColumn } from '../evaluation/user-columns.js'
import type { Catalogue } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import type { PlanSpec } from '../pipeline/plan.js'
import type { ArtifactStore, ModelVersion, Verdict } from '../storage/artifact-store.js'
import { measureFold, type NamedBytes } from './measure-fold.js'
import { drawTasks } from './ranker-lists.js'

/**
 * What stands between new models and everybody: they go live only if they answer recent questions about as well as the live ones do.
 * Both are asked the same questions, whose answers neither has learned from: every training leaves out the newest hundredth of the
 * events (ADR 0029).
 */

/** Share of the events, the newest, that no model learns from; and how many that is at least and at most. */
const HELD_OUT = { share: 0.01, least: 200, most: 5_000 } as const
/** Fewer events than this teach all they can; their models go live unasked. */
const LEAST_EVENTS = 2_000
/** Fewer questions than this cannot tell a bad model from bad luck. */
const LEAST_QUESTIONS = 100
const MOST_QUESTIONS = 2_000
const MOST_PER_USER = 20
const AT = 10
/** How much worse, relative to the live models, is still put down to chance. */
export const TOLERANCE = 0.05

/** The events that models may learn from, and the day from which on they may not. */
export interface Learnable {
  readonly dataset: Dataset
  /** Events of this day or later are held out. Undefined: none are. */
  readonly untilDay?: number
}

/** Leaves the newest events out, where there are enough. */
export function holdOut(dataset: Dataset): Learnable {
  const { length } = dataset.items
  if (length < LEAST_EVENTS) return { dataset }
  const share = Math.min(HELD_OUT.most, Math.max(HELD_OUT.least, HELD_OUT.share * length)) / length
  const [untilDay] = dayQuantiles(dataset, [1 - share])
  const past = cutDataset(dataset, entriesBefore(dataset, untilDay), untilDay)
  // Where most events bear one and the same time, no day divides them.
  return past.items.length < length / 2 ? { dataset } : { dataset: past, untilDay }
}

export interface Judging {
  readonly plan: PlanSpec
  readonly catalogue: Catalogue
  /** Everything, what was held out included. */
  readonly dataset: Dataset
  readonly learned: Learnable
  readonly candidate: readonly NamedBytes[]
  readonly tolerance?: number
  readonly seed: number
  readonly threads: number
  readonly signal?: AbortSignal
  readonly onProgress?: (stage: string, done: number, total: number) => void
}

/** Asks the new models and the live ones, and says whether the new ones may take their place. */
export async function judge(artifacts: ArtifactStore, judging: Judging): Promise<Verdict> {
  const against = (await artifacts.versions()).find(({ state }) => state === 'live')
  if (against === undefined) return { passed: true, because: 'no models were live before' }
  const { untilDay } = judging.learned
  if (untilDay === undefined)
    return { passed: true, because: `there are too few events to hold any out (${LEAST_EVENTS} are needed)` }
  const fold = foldSince(judging, Math.max(untilDay, (against.learnedUntil ?? against.publishedAt) / MS_PER_DAY))
  const questions = fold.tasks.count
  if (questions < LEAST_QUESTIONS) {
    const because = `there are ${questions} recent questions that neither learned from, ${LEAST_QUESTIONS} are needed to compare`
    return { passed: true, because, questions, against: against.version }
  }
  const live = await liveBytes(artifacts, against)
  if (live === undefined) return { passed: true, because: 'the live models are damaged', questions, against: against.version }
  return compared(fold, live, against.version, judging)
}

async function compared(fold: Fold, live: readonly NamedBytes[], against: number, judging: Judging): Promise<Verdict> {
  const questions = fold.tasks.count
  const liveValues = await headline(fold, live, judging)
  let candidateValues: Float64Array
  try {
    candidateValues = await headline(fold, judging.candidate, judging)
  } catch (error) {
    if (!(error instanceof SonaError) || error.code === 'TRAINING_ABORTED') throw error
    return { passed: false, because: `its models cannot be asked: ${error.message}`, questions, against }
  }
  const columns = [candidateValues, liveValues].map((values) => userColumn(fold.tasks, { values, width: 1, column: 0 }))
  return verdictOf(resampleMeans(columns, { random: createRandom(`${judging.seed}/guard`) }), questions, against, judging)
}

/** Column 0 is the candidate, column 1 the live version. */
function verdictOf(means: Resampled, questions: number, against: number, { tolerance = TOLERANCE }: Judging): Verdict {
  const [candidate, live] = means.means
  const { mean, low, high } = differenceOf(means, 0, 1)
  const difference = { mean: mean / live, low: low / live, high: high / live }
  const passed = candidate >= (1 - tolerance) * live
  const percent = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)} %`
  const change = live > 0 ? ` (${percent(difference.mean)})` : ''
  const because =
    `NDCG@${AT} on ${questions} recent questions is ${candidate.toFixed(4)}, that of version ${against} ${live.toFixed(4)}${change}; ` +
    `${passed ? 'at most' : 'more than'} ${100 * tolerance} % worse${passed ? '' : ' is too much'}`
  return { passed, because, questions, candidate, live, against, ...(live > 0 && { difference }) }
}

/** A question for each event since that day, some of them where there are many. */
function foldSince({ dataset, learned, seed }: Judging, day: number): Fold {
  const all = successiveTasks(dataset, (entry) => dataset.days[entry] >= day, 'left-out')
  return {
    train: learned.dataset,
    tasks: tasksNamed(
      dataset,
      all.tasks,
      drawTasks(all.tasks, { questions: MOST_QUESTIONS, questionsPerUser: MOST_PER_USER }, seed),
    ),
    repeatsLeftOut: all.repeatsLeftOut,
    trainBeforeDay: day,
    order: 'past-to-future',
  }
}

/** NDCG of each question. */
async function headline(fold: Fold, models: readonly NamedBytes[], judging: Judging): Promise<Float64Array> {
  const { plan, catalogue, dataset, threads, signal, onProgress } = judging
  const options = { catalogue, dataset, plans: [plan], rankers: [], crossed: false, threads }
  const measured = await measureFold(
    fold,
    models,
    { at: AT },
    {
      ...options,
      ...(signal && { signal }),
      ...(onProgress && { onProgress: (_, done, total) => onProgress('Comparing with the live models', done, total) }),
    },
  )
  const column = measured.columns.findIndex(({ name }) => name === `ndcg@${AT}`)
  const values = measured.valuesOf(0)
  return Float64Array.from({ length: fold.tasks.count }, (_, task) => values[task * measured.columns.length + column])
}

/** Undefined when one of them is damaged. */
async function liveBytes(artifacts: ArtifactStore, { version }: ModelVersion): Promise<readonly NamedBytes[] | undefined> {
  try {
    const names = (await artifacts.list(version)).map(({ name }) => name)
    return await Promise.all(names.map(async (model) => ({ model, bytes: await artifacts.read(model, version) })))
  } catch (error) {
    if (error instanceof SonaError && error.code === 'ARTIFACT_CORRUPT') return undefined
    throw error
  }
}
