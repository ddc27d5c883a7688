/**
 * What a search for options is given: the data without its test, and the validation fold. It asks the very questions that
 * `split.validation` of the same protocol asks, in a dataset that holds no entry of the test: what is not there cannot leak.
 */
import { SonaError } from '../domain/errors.js'
import type { Random } from '../domain/random.js'
import type { Dataset } from '../features/dataset.js'
import { type Bitmap, clear } from '../math/bitmap.js'
import { cutDataset } from './cut-dataset.js'
import {
  allEntries,
  dayQuantiles,
  defaultShares,
  drawShare,
  entriesBefore,
  type Fold,
  type Protocol,
  shuffledFold,
  successiveTasks,
} from './splits.js'

/** Protocols whose validation can be searched on; titles that nobody has seen are no measure of options. */
export type SearchedProtocol = Exclude<Protocol, 'new-items'>

export interface BeforeTest {
  readonly protocol: SearchedProtocol
  /** Without any entry of the test. Its user rows and item rows are those of the full dataset. */
  readonly dataset: Dataset
  /** Entries are positions in `dataset`. */
  readonly validation: Fold
}

/** @param random as given to the split of the same protocol; only `random` draws from it */
export function beforeTest(protocol: SearchedProtocol, dataset: Dataset, random: Random): BeforeTest {
  const cut = cuts[protocol](dataset, random)
  if (cut.validation.tasks.count > 0) return { protocol, ...cut }
  throw new SonaError(
    'EMPTY_CATALOGUE',
    `There are too few events to tune by ${protocol}: it leaves no question for validation. Import more events, or choose another protocol.`,
  )
}

type Cut = (dataset: Dataset, random: Random) => Omit<BeforeTest, 'protocol'>

const cuts: Readonly<Record<SearchedProtocol, Cut>> = {
  'leave-last-out'(full) {
    const isAsked = (user: number): boolean => full.start[user + 1] - full.start[user] >= 3
    const dataset = cutDataset(full, withoutLast(full, isAsked), full.asOfDay)
    const isTarget = (entry: number, user: number): boolean => isAsked(user) && entry === dataset.start[user + 1] - 1
    const validation: Fold = {
      train: cutDataset(dataset, withoutLast(dataset, isAsked), full.asOfDay),
      ...successiveTasks(dataset, isTarget, 'left-out'),
      trainBeforeDay: Number.POSITIVE_INFINITY,
      order: 'past-to-future',
    }
    return { dataset, validation }
  },

  'global-time'(full) {
    const [validationDay, testDay] = dayQuantiles(full, [defaultShares.beforeValidation, defaultShares.beforeTest])
    const dataset = cutDataset(full, entriesBefore(full, testDay), testDay)
    const validation: Fold = {
      train: cutDataset(dataset, entriesBefore(dataset, validationDay), validationDay),
      ...successiveTasks(dataset, (entry) => dataset.days[entry] >= validationDay, 'left-out'),
      trainBeforeDay: validationDay,
      order: 'past-to-future',
    }
    return { dataset, validation }
  },

  random(full, random) {
    const share = defaultShares.known
    const dataset = cutDataset(full, drawShare(full, allEntries(full), share, random.fork('test')), full.asOfDay)
    const all = allEntries(dataset)
    return {
      dataset,
      validation: shuffledFold(dataset, drawShare(dataset, all, share, random.fork('validation')), all, 'left-out'),
    }
  },
}

/** All entries but the last of each of these users. */
function withoutLast(dataset: Dataset, isAsked: (user: number) => boolean): Bitmap {
  const kept = allEntries(dataset)
  for (let user = 0; user < dataset.userCount; user++) if (isAsked(user)) clear(kept, dataset.start[user + 1] - 1)
  return kept
}
