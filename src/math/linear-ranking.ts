import { softmax } from './list-objectives.js'
import type { RankingTable } from './ranking-table.js'
import { shuffle } from './shuffle.js'

/**
 * A linear ranker: score = Σ weight · (x − mean) / deviation, a feature that cannot tell counting as its mean.
 */
export interface LinearRanking {
  readonly weight: Float32Array
  readonly mean: Float32Array
  /** 0 for a feature that is the same everywhere: it counts for nothing. */
  readonly deviation: Float32Array
}

export interface LinearOptions {
  /** Passes over all lists. */
  readonly epochs: number
  /** Lists a step. */
  readonly batch: number
  readonly learningRate: number
  /** Ridge on the weights, per list. */
  readonly l2: number
}

export interface LinearRun {
  readonly below: (bound: number) => number
  /** Called with the share that is done; may throw to stop. */
  readonly checkpoint: (done: number) => void
}

/**
 * Fits the weights by softmax cross-entropy over each list (list-objectives.ts) with Adam, the step shrinking to nothing.
 *
 * Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015.
 *
 * Cost   epochs · rows · features multiplications.
 */
export function fitLinear(table: RankingTable, options: LinearOptions, run: LinearRun): LinearRanking {
  const { mean, deviation } = momentsOf(table)
  const lists = table.start.length - 1
  const order = Uint32Array.from({ length: lists }, (_, list) => list)
  const weight = new Float64Array(table.width)
  const adam = createAdam(table.width)
  const steps = options.epochs * Math.ceil(lists / options.batch)
  let step = 0
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    shuffle(order, run.below)
    for (let from = 0; from < lists; from += options.batch) {
      const batch = order.subarray(from, from + options.batch)
      const slope = slopeOf(table, batch, { weight, mean, deviation })
      for (let f = 0; f < weight.length; f++) slope[f] = slope[f] / batch.length + options.l2 * weight[f]
      adam.step(weight, slope, options.learningRate * (1 - step / steps))
      step++
    }
    run.checkpoint((epoch + 1) / options.epochs)
  }
  return { weight: Float32Array.from(weight), mean, deviation }
}

/** out[r] = the score of row r of `values` (rows × features). */
export function linearScores({ weight, mean, deviation }: LinearRanking, values: Float32Array, out: Float32Array): void {
  const width = weight.length
  for (let row = 0; row < out.length; row++) {
    let score = 0
    for (let f = 0; f < width; f++) score += weight[f] * standardised(values[row * width + f], mean[f], deviation[f])
    out[row] = score
  }
}

/** A feature on the scale its weight is for: 0 when it cannot tell; at most `FARTHEST` from the mean, so that no outlier decides alone. */
export function standardised(value: number, mean: number, deviation: number): number {
  if (Number.isNaN(value) || deviation === 0) return 0
  return Math.max(-FARTHEST, Math.min(FARTHEST, (value - mean) / deviation))
}

const FARTHEST = 6

function momentsOf({ width, values, weight }: RankingTable): Pick<LinearRanking, 'mean' | 'deviation'> {
  const mean = new Float32Array(width)
  const deviation = new Float32Array(width)
  for (let f = 0; f < width; f++) {
    let count = 0
    let sum = 0
    let squares = 0
    for (let row = 0; row < weight.length; row++) {
      const value = values[row * width + f]
      if (!Number.isFinite(value)) continue
      count += weight[row]
      sum += weight[row] * value
      squares += weight[row] * value * value
    }
    if (count === 0) continue
    mean[f] = sum / count
    deviation[f] = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2))
    if (deviation[f] < 1e-6 * Math.abs(mean[f])) deviation[f] = 0
  }
  return { mean, deviation }
}

interface Fitting extends Pick<LinearRanking, 'mean' | 'deviation'> {
  readonly weight: Float64Array
}

/** The slope of the loss, summed over the lists of a batch. */
function slopeOf(table: RankingTable, batch: Uint32Array, { weight, mean, deviation }: Fitting): Float64Array {
  const slope = new Float64Array(table.width)
  for (const list of batch) {
    const [from, to] = [table.start[list], table.start[list + 1]]
    const rows = to - from
    const scaled = new Float64Array(rows * table.width)
    const scores = new Float64Array(rows)
    for (let row = 0; row < rows; row++) {
      for (let f = 0; f < table.width; f++) {
        const x = standardised(table.values[(from + row) * table.width + f], mean[f], deviation[f])
        scaled[row * table.width + f] = x
        scores[row] += weight[f] * x
      }
    }
    const gradient = new Float64Array(rows)
    softmax(oneList(table, from, to), scores, gradient, new Float64Array(rows))
    for (let row = 0; row < rows; row++) {
      for (let f = 0; f < table.width; f++) slope[f] += gradient[row] * scaled[row * table.width + f]
    }
  }
  return slope
}

function oneList({ width, values, relevance, weight }: RankingTable, from: number, to: number): RankingTable {
  return {
    width,
    values: values.subarray(from * width, to * width),
    start: Uint32Array.of(0, to - from),
    relevance: relevance.subarray(from, to),
    weight: weight.subarray(from, to),
  }
}

function createAdam(size: number): { step(weight: Float64Array, slope: Float64Array, rate: number): void } {
  const first = new Float64Array(size)
  const second = new Float64Array(size)
  let count = 0
  return {
    step(weight, slope, rate) {
      count++
      for (let f = 0; f < size; f++) {
        first[f] = 0.9 * first[f] + 0.1 * slope[f]
        second[f] = 0.999 * second[f] + 0.001 * slope[f] ** 2
        weight[f] -= (rate * (first[f] / (1 - 0.9 ** count))) / (Math.sqrt(second[f] / (1 - 0.999 ** count)) + 1e-8)
      }
    },
  }
}
