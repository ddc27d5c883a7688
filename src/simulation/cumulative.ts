import type { Random } from '../domain/random.js'

/** Running sums of weights ≥ 0; the last one is the total. For the few or the fleeting, where an alias table would not pay. */
export function cumulate(weights: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(weights.length)
  let sum = 0
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i]
    sums[i] = sum
  }
  return sums
}

/** One index, with probability proportional to its weight, by binary search in the running sums. */
export function drawIndex(sums: Float64Array, random: Random): number {
  const at = random.next() * sums[sums.length - 1]
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (at < sums[middle]) high = middle
    else low = middle + 1
  }
  return low
}
