/** From what an operator asks for to a split, and the name of exactly that split. */
import { createRandom } from '../domain/random.js'
import type { Dataset } from '../features/dataset.js'
import { engagementOf } from '../features/engagement.js'
import { fingerprintOfArrays } from '../features/fingerprint.js'
import { type NewItemsOptions, newItems } from './new-items.js'
import { onlyRelevant } from './relevant-targets.js'
import { sampleQuestions } from './sample-questions.js'
import { checked, globalTime, leaveLastOut, type Protocol, random, type Split } from './splits.js'

export interface SplitOptions {
  readonly protocol: Protocol
  readonly seed: number | string
  /** `random`: the share of each user's events that models learn from. Default 0.75. */
  readonly randomTrain?: number
  /** Only targets rated at least this, 1–5, or as much enjoyed in other ways. Default: all. */
  readonly relevant?: number
  /** At most so many questions of each user in each fold, drawn by the seed. Default: all. */
  readonly perUser?: number
  /** `new-items`: see there. */
  readonly releasedOnDay?: NewItemsOptions['releasedOnDay']
}

/** Same data and same options, same split. Throws EMPTY_CATALOGUE when it leaves nothing to ask. */
export function splitBy(dataset: Dataset, options: SplitOptions): Split {
  const { relevant, perUser, seed } = options
  const whole = byProtocol(dataset, options)
  const liked = relevant === undefined ? whole : checked(onlyRelevant(dataset, whole, ...relevance(relevant)))
  return perUser === undefined ? liked : sampleQuestions(dataset, liked, { perUser, random: createRandom(`${seed}/questions`) })
}

function byProtocol(dataset: Dataset, { protocol, seed, randomTrain, releasedOnDay }: SplitOptions): Split {
  switch (protocol) {
    case 'leave-last-out':
      return leaveLastOut(dataset)
    case 'global-time':
      return globalTime(dataset)
    case 'random':
      return random(dataset, { random: createRandom(`${seed}/split`), ...(randomTrain && { share: randomTrain }) })
    case 'new-items':
      return newItems(dataset, { ...(releasedOnDay && { releasedOnDay }) })
  }
}

/** Engagement is kept in single precision: what is exactly at the limit must not fall below it. */
const ROUNDING = 1e-6

function relevance(rating: number): [leastEngagement: number, words: string] {
  const engagement = engagementOf({ kind: 'rate', rewatch: false, rating: { value: rating, min: 1, max: 5 } }) ?? 0
  return [engagement - ROUNDING, `rated ${rating} of 5 or more (an engagement of ${engagement.toFixed(3)})`]
}

/**
 * Names a split by its content: what models learn from, what is asked, and what would be right. 16 hexadecimal digits. The day on
 * which the data was read is not part of it.
 */
export function splitFingerprint({ validation, test }: Split): string {
  return fingerprintOfArrays(
    [validation, test].flatMap(({ train, tasks }) => [
      new Uint32Array([train.userCount, train.itemCount]),
      ...[train.start, train.items, train.engagement, train.days],
      ...[tasks.users, tasks.days, tasks.historyStart, tasks.historyEnd, tasks.targetStart, tasks.targets],
    ]),
  )
}
