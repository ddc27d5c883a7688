import type { Random } from '../domain/random.js'
import {
  decayedMean,
  encodeUser,
  fitUserEncoder,
  type NextItem,
  type UserEncoder,
  userEncoderDefaults,
  withVectors,
} from '../encoders/user-encoder.js'
import type { Dataset } from '../features/dataset.js'
import { shuffle } from '../math/shuffle.js'

/** Why this user encoder: how well attention and the decayed mean foretell the next item of users that neither learned from. */
export interface UserEncoderChoice {
  readonly chosen: 'attention' | 'decayed-mean'
  /** NDCG@20 of the next item among all items with a vector, without those in the history; a mean over users each. */
  readonly attention: number
  readonly decayedMean: number
  /** Of the mean difference, attention − decayed mean: 95 %, by bootstrap over users. */
  readonly difference: { readonly mean: number; readonly low: number; readonly high: number }
  readonly learnedFrom: number
  readonly judgedBy: number
  readonly theta: readonly [number, number, number]
}

const LONGEST_HISTORY = 50
const MOST_LEARNED = 3_000
const MOST_JUDGED = 1_000
const AT = 20
const DRAWS = 1_000

/**
 * Learns attention on half of the users and keeps it where the interval of its gain on the others is above zero; else the decayed mean.
 *
 * @param vectors items × dimensions, of the dataset's rows
 */
export function chooseUserEncoder(
  data: Dataset,
  vectors: Float32Array,
  dimensions: number,
  random: Random,
  checkpoint: (done: number) => void,
): { readonly encoder: UserEncoder; readonly choice: UserEncoderChoice } {
  const users = Uint32Array.from({ length: data.userCount }, (_, user) => user)
  shuffle(users, random.below)
  const isLearned = (place: number): boolean => place % 2 === 0
  const some = (learned: boolean, most: number): NextItem[] =>
    [...users]
      .filter((_, place) => isLearned(place) === learned)
      .flatMap((user) => exampleOf(data, user, learned ? random.next() : 1) ?? [])
      .filter(({ next }) => !Number.isNaN(vectors[next * dimensions]))
      .slice(0, most)
  const [learned, judged] = [some(true, MOST_LEARNED), some(false, MOST_JUDGED)]
  const attention =
    learned.length === 0
      ? decayedMean(dimensions)
      : fitUserEncoder(learned, vectors, dimensions, userEncoderDefaults, random, (done) => checkpoint(0.7 * done))
  const mean = decayedMean(dimensions)
  const byAttention = judged.map((example) => ndcgOf(attention, example, vectors, dimensions))
  checkpoint(0.85)
  const byMean = judged.map((example) => ndcgOf(mean, example, vectors, dimensions))
  checkpoint(1)
  const difference = interval(
    byAttention.map((value, at) => value - byMean[at]),
    random,
  )
  const isBetter = difference.low > 0
  return {
    encoder: isBetter ? attention : mean,
    choice: {
      chosen: isBetter ? 'attention' : 'decayed-mean',
      attention: average(byAttention),
      decayedMean: average(byMean),
      difference,
      learnedFrom: learned.length,
      judgedBy: judged.length,
      theta: attention.theta,
    },
  }
}

/** What a user did up to some place of their past, and the item after it. Undefined for users who did one thing. */
function exampleOf(data: Dataset, user: number, place: number): NextItem | undefined {
  const [from, to] = [data.start[user], data.start[user + 1]]
  if (to - from < 2) return undefined
  const next = from + 1 + Math.min(to - from - 2, Math.floor(place * (to - from - 1)))
  const first = Math.max(from, next - LONGEST_HISTORY)
  return {
    items: data.items.slice(first, next),
    engagements: data.engagement.slice(first, next),
    agesDays: Float32Array.from(data.days.subarray(first, next), (day) => data.days[next] - day),
    next: data.items[next],
  }
}

function ndcgOf(encoder: UserEncoder, example: NextItem, vectors: Float32Array, dimensions: number): number {
  const user = new Float32Array(dimensions)
  encodeUser(encoder, withVectors(example, vectors, dimensions), user)
  if (Number.isNaN(user[0])) return 0
  const seen = new Set(example.items)
  if (seen.has(example.next)) return 0
  const scoreOf = (item: number): number => {
    let sum = 0
    for (let at = 0, from = item * dimensions; at < dimensions; at++) sum += user[at] * vectors[from + at]
    return sum
  }
  const target = scoreOf(example.next)
  let better = 0
  for (let item = 0; item * dimensions < vectors.length && better < AT; item++)
    if (!seen.has(item) && scoreOf(item) > target) better++
  return better < AT ? 1 / Math.log2(better + 2) : 0
}

function interval(values: readonly number[], random: Random): UserEncoderChoice['difference'] {
  if (values.length === 0) return { mean: 0, low: 0, high: 0 }
  const means = Float64Array.from({ length: DRAWS }, () => {
    let sum = 0
    for (let at = 0; at < values.length; at++) sum += values[random.below(values.length)]
    return sum / values.length
  }).sort()
  return { mean: average(values), low: means[Math.floor(0.025 * DRAWS)], high: means[Math.ceil(0.975 * DRAWS) - 1] }
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
