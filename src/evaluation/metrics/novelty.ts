import type { Popularity } from '../item-popularity.js'
import type { MetricCard } from './metric.js'

export const noveltyCard: MetricCard = {
  name: 'novelty',
  formula: 'mean over the list of −log₂(share of training users who saw the title); a title nobody saw counts as seen by one',
  source: 'Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender systems", PNAS 2010 (self-information)',
  range: '0 – log₂(training users), in bits',
  better: 'neither',
}

/** Mean self-information of the first k titles. NaN for an empty list, or when nobody trained. */
export function novelty(ranked: ArrayLike<number>, k: number, { users, userCount }: Popularity): number {
  const length = Math.min(k, ranked.length)
  if (userCount === 0) return Number.NaN
  let bits = 0
  for (let place = 0; place < length; place++) bits -= Math.log2(Math.max(1, users[ranked[place]]) / userCount)
  return bits / length
}
