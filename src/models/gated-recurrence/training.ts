/** Gradient descent on the loss: one batch after the other through the network, the softmax and the optimiser. */
import type { Random } from '../../domain/random.js'
import type { Kernels } from '../../math/kernels.js'
import type { TrainingRun } from '../model.js'
import { type Batch, batchesOf, type Sequences } from './batches.js'
import { createLoss, type Weights } from './loss.js'
import { backward, firstRows, headForward, mixForward, newActivations, parameterCount, parametersIn } from './network.js'
import { createSampler, type Sampler } from './sample.js'

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

/** What is to be learned, and from what. */
export interface Lesson {
  readonly weights: Weights
  readonly columns: number
  readonly sequences: Sequences
  /** How often each item is in the sequences. */
  readonly frequency: Uint32Array
}

/** Trains the weights in place. Returns the mean loss of the last epoch; NaN without anything to foresee. */
export function descend(
  { weights, columns, sequences, frequency }: Lesson,
  course: Course,
  { kernels, random, checkpoint }: Pick<TrainingRun, 'kernels' | 'random' | 'checkpoint'>,
): number {
  const step = createStep(weights, columns, course, createSampler(frequency, course.negatives, course.negativeExponent), kernels)
  let seen = 0
  let loss = Number.NaN
  for (let epoch = 0; epoch < course.epochs; epoch++) {
    let lost = 0
    for (const batch of batchesOf(sequences, course.runLength, course.batchEvents, random)) {
      const done = (seen + batch.items.length / 2) / (sequences.targets * course.epochs)
      checkpoint(done)
      lost += step(batch, Math.min(done / WARM_UP, (1 - done) / (1 - WARM_UP)), random)
      seen += batch.items.length
    }
    loss = lost / sequences.targets
  }
  return loss
}

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
  const lossOf = createLoss(weights, gradient, d, rows, sampler, kernels)
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
    const loss = lossOf(a.norm3.out, targets, s.x, random)
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
