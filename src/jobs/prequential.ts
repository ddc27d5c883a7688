/**
 * The proof of the adapters: the test period is played event by event, in the order of time over all users: predict, score, learn.
 *
 *   models on the first 80 %  →  ranker and shared tier taught on the events up to 90 %  →  models again, on 90 %  →  the rest is played
 *
 * What the player is shown is made in threads, a batch of events ahead of it; it plays in one place. Any number of threads gives the same
 * bytes, and memory holds two batches.
 */
import { querySide } from '../adapters/query-side.js'
import type { SharedTier } from '../adapters/tier.js'
import { SonaError } from '../domain/errors.js'
import { createRandom } from '../domain/random.js'
import { createPlayer, type PlayedEvent, type Player, prequentialRows } from '../evaluation/prequential/player.js'
import { type Played, type PrequentialReport, prequentialReport } from '../evaluation/prequential/report.js'
import type { Tasks } from '../evaluation/tasks.js'
import type { Dataset } from '../features/dataset.js'
import { circumstancesAt } from '../features/entry-details.js'
import { shuffle } from '../math/shuffle.js'
import type { PlanSpec } from '../pipeline/plan.js'
import { normalise } from '../ranking/adapter-features.js'
import type { Corpus } from './corpus.js'
import { type LearnedRanker, learnRanker } from './learn-ranker.js'
import { openSheets, type Sheets } from './lesson-sheets.js'
import type { Sheet } from './lesson-sheets-thread.js'
import { inOrderOfTime, type PrequentialSplit, prequentialSplit, type Sampling, type Stages } from './prequential-split.js'
import { likingAt } from './task-world.js'
import { trainOnFold } from './train-fold.js'

export interface PrequentialOptions extends Sampling {
  readonly corpus: Corpus
  readonly data: string
  readonly command: string
  readonly plan: PlanSpec
  readonly stages: Stages
  readonly at: number
  readonly seed: number
  readonly threads: number
  readonly memoryBudgetBytes?: number
  readonly historyLimit?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (stage: string, done: number, total: number) => void
}

export interface Prequential {
  readonly data: string
  readonly protocol: 'global-time'
  readonly users: number
  readonly items: number
  readonly events: number
  readonly seed: number
  readonly note: string
  readonly command: string
  readonly ranker: string
  readonly tier: string
  readonly report: PrequentialReport
  readonly played: Played
}

/** Events whose lists are made ahead of the player. */
const BATCH = 512

export async function prequential(options: PrequentialOptions): Promise<Prequential> {
  const { corpus, seed, plan, at } = options
  const { dataset, catalogue } = corpus
  const split = prequentialSplit(dataset, options.stages, options)
  const forTeaching = await trainOnFold(split.validation, [plan], options)
  const lesson = { plan, catalogue, dataset, tasks: split.validation.tasks, trained: forTeaching }
  const ranker = await learnRanker(lesson, options)
  const { tier } = ranker
  if (tier === undefined) {
    const because = plan.adapters === 'off' ? 'the plan says so' : ranker.report.because
    throw new SonaError(
      'INVALID_PLAN',
      `There are no adapters to evaluate: ${because}. More events, or another plan, would help.`,
    )
  }
  const trained = await trainOnFold(split.test, [plan], options)

  const sheets = openSheets(
    { plan, catalogue, dataset, tasks: split.test.tasks, trained, ranker },
    { ...options, crossed: false, features: tier.space.features },
  )
  try {
    const played = await playAll(split, ranker, tier, sheets, dataset, options)
    return {
      data: options.data,
      protocol: 'global-time',
      users: dataset.userCount,
      items: catalogue.count,
      events: dataset.items.length,
      seed,
      note: noteOf(options),
      command: options.command,
      ranker: `${ranker.report.kind}, because ${ranker.report.because}`,
      tier: descriptionOf(tier),
      played,
      report: prequentialReport(played, { random: createRandom(`${seed}/bootstrap`), at }),
    }
  } finally {
    await sheets.close()
  }
}

function descriptionOf({ space, scale }: SharedTier): string {
  const priors = [...space.priors.subarray(0, space.rank)].map((prior) => prior.toPrecision(2)).join(' ')
  return `${space.features.length} features, rank ${space.rank}, scale ${scale.toFixed(2)}, priors ${priors}`
}

async function playAll(
  { test: { tasks }, scoredFromDay }: PrequentialSplit,
  { beginnings }: LearnedRanker,
  tier: SharedTier,
  sheets: Sheets,
  dataset: Dataset,
  { seed, at, signal, onProgress }: PrequentialOptions,
): Promise<Played> {
  const order = inOrderOfTime(tasks)
  const player = createPlayer(tier, { at, strangerOf: strangers(tasks, seed), ...(beginnings && { beginnings }) })
  const width = prequentialRows.length
  const gains = new Float64Array(tasks.count * width).fill(Number.NaN)
  const openness = new Float32Array(tasks.count)
  let coming = sheets.of(order.subarray(0, BATCH))
  for (let from = 0; from < order.length; from += BATCH) {
    const batch = await coming
    coming = sheets.of(order.subarray(from + BATCH, from + 2 * BATCH))
    for (const sheet of batch) {
      const { task } = sheet
      const row = gains.subarray(task * width, (task + 1) * width)
      openness[task] = player.opennessOf(tasks.users[task])
      const isAsked = play(sheet, player, { tasks, dataset }, at, row)
      if (tasks.days[task] < scoredFromDay || !isAsked) row.fill(Number.NaN)
    }
    signal?.throwIfAborted()
    onProgress?.('Playing', Math.min(order.length, from + BATCH), order.length)
  }
  return { tasks, gains, openness }
}

/** Plays one question. False for what was dismissed or disliked outright: it teaches, but no list should have had it. */
function play(sheet: Sheet, player: Player, asked: { tasks: Tasks; dataset: Dataset }, at: number, row: Float64Array): boolean {
  const { task, base, target, groups, isAdded, rankBeyond } = sheet
  const { tasks, dataset } = asked
  const entry = tasks.targetEntries[tasks.targetStart[task]]
  const { space } = player.tier
  const liking = likingAt(asked, task)
  const event: PlayedEvent = {
    user: tasks.users[task],
    sequence: tasks.historyEnd[task] - tasks.historyStart[task],
    lesson: {
      base,
      features: normalise(space, sheet.features),
      weight: new Float32Array(base.length).fill(1),
      target,
      liking,
      isBeyond: isAdded && liking > 0,
      query: querySide(space, circumstancesAt(dataset.details, entry)),
    },
    groups,
    perGroup: PER_GROUP,
  }
  if (target < 0 || isAdded) row.fill(rankBeyond < at ? 1 / Math.log2(rankBeyond + 2) : 0)
  else player.score(event, row)
  if (target >= 0 && liking !== 0) player.learn(event)
  return dataset.engagement[entry] > 0
}

/** As the rule franchise-cap of the default plan has it. */
const PER_GROUP = 3

function noteOf({ stages, perUser, questions }: PrequentialOptions): string {
  const percent = (share: number): string => `${Math.round(100 * share)} %`
  const { beforeTeaching, beforePlay, beforeScore } = stages
  const scored = beforeScore === beforePlay ? 'scored' : `from ${percent(beforeScore)} on scored`
  const first = perUser === undefined ? '' : ` Of each user the first ${perUser} events after the cut are played.`
  const some = questions === undefined ? '' : ` About ${questions} events are played, all of some users' drawn at random.`
  return (
    `Global time: the ranker and the shared tier learn from the events between ${percent(beforeTeaching)} and ${percent(beforePlay)}, with ` +
    `models that saw what is before; models are then trained on everything up to ${percent(beforePlay)} and stay as they are. Events after ` +
    `that are played in order of time: each is predicted by every row, ${scored}, and learned from. The learned ranker orders 200 ` +
    'candidates, and rows order these; a title that is not among them counts as the base list has it. A title that was dismissed or disliked ' +
    `outright is not asked for, and teaches.${first}${some}`
  )
}

function strangers({ count, users }: Tasks, seed: number): Uint32Array {
  const present = [...new Set(users.subarray(0, count))]
  const random = createRandom(`${seed}/prequential/strangers`)
  const circle = Uint32Array.from(present)
  shuffle(circle, (bound) => random.below(bound))
  const strangerOf = new Uint32Array(Math.max(0, ...present) + 1)
  circle.forEach((user, at) => {
    strangerOf[user] = circle[(at + 1) % circle.length]
  })
  return strangerOf
}
