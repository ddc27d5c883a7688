import { join } from 'node:path'
import { createRandom } from '../domain/random.js'
import type { BeforeTest } from '../evaluation/before-test.js'
import { differenceOf, resampleMeans } from '../evaluation/bootstrap.js'
import type { Catalogue } from '../features/catalogue.js'
import { fingerprintOf } from '../features/fingerprint.js'
import type { PlanSpec } from '../pipeline/plan.js'
import { type AskingOrder, askingOrder, meansOfUsers } from '../tuning/asking-order.js'
import { type Rung, rungsFor } from '../tuning/successive-halving.js'
import type { StageOutcome, Tuning } from '../tuning/tuning.js'
import { type Deadline, deadlineIn } from './tuning/deadline.js'
import { createLaboratory, type Laboratory, type Measured } from './tuning/laboratory.js'
import { BRACKET, cautious, runStage } from './tuning/run-stage.js'
import { searchable, spacesOf, stagesOf } from './tuning/stages.js'
import { openTrialLog } from './tuning/trial-log.js'

export interface TuneOptions {
  /** What there is to learn from and to choose by. The test is not in it: see evaluation/before-test.ts. */
  readonly data: BeforeTest
  readonly catalogue: Catalogue
  /** For the report: what the data is called, and how the search is made again. */
  readonly name: string
  readonly command: string
  readonly versions: Readonly<Record<string, string>>
  /** Where the search begins; it tunes the models that this plan reads. */
  readonly plan: PlanSpec
  /** Settings tried for each model and each source's half-lives; three times as many weights. */
  readonly trials: number
  /** Infinity: until all trials are made. */
  readonly budgetMs: number
  readonly at: number
  readonly seed: number
  readonly threads: number
  /** Where trials.ndjson is kept. */
  readonly directory: string
  /** Go on with what is in the directory. */
  readonly resume: boolean
  readonly memoryBudgetBytes?: number
  readonly historyLimit?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: TuningProgress) => void
}

export interface TuningProgress {
  readonly stage: string
  /** The best of the stage so far, in NDCG. NaN: none yet. */
  readonly best: number
  /** Measurements made, and planned. */
  readonly done: number
  readonly total: number
  /** Infinity without a budget. */
  readonly remainingMs: number
}

/** Users that a search asks at most, and questions of each: NDCG is then known to ± 0.004, and a year of events costs no more than that. */
const MOST_USERS = 20_000
const QUESTIONS_PER_USER = 10

/**
 * Searches options of models, half-lives and weights, one stage after the other, by NDCG on the validation. Every trial is written to
 * trials.ndjson when it is finished. Any number of threads gives the same trials; so does a run that was killed and resumed.
 */
export async function tune(options: TuneOptions): Promise<Tuning> {
  const { data, at, seed, threads } = options
  const stop = options.signal ?? new AbortController().signal
  const whole = deadlineIn(options.budgetMs, stop)
  const limits = { users: MOST_USERS, perUser: QUESTIONS_PER_USER }
  const order = askingOrder(data.validation.tasks, limits, createRandom(`${seed}/tune/questions`))
  const rungs = rungsFor(order.users)
  const log = await openTrialLog(join(options.directory, 'trials.ndjson'), identityOf(options), options.resume)
  const progress = createProgress(options, rungs, whole)
  const laboratory = createLaboratory({
    data,
    catalogue: options.catalogue,
    order,
    at,
    threads,
    log,
    seed,
    signal: stop,
    memoryBudgetBytes: options.memoryBudgetBytes ?? 2 ** 31,
    trainingBudgetBytes: options.memoryBudgetBytes,
    historyLimit: options.historyLimit ?? 1_000,
    onMeasured: ({ stage }, users, { value }) => progress.measured(stage, users === order.users ? value : Number.NaN),
  })
  try {
    const found = await search(options, { laboratory, order, rungs, whole })
    return {
      data: options.name,
      protocol: data.protocol,
      seed,
      metric: `ndcg@${at}`,
      rungs: rungs.map(({ users }) => users),
      questions: order.tasks.length,
      ...found,
      command: options.command,
      versions: options.versions,
    }
  } finally {
    await laboratory.close()
  }
}

interface Means {
  readonly laboratory: Laboratory
  readonly order: AskingOrder
  readonly rungs: readonly Rung[]
  readonly whole: Deadline
}

type Found = Pick<Tuning, 'stages' | 'before' | 'after' | 'difference' | 'outOfTime'>

async function search(options: TuneOptions, { laboratory, order, rungs, whole }: Means): Promise<Found> {
  const plan = searchable(options.plan)
  const stages: StageOutcome[] = []
  const measured = async (stage: string, each: PlanSpec): Promise<Measured> => {
    const [found] = await laboratory.measure([{ stage, trial: 0, plan: each, baseline: plan }], order.users, whole)
    return found ?? { value: Number.NaN }
  }
  const before = { plan, value: (await measured('the plan as it is', plan)).value }

  let current = plan
  for (const { share, make } of stagesOf(plan)) {
    const stage = make(current)
    const trials = options.trials * stage.thoroughness
    const deadline = whole.part(FOR_STAGES * share)
    const { outcome, plan: better } = await runStage(stage, { laboratory, rungs, trials, seed: options.seed, deadline })
    stages.push(outcome)
    current = better ?? current
  }
  const tuned: PlanSpec = { ...current, name: `${plan.name}-tuned` }
  const last = current === plan ? before : await measured('the tuned plan', tuned)
  const isBetter = cautious(last) > before.value
  const outside = { plan: options.plan, value: before.value }
  const after = isBetter ? { plan: { ...tuned, ranker: options.plan.ranker }, value: last.value } : outside
  const difference = isBetter ? await differenceBetween(plan, tuned, options.seed, { laboratory, order, whole }) : undefined
  return { stages, before: outside, after, difference, outOfTime: whole.isOver() || stages.some(({ isCut }) => isCut) }
}

/** Of the time that is left, what stages may use; the rest is for measuring the tuned plan beside the old one. */
const FOR_STAGES = 0.92

/** How much better the second plan is, over users. */
async function differenceBetween(
  before: PlanSpec,
  after: PlanSpec,
  seed: number,
  { laboratory, order, whole }: Omit<Means, 'rungs'>,
): Promise<Tuning['difference']> {
  const answers = await laboratory.questionByQuestion([before, after], whole)
  if (answers === undefined) return undefined
  const columns = answers.map((values) => {
    const sums = meansOfUsers(order, values)
    return { sums, weights: new Float64Array(sums.length).fill(1) }
  })
  const resampled = resampleMeans(columns, { random: createRandom(`${seed}/tune/bootstrap`), draws: 2000 })
  const { mean, low, high } = differenceOf(resampled, 1, 0)
  return { mean, low, high }
}

function identityOf({ data: { dataset, protocol }, at, seed, plan }: TuneOptions) {
  // Today's date is no part of the data.
  return { data: fingerprintOf({ ...dataset, asOfDay: 0 }), protocol, at, seed, plan, space: spacesOf(plan) }
}

function createProgress({ plan, trials, onProgress }: TuneOptions, rungs: readonly Rung[], whole: Deadline) {
  const thoroughness = stagesOf(plan).map(({ make }) => make(plan).thoroughness)
  const perTrial = rungs.reduce((sum, _, down) => sum + 3 ** -down, 0)
  const total = 2 + thoroughness.reduce((sum, each) => sum + 1 + Math.ceil((trials * each) / BRACKET) * BRACKET * perTrial, 0)
  let done = 0
  let stage = ''
  let best = Number.NaN
  return {
    measured(name: string, value: number): void {
      if (name !== stage) best = Number.NaN
      stage = name
      if (!(best >= value)) best = Number.isNaN(value) ? best : value
      done++
      onProgress?.({ stage, best, done: Math.min(done, total), total, remainingMs: whole.remainingMs() })
    },
  }
}
