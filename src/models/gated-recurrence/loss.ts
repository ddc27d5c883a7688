/** The loss of what the network says of a batch, over a sample of the items, and its gradients. */
import type { Random } from '../../domain/random.js'
import type { Kernels } from '../../math/kernels.js'
import type { Arena } from '../../math/memory.js'
import type { Sampler } from './sample.js'

/** What is learned. In the kernels' memory. */
export interface Weights {
  /** items × columns */
  readonly factors: Float32Array
  /** One for each item, and then some to fill up a multiple of four. */
  readonly bias: Float32Array
  /** The network's, see parametersIn. */
  readonly network: Float32Array
}

/** The loss summed over a batch's events, from `hidden`, what the network says after each (events × columns). */
export type Loss = (hidden: Float32Array, targets: Uint32Array, hiddenGradient: Float32Array, random: Random) => number

/**
 * A loss that draws a fresh sample each time. It writes the gradient of the MEAN loss into hiddenGradient and adds it to `gradient`.
 *
 * @param mostRows events in the largest batch
 */
export function createLoss(
  weights: Weights,
  gradient: Pick<Weights, 'factors' | 'bias'>,
  columns: number,
  mostRows: number,
  sampler: Sampler,
  kernels: Kernels,
): Loss {
  const sample = newSample(kernels.arena, sampler.size, columns, weights.bias.length)
  const [own, chance, ownColumn] = [kernels.arena.f32(mostRows), kernels.arena.f32(mostRows), kernels.arena.i32(mostRows)]

  return (hidden, targets, hiddenGradient, random) => {
    const rows = targets.length
    const events: Events = {
      own: own.subarray(0, rows),
      ownColumn: ownColumn.subarray(0, rows),
      chance: chance.subarray(0, rows),
    }
    sampler.draw(random, sample.items, sample.offset)
    placeSample(sample, weights, columns, kernels)
    kernels.rowProducts(hidden, columns, targets, weights.factors, events.own)
    for (let row = 0; row < rows; row++) {
      events.own[row] += weights.bias[targets[row]]
      events.ownColumn[row] = sample.columnOf[targets[row]]
    }
    compare(sample, events, hidden, hiddenGradient, columns, kernels)
    kernels.addRows(weights.factors, columns, targets, events.own, hiddenGradient)
    kernels.scatterRows(hidden, columns, targets, gradient.factors, events.own)
    kernels.scatterRows(sample.factorGradient, columns, sample.items, gradient.factors)
    for (let column = 0; column < sample.items.length; column++) {
      gradient.bias[sample.items[column]] += sample.biasGradient[column]
      sample.columnOf[sample.items[column]] = -1
    }
    for (let row = 0; row < rows; row++) gradient.bias[targets[row]] += events.own[row]
    return events.chance.reduce((sum, p) => sum - Math.log(Math.max(SMALLEST, p)), 0)
  }
}

/** Chances below this are counted as this, so that one hopeless event does not make the loss infinite. */
const SMALLEST = 1e-38

/** Of each event: its own item's score and then slope, that item's column in the sample, and the chance it was given. */
interface Events {
  readonly own: Float32Array
  readonly ownColumn: Int32Array
  readonly chance: Float32Array
}

interface Sample {
  readonly items: Uint32Array
  /** What is added to each one's product: its bias and −log of the chance that it is in the sample. */
  readonly offset: Float32Array
  readonly factors: Float32Array
  readonly factorGradient: Float32Array
  readonly biasGradient: Float32Array
  /** Of every item: its column, −1 where it is not in the sample. */
  readonly columnOf: Int32Array
  /** Room for scores. */
  readonly scores: Float32Array
}

/** Rows of scores that are computed at once: with 1,024 negatives 1 MiB, which the second-level cache holds. */
const ROWS_AT_ONCE = 256

function newSample(arena: Arena, size: number, columns: number, itemCount: number): Sample {
  return {
    items: arena.u32(size),
    offset: arena.f32(size),
    factors: arena.f32(size * columns),
    factorGradient: arena.f32(size * columns),
    biasGradient: arena.f32(size),
    columnOf: new Int32Array(itemCount).fill(-1),
    scores: arena.f32(ROWS_AT_ONCE * size),
  }
}

/** From the end on, so that an item's own column comes after those it only fills up. */
function placeSample(sample: Sample, weights: Weights, columns: number, kernels: Kernels): void {
  const { items, offset, columnOf, factors, factorGradient, biasGradient } = sample
  for (let column = items.length - 1; column >= 0; column--) {
    columnOf[items[column]] = column
    offset[column] += weights.bias[items[column]]
  }
  kernels.gatherRows(weights.factors, columns, items, factors)
  factorGradient.fill(0)
  biasGradient.fill(0)
}

/** Every event with every item of the sample: the softmax, and the slopes of both sides. */
function compare(
  { offset, factors, factorGradient, biasGradient, scores }: Sample,
  { own, ownColumn, chance }: Events,
  hidden: Float32Array,
  hiddenGradient: Float32Array,
  columns: number,
  kernels: Kernels,
): void {
  const rows = own.length
  const size = offset.length
  for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
    const to = Math.min(rows, from + ROWS_AT_ONCE)
    const part = scores.subarray(0, (to - from) * size)
    const h = hidden.subarray(from * columns, to * columns)
    const slope = hiddenGradient.subarray(from * columns, to * columns)
    kernels.product({ a: h, aLies: 'straight', b: factors, bLies: 'turned', inner: columns, out: part, mode: 'replace' })
    kernels.sampledSoftmax({
      scores: part,
      offset,
      own: own.subarray(from, to),
      ownColumn: ownColumn.subarray(from, to),
      scale: 1 / rows,
      chance: chance.subarray(from, to),
      columnGradient: biasGradient,
    })
    kernels.product({ a: part, aLies: 'straight', b: factors, bLies: 'straight', inner: size, out: slope, mode: 'replace' })
    kernels.product({ a: part, aLies: 'turned', b: h, bLies: 'straight', inner: to - from, out: factorGradient, mode: 'add' })
  }
}
