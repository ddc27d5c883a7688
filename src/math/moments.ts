/**
 * Mean and spread of scores, for bringing the scores of different sources to one scale (z-scores).
 */
import { type Bitmap, has } from './bitmap.js'

export interface Moments {
  /** How many numbers were counted: those that are not NaN and, when a set is given, in it. */
  readonly count: number
  /** NaN when nothing was counted. */
  readonly mean: number
  /** Population standard deviation (divided by count, not count − 1); 0 when all are equal, NaN when nothing was counted. */
  readonly deviation: number
}

/**
 * Mean and standard deviation of the values that are not NaN, over all positions or over those in `only`. Two passes, because
 * the one-pass formula Σx² − n·mean² loses all digits when the spread is small beside the mean.
 */
export function moments(values: Float32Array, only?: Bitmap): Moments {
  let count = 0
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (Number.isNaN(value) || (only !== undefined && !has(only, i))) continue
    count++
    sum += value
  }
  const mean = sum / count
  let squares = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (Number.isNaN(value) || (only !== undefined && !has(only, i))) continue
    squares += (value - mean) ** 2
  }
  return { count, mean, deviation: Math.sqrt(squares / count) }
}
