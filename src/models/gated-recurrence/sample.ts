/**
 * Which items stand for all the others in a batch's softmax. Item i is drawn with chance π_i, in proportion to a power of its
 * frequency and at most 1, by systematic sampling (Madow, "On the Theory of Systematic Sampling, II", 1949): none twice, always the
 * same number, and the sums of e^score / π over the sample estimate the sum over all items without bias. Where the sample may be
 * as large as the catalogue, it is the catalogue, and the softmax is whole.
 */
import type { Random } from '../../domain/random.js'

export interface Sampler {
  /** How many items a sample has, and then some to fill it up to a multiple of four. */
  readonly size: number
  /** Writes a sample into `items`, and into `logWeight` −log π of each; −∞, nearly, where it only fills up. Both have `size` numbers. */
  draw(random: Random, items: Uint32Array, logWeight: Float32Array): void
}

/** Counts for nothing in a softmax, without being infinite. */
const NOTHING = -1e30

/**
 * @param frequency of every item; one of 0 is never drawn
 * @param exponent 0: all items alike, 1: in proportion to frequency
 */
export function createSampler(frequency: ArrayLike<number>, wanted: number, exponent: number): Sampler {
  const known = Uint32Array.from(
    Array.from({ length: frequency.length }, (_, item) => item).filter((item) => frequency[item] > 0),
  )
  const count = Math.min(wanted, known.length)
  const chance = chancesOf(
    Float64Array.from(known, (item) => (frequency[item] + 1) ** exponent),
    count,
  )
  const logWeight = Float32Array.from(chance, (pi) => -Math.log(pi))
  const size = 4 * Math.ceil(count / 4)
  return {
    size,
    draw(random, items, weights) {
      items.fill(known[0] ?? 0)
      weights.fill(NOTHING)
      let next = count === known.length ? 0 : random.next()
      let passed = 0 // Σ of the chances so far; an item is drawn for each whole step from `next` that falls into its share
      let drawn = 0
      for (let at = 0; at < known.length && drawn < count; at++) {
        passed += chance[at]
        if (passed <= next && count < known.length) continue
        items[drawn] = known[at]
        weights[drawn++] = logWeight[at]
        next++
      }
    },
  }
}

/** In proportion to the weights, at most 1 each, `count` together. */
function chancesOf(weights: Float64Array, count: number): Float64Array {
  if (count === weights.length) return weights.map(() => 1)
  const chance = new Float64Array(weights.length)
  let rest = count
  let open = Array.from(weights.keys())
  for (;;) {
    const total = open.reduce((sum, at) => sum + weights[at], 0)
    const sure = open.filter((at) => weights[at] * rest >= total)
    if (sure.length === 0) {
      for (const at of open) chance[at] = (weights[at] * rest) / total
      return chance
    }
    for (const at of sure) chance[at] = 1
    rest -= sure.length
    open = open.filter((at) => chance[at] === 0)
    if (open.length === 0) return chance
  }
}
