/** Gradient descent on the loss: one batch after the other through the network, the softmax and the optimiser. */
import type { Random } from '../../domain/random.js'
import type { Kernels } from '../../math/kernels.js'
import { type Batch, batchesOf, type Sequences } from './batches.js'
import { backward, firstRows, headForward, mixForward, newActivations, parameterCount, parametersIn } from './network.js'
import { createSampler, type Sampler } from './sample.js'

/** What is learned. In the kernels' memory. */
export interface Weights {
  /** items × columns */
  readonly factors: Float32Array
  /** One for each item, and then some to fill up a multiple of four. */
  readonly bias: Float32Array
  /** The network's, see parametersIn. */
  readonly network: Float32Array
}

export interface Course {
  readonly epochs: number
  readonly batchEvents: number
  readonly runLength: number
  readonly negatives: number
  readonly negativeExponent: number
  readonly rate: number
  readonly factorRate: number
  readonly decay: number
}

/** Share of the steps in which the rate grows to its full height; afterwards it falls to nothing, in a straight line. */
const WARM_UP = 0.05

/** Trains the weights in place. `frequency` is of every item. Returns the mean loss of the last epoch; NaN without anything to foresee. */
export function descend(
  weights: Weights,
  columns: number,
  sequences: Sequences,
  frequency: Uint32Array,
  course: Course,
  random: Random,
  kernels: Kernels,
  checkpoint: (done: number) => void,
): number {
  const step = createStep(weights, columns, course, createSampler(frequency, course.negatives, course.negativeExponent), kernels)
  let seen = 0
  let loss = Number.NaN
  for (let epoch = 0; epoch < course.epochs; epoch++) {
    let lost = 0
    for (const batch of batchesOf(sequences, course.runLength, course.batchEvents, random)) {
      const done = seen / (sequences.targets * course.epochs)
      checkpoint(done)
      seen += batch.items.length
      lost += step(
        batch,
        Math.min(1, (done + batch.items.length / (2 * sequences.targets * course.epochs)) / WARM_UP, (1 - done) / (1 - WARM_UP)),
        random,
      )
    }
    loss = lost / sequences.targets
  }
  return loss
}

/** Rows of scores that are computed at once: with 1,024 negatives 1 MiB, which the second-level cache holds. */
const ROWS_AT_ONCE = 256

/** One step of the descent; returns the sum of the batch's losses. */
function createStep(weights: Weights, columns: number, course: Course, sampler: Sampler, kernels: Kernels) {
  const { arena } = kernels
  const d = columns
  const rows = course.batchEvents
  const all = newActivations(arena, rows, d)
  const slopes = { x: arena.f32(rows * d), inner: arena.f32(rows * d), wide: arena.f32(2 * rows * d) }
  const network = parametersIn(weights.network, d)
  const gradient = {
    factors: arena.f32(weights.factors.length),
    bias: arena.f32(weights.bias.length),
    network: arena.f32(parameterCount(d)),
  }
  const optimisers = [
    createOptimiser(weights.factors, gradient.factors, course.factorRate, course, kernels),
    createOptimiser(weights.bias, gradient.bias, course.factorRate, course, kernels),
    createOptimiser(weights.network, gradient.network, course.rate, course, kernels),
  ]
  const softmax = createSoftmax(weights, gradient, d, rows, sampler, kernels)
  const held = { items: arena.u32(rows), targets: arena.u32(rows), start: arena.u32(rows + 1) }

  return (batch: Batch, pace: number, random: Random): number => {
    const count = batch.items.length
    const { items, targets, start } = holdBatch(held, batch)
    const a = firstRows(all, count)
    const s = {
      x: slopes.x.subarray(0, count * d),
      inner: slopes.inner.subarray(0, count * d),
      wide: slopes.wide.subarray(0, 2 * count * d),
    }
    kernels.gatherRows(weights.factors, d, items, a.x)
    mixForward(a, network, start, kernels)
    headForward(a, network, kernels)
    const loss = softmax(a.norm3.out, targets, s.x, random)
    backward(a, network, parametersIn(gradient.network, d), start, s, kernels)
    kernels.scatterRows(s.x, d, items, gradient.factors)
    for (const optimise of optimisers) optimise(pace)
    return loss
  }
}

function holdBatch(held: Batch, batch: Batch): Batch {
  held.items.set(batch.items)
  held.targets.set(batch.targets)
  held.start.set(batch.start)
  const count = batch.items.length
  return {
    items: held.items.subarray(0, count),
    targets: held.targets.subarray(0, count),
    start: held.start.subarray(0, batch.start.length),
  }
}

/** The loss of what the network says, over a fresh sample of items, and the gradients of the mean loss. */
function createSoftmax(
  weights: Weights,
  gradient: Pick<Weights, 'factors' | 'bias'>,
  d: number,
  mostRows: number,
  { size, draw }: Sampler,
  { arena, ...kernels }: Kernels,
) {
  const sample = arena.u32(size)
  const columnOf = new Int32Array(weights.bias.length).fill(-1)
  const offset = arena.f32(size)
  const factors = arena.f32(size * d)
  const factorGradient = arena.f32(size * d)
  const biasGradient = arena.f32(size)
  const [scores, own, chance] = [arena.f32(ROWS_AT_ONCE * size), arena.f32(mostRows), arena.f32(mostRows)]
  const ownColumn = arena.i32(mostRows)

  return (hidden: Float32Array, targets: Uint32Array, hiddenGradient: Float32Array, random: Random): number => {
    draw(random, sample, offset)
    for (let column = size - 1; column >= 0; column--) {
      if (offset[column] > -1e29) columnOf[sample[column]] = column
      offset[column] += weights.bias[sample[column]]
    }
    kernels.gatherRows(weights.factors, d, sample, factors)
    factorGradient.fill(0)
    biasGradient.fill(0)
    const rows = targets.length
    kernels.rowProducts(hidden, d, targets, weights.factors, own.subarray(0, rows))
    for (let row = 0; row < rows; row++) {
      own[row] += weights.bias[targets[row]]
      ownColumn[row] = columnOf[targets[row]]
    }
    for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
      const to = Math.min(rows, from + ROWS_AT_ONCE)
      const part = scores.subarray(0, (to - from) * size)
      const h = hidden.subarray(from * d, to * d)
      kernels.product({ a: h, aLies: 'straight', b: factors, bLies: 'turned', inner: d, out: part, mode: 'replace' })
      kernels.sampledSoftmax({
        scores: part,
        offset,
        own: own.subarray(from, to),
        ownColumn: ownColumn.subarray(from, to),
        scale: 1 / rows,
        chance: chance.subarray(from, to),
        columnGradient: biasGradient,
      })
      const out = hiddenGradient.subarray(from * d, to * d)
      kernels.product({ a: part, aLies: 'straight', b: factors, bLies: 'straight', inner: size, out, mode: 'replace' })
      kernels.product({ a: part, aLies: 'turned', b: h, bLies: 'straight', inner: to - from, out: factorGradient, mode: 'add' })
    }
    kernels.addRows(weights.factors, d, targets, own.subarray(0, rows), hiddenGradient)
    kernels.scatterRows(hidden, d, targets, gradient.factors, own.subarray(0, rows))
    kernels.scatterRows(factorGradient, d, sample, gradient.factors)
    for (let column = 0; column < size; column++) {
      gradient.bias[sample[column]] += biasGradient[column]
      columnOf[sample[column]] = -1
    }
    let loss = 0
    for (let row = 0; row < rows; row++) {
      gradient.bias[targets[row]] += own[row]
      loss -= Math.log(Math.max(1e-38, chance[row]))
    }
    return loss
  }
}

const BETA1 = 0.9
const BETA2 = 0.98

/** AdamW; `pace` is the share of the full rate that a step takes. */
function createOptimiser(
  value: Float32Array,
  gradient: Float32Array,
  rate: number,
  { decay }: Course,
  { arena, adamStep }: Kernels,
) {
  const [mean, square] = [arena.f32(value.length), arena.f32(value.length)]
  let steps = 0
  return (pace: number): void => {
    steps++
    adamStep({ value, gradient, mean, square, rate: rate * pace, decay, beta1: BETA1, beta2: BETA2, steps })
  }
}
