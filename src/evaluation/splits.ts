/**
 * Which events models learn from, which choose among them, and which judge the choice: each protocol is a pure function from a
 * dataset to two folds. Options, blends and rankers are chosen on `validation`; `test` is read once, at the end. The protocol that
 * withholds items instead of events is in new-items.ts; `splitBy` in protocols.ts picks one by its name.
 */
import { SonaError } from '../domain/errors.js'
import type { Random } from '../domain/random.js'
import type { Dataset } from '../features/dataset.js'
import { type Bitmap, clear, create, fill, has, set } from '../math/bitmap.js'
import { cutDataset } from './cut-dataset.js'
import { createTasks, type Question, type Tasks } from './tasks.js'

export type Protocol = 'leave-last-out' | 'global-time' | 'random' | 'new-items'

/** One round of training and asking. */
export interface Fold {
  /** What models may learn from. Its user rows and item rows are those of the full dataset. */
  readonly train: Dataset
  readonly tasks: Tasks
  /** Nothing in `train`, of anybody, happened on or after this day. Infinity where the protocol has no such day. */
  readonly trainBeforeDay: number
  /** Whether a user's training entries and history all come before the user's targets. */
  readonly order: 'past-to-future' | 'shuffled'
  /** Targets that were not asked for because the user's history had the item already. */
  readonly repeatsLeftOut: number
  /** A set of item rows: what models must know by its description only. No event on them is in `train` or in a history. */
  readonly withheld?: Bitmap
}

export interface Split {
  readonly protocol: Protocol
  /** What a reader of the results must know about the protocol; printed with them. */
  readonly note: string
  readonly validation: Fold
  readonly test: Fold
}

/** `left-out` where people rarely take an item twice (films): a repeated target is not asked for. `kept` where they do (music). */
export type Repeats = 'left-out' | 'kept'

/** What share of the entries lies where, unless options say otherwise. */
export const defaultShares = { beforeValidation: 0.8, beforeTest: 0.9, known: 0.75 } as const

export interface LeaveLastOutOptions {
  readonly repeats?: Repeats
}

/**
 * The last entry of each user is the test target, the one before it the validation target. Models learn from all the others, once
 * for both folds. Users with fewer than three entries only contribute training.
 */
export function leaveLastOut(dataset: Dataset, { repeats = 'left-out' }: LeaveLastOutOptions = {}): Split {
  const kept = allEntries(dataset)
  for (let user = 0; user < dataset.userCount; user++) {
    const end = dataset.start[user + 1]
    if (end - dataset.start[user] < 3) continue
    clear(kept, end - 1)
    clear(kept, end - 2)
  }
  const train = cutDataset(dataset, kept, dataset.asOfDay)
  const isTarget = (fromEnd: number) => (entry: number, user: number) =>
    entry === dataset.start[user + 1] - fromEnd && entry - dataset.start[user] >= 3 - fromEnd
  const fold = (fromEnd: number): Fold => ({
    train,
    ...successiveTasks(dataset, isTarget(fromEnd), repeats),
    trainBeforeDay: Number.POSITIVE_INFINITY,
    order: 'past-to-future',
  })
  return checked({
    protocol: 'leave-last-out',
    note:
      "Leave-last-out: each user's last event is the test target, the one before it the validation target; models are trained once, on " +
      'all the others. The test history includes the validation event, as in the sequence papers (worth up to a third of NDCG). ' +
      "The protocol leaks other users' future and inflates NDCG@10 two- to threefold beside a split by time: compare with papers only.",
    validation: fold(2),
    test: fold(1),
  })
}

export interface GlobalTimeOptions {
  /** Share of all entries that lie before the validation period. */
  readonly validationQuantile?: number
  /** Share of all entries that lie before the test period. */
  readonly testQuantile?: number
  readonly repeats?: Repeats
}

/**
 * Two days cut everybody's time: models learn from what is before T_val and are chosen on [T_val, T_test), then learn again from
 * what is before T_test and are judged on the rest. Every event of a period is a question of its own, asked at its moment with
 * everything that the user did before it ("successive next events"). Entries at exactly a cut belong to the later period.
 */
export function globalTime(dataset: Dataset, options: GlobalTimeOptions = {}): Split {
  const {
    validationQuantile = defaultShares.beforeValidation,
    testQuantile = defaultShares.beforeTest,
    repeats = 'left-out',
  } = options
  const [validationDay, testDay] = dayQuantiles(dataset, [validationQuantile, testQuantile])
  const fold = (from: number, until: number): Fold => ({
    train: cutDataset(dataset, entriesBefore(dataset, from), from),
    ...successiveTasks(dataset, (entry) => dataset.days[entry] >= from && dataset.days[entry] < until, repeats),
    trainBeforeDay: from,
    order: 'past-to-future',
  })
  const percent = (share: number): string => `${Math.round(100 * share)} %`
  return checked({
    protocol: 'global-time',
    note:
      `Global time: models learn from the first ${percent(validationQuantile)} of the events, are chosen on the events up to ` +
      `${percent(testQuantile)}, learn again from everything before that, and are judged on the rest. Each of these is one question, ` +
      'asked with everything the user did before it (successive next events, models frozen). Items nobody had seen at training time count as targets.',
    validation: fold(validationDay, testDay),
    test: fold(testDay, Number.POSITIVE_INFINITY),
  })
}

export interface RandomOptions {
  /** Share of each user's entries that models learn from, 0–1. */
  readonly share?: number
  readonly random: Random
  readonly repeats?: Repeats
}

/**
 * A random share of each user's entries is training and history at once, the others are the targets of one question. For the
 * validation fold the training part is split again in the same way.
 */
export function random(
  dataset: Dataset,
  { share = defaultShares.known, random: chance, repeats = 'left-out' }: RandomOptions,
): Split {
  const known = drawShare(dataset, allEntries(dataset), share, chance.fork('test'))
  const knownInValidation = drawShare(dataset, known, share, chance.fork('validation'))
  const percent = `${Math.round(100 * share)}/${Math.round(100 * (1 - share))}`
  return checked({
    protocol: 'random',
    note:
      `Random: of each user's events ${percent} are training and test; the training part is split ${percent} again for validation. ` +
      'Targets may be older than the history, which flatters models that ignore time: compare with papers only.',
    validation: shuffledFold(dataset, knownInValidation, known, repeats),
    test: shuffledFold(dataset, known, allEntries(dataset), repeats),
  })
}

/** A task for each entry that is a target, with everything of its user before it as history. */
export function successiveTasks(
  dataset: Dataset,
  isTarget: (entry: number, user: number) => boolean,
  repeats: Repeats,
): Pick<Fold, 'tasks' | 'repeatsLeftOut'> {
  const questions: Question[] = []
  const lastUserOf = new Int32Array(dataset.itemCount).fill(-1)
  let repeatsLeftOut = 0
  for (let user = 0; user < dataset.userCount; user++) {
    const first = dataset.start[user]
    for (let entry = first; entry < dataset.start[user + 1]; entry++) {
      const isRepeat = lastUserOf[dataset.items[entry]] === user
      lastUserOf[dataset.items[entry]] = user
      if (!isTarget(entry, user)) continue
      if (isRepeat && repeats === 'left-out') repeatsLeftOut++
      else questions.push({ user, day: dataset.days[entry], historyStart: first, historyEnd: entry, targetEntries: [entry] })
    }
  }
  return { tasks: createTasks(dataset, positionsIn(allEntries(dataset)), questions), repeatsLeftOut }
}

/** One task per user: `known` is training and history, the rest of `all` the targets. Asked on the day of the last known entry. */
export function shuffledFold(dataset: Dataset, known: Bitmap, all: Bitmap, repeats: Repeats): Fold {
  const train = cutDataset(dataset, known, dataset.asOfDay)
  const newest = dataset.days.reduce((latest, day) => Math.max(latest, day), 0)
  const questions: Question[] = []
  const lastUserOf = new Int32Array(dataset.itemCount).fill(-1)
  let repeatsLeftOut = 0
  for (let user = 0; user < dataset.userCount; user++) {
    const [historyStart, historyEnd] = [train.start[user], train.start[user + 1]]
    if (repeats === 'left-out') for (let i = historyStart; i < historyEnd; i++) lastUserOf[train.items[i]] = user
    const targetEntries: number[] = []
    for (let entry = dataset.start[user]; entry < dataset.start[user + 1]; entry++) {
      if (!has(all, entry) || has(known, entry)) continue
      const isKnown = lastUserOf[dataset.items[entry]] === user
      lastUserOf[dataset.items[entry]] = user
      if (isKnown) repeatsLeftOut++
      else targetEntries.push(entry)
    }
    const day = historyEnd > historyStart ? train.days[historyEnd - 1] : newest
    if (targetEntries.length > 0) questions.push({ user, day, historyStart, historyEnd, targetEntries })
  }
  const tasks = createTasks(dataset, positionsIn(known), questions)
  return { train, tasks, trainBeforeDay: Number.POSITIVE_INFINITY, order: 'shuffled', repeatsLeftOut }
}

/** round(share · n) of each user's n entries in `from`, drawn without replacement. */
export function drawShare(dataset: Dataset, from: Bitmap, share: number, chance: Random): Bitmap {
  const drawn = create(dataset.items.length)
  for (let user = 0; user < dataset.userCount; user++) {
    const entries: number[] = []
    for (let entry = dataset.start[user]; entry < dataset.start[user + 1]; entry++) if (has(from, entry)) entries.push(entry)
    const wanted = Math.round(share * entries.length)
    for (let i = 0; i < wanted; i++) {
      const pick = i + chance.below(entries.length - i)
      set(drawn, entries[pick])
      entries[pick] = entries[i]
    }
  }
  return drawn
}

/** The days before which these shares of all entries lie. */
export function dayQuantiles(dataset: Dataset, shares: readonly number[]): number[] {
  const sorted = dataset.days.slice().sort()
  return shares.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))])
}

export function entriesBefore(dataset: Dataset, day: number): Bitmap {
  const before = create(dataset.items.length)
  for (let entry = 0; entry < dataset.days.length; entry++) if (dataset.days[entry] < day) set(before, entry)
  return before
}

export function allEntries(dataset: Dataset): Bitmap {
  const all = create(dataset.items.length)
  fill(all)
  return all
}

/** The members of a set, ascending, over a shared buffer. */
function positionsIn(entries: Bitmap): Uint32Array {
  const positions = new Uint32Array(new SharedArrayBuffer(entries.size * 4))
  let length = 0
  for (let entry = 0; entry < entries.size; entry++) if (has(entries, entry)) positions[length++] = entry
  return positions.subarray(0, length)
}

/** The split, or EMPTY_CATALOGUE when it leaves nothing to ask. */
export function checked(split: Split): Split {
  if (split.validation.tasks.count > 0 && split.test.tasks.count > 0) return split
  throw new SonaError(
    'EMPTY_CATALOGUE',
    `There are too few events to evaluate by ${split.protocol}: it leaves ${split.validation.tasks.count} questions for validation and ` +
      `${split.test.tasks.count} for the test. Import more events, or choose another protocol.`,
  )
}
