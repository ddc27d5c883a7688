/**
 * Mean and spread of scores, for bringing the scores of different sources to one scale (z-scores).
 */
export interface Moments {
  /** How many numbers were counted: those that are not NaN. */
  readonly count: number
  /** NaN when nothing was counted. */
  readonly mean: number
  /** Population standard deviation (divided by count, not count − 1); 0 when all are equal, NaN when nothing was counted. */
  readonly deviation: number
}

/**
 * Mean and standard deviation of the values that are not NaN. Two passes, because the one-pass formula Σx² − n·mean² loses all digits
 * when the spread is small beside the mean.
 */
export function moments(values: Float32Array): Moments {
  let count = 0
  let sum = 0
  for (const value of values) {
    if (Number.isNaN(value)) continue
    count++
    sum += value
  }
  const mean = sum / count
  let squares = 0
  for (const value of values) {
    if (!Number.isNaN(value)) squares += (value - mean) * (value - mean)
  }
  return { count, mean, deviation: Math.sqrt(squares / count) }
}
