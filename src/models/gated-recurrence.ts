import { SonaError } from '../domain/errors.js'
import { coveredItems } from '../features/coverage.js'
import type { Dataset } from '../features/dataset.js'
import type { Kernels } from '../math/kernels.js'
import { withScratch } from '../math/scratch.js'
import { type ArtifactHeader, arrayOf, headerOf, inArena } from './artifact.js'
import { type Learned, shares, standing } from './gated-recurrence/answer.js'
import { sequencesOf } from './gated-recurrence/batches.js'
import type { Weights } from './gated-recurrence/loss.js'
import { initialize, parameterCount, parametersIn } from './gated-recurrence/network.js'
import { startFactors } from './gated-recurrence/start.js'
import { descend } from './gated-recurrence/training.js'
import { takeOver } from './gated-recurrence/warm-start.js'
import type { Algorithm, Model, TrainingRun } from './model.js'

/**
 * Gated recurrence — a small neural network that reads the history event by event and foresees the next item.
 *
 *   h_t = f_t·h_(t − 1) + (1 − f_t)·c_t      f_t = σ(W_f·x_t + b_f), c_t = W_c·x_t + b_c: what is kept, what is new
 *   y = x_t + W·(h_t·g_t·σ(g_t)), then one pair of rectified layers; x normalised before each, all of it added up
 *   score(j) = yᵀe_j + b_j,  with e_j the very factors that stand for item j in the history
 *   minimise −log softmax(score)[next] over every event, the sum over all items estimated from a sample
 *
 * The recurrence is minGRU: Feng et al., "Were RNNs All We Needed?", 2024; close kin are Qin et al., HGRN, NeurIPS 2023, and Yue et
 * al., LRURec, WSDM 2024. That the loss matters more than the architecture: Klenitskiy & Vasilev, "Turning Dross Into Gold Loss",
 * RecSys 2023.
 *
 * Cost    about 3·(8·d² + negatives·d) multiply-adds an event and epoch, d dimensions; to score, 6·d² for each of the newest
 *         entries and d for each item.
 * Choose  where the order of events means something and there are some hundred thousand of them: then it is the best single model.
 * Avoid   small data, where the closed forms are as good in a hundredth of the time; catalogues that must be scored item by item
 *         in less than a millisecond beyond a million items.
 * Departs from the papers in where items stand before training (factors of co-occurrence, worth two epochs), in sampling items with
 *         known chances so that the softmax is estimated without bias, and in one layer instead of several. It looks at the order of
 *         the history alone: an entry of weight 0 counts for nothing, any other counts the same.
 */
export interface GatedRecurrenceOptions {
  /** d; a multiple of four. Typical 32 to 128. */
  readonly dimensions: number
  /** Passes over all events. Typical 2 to 6. */
  readonly epochs: number
  /** Passes when it begins from the model before it. */
  readonly warmEpochs: number
  /** Items that stand for the catalogue in a batch's softmax; as many as there are items, or more: all of them. Typical 256 to 2048. */
  readonly negatives: number
  /** How much likelier frequent items are among them: 0 all alike, 1 in proportion. */
  readonly negativeExponent: number
  /** Events a step learns from, at most; fewer on small data, see `stepsPerEpoch`. */
  readonly batchEvents: number
  /** An epoch has at least so many steps, as long as a step has 128 events. */
  readonly stepsPerEpoch: number
  /** Size of a step for the network's numbers, at its highest. Typical 0.002 to 0.01. */
  readonly rate: number
  /** The same for the items' factors. */
  readonly factorRate: number
  /** Weight decay, as a share of the step's size. */
  readonly decay: number
  /** Events in a row that are learned from together, and newest entries of the history that are read. */
  readonly reach: number
  /** Bytes that the search for a start may take, 4·items²: beyond it, rarer items start by chance. */
  readonly maxStartBytes: number
}

export const gatedRecurrence: Algorithm<GatedRecurrenceOptions> = {
  name: 'gated-recurrence',
  startsWarm: true,

  defaults: {
    dimensions: 64,
    epochs: 3,
    warmEpochs: 1,
    negatives: 1024,
    negativeExponent: 0.5,
    batchEvents: 2048,
    stepsPerEpoch: 400,
    rate: 0.006,
    factorRate: 0.004,
    decay: 0.1,
    reach: 128,
    maxStartBytes: 128 * 2 ** 20,
  },

  space: {
    dimensions: { choices: [32, 64, 96, 128] },
    negatives: { choices: [256, 512, 1024, 2048] },
    rate: { from: 0.002, to: 0.02, scale: 'log' },
    factorRate: { from: 0.001, to: 0.01, scale: 'log' },
    decay: { from: 0.01, to: 1, scale: 'log' },
  },
  effort: 'epochs',

  train(data, options, run) {
    const { arena } = run.kernels
    const d = options.dimensions
    if (!(d > 0 && d % 4 === 0)) {
      throw new SonaError('INVALID_PLAN', `gated-recurrence needs dimensions in multiples of four, not ${d}.`)
    }
    const weights: Weights = {
      factors: arena.f32(data.itemCount * d),
      bias: arena.f32(4 * Math.ceil(data.itemCount / 4)),
      network: arena.f32(parameterCount(d)),
    }
    run.checkpoint(0)
    withScratch(arena, () => learn(data, options, weights, run))
    run.checkpoint(1)
    return modelOf(headerOf('gated-recurrence', options, data), data.itemNos, weights, run.kernels)
  },

  restore(artifact, kernels) {
    const { dimensions } = artifact.header.options as unknown as GatedRecurrenceOptions
    const itemNos = arrayOf(artifact, 'itemNos', Int32Array)
    const weights = {
      factors: inArena(arrayOf(artifact, 'factors', Float32Array, itemNos.length * dimensions), kernels.arena),
      bias: inArena(arrayOf(artifact, 'bias', Float32Array, 4 * Math.ceil(itemNos.length / 4)), kernels.arena),
      network: inArena(arrayOf(artifact, 'network', Float32Array, parameterCount(dimensions)), kernels.arena),
    }
    return modelOf(artifact.header, itemNos, weights, kernels)
  },
}

/** A step of fewer events is more noise than direction. */
const FEWEST_EVENTS = 128

/** Share of the work that the search for a start is taken to be. */
const STARTED = 0.05

function learn(data: Dataset, options: GatedRecurrenceOptions, weights: Weights, run: TrainingRun): void {
  const columns = options.dimensions
  const sequences = sequencesOf(data)
  const frequency = new Uint32Array(data.itemCount)
  for (const item of sequences.items) frequency[item]++
  const isWarm = takeOver(run.previous, data.itemNos, weights, columns, run.random.fork('newcomers'))
  if (!isWarm) {
    const start = { ...run, random: run.random.fork('start'), checkpoint: (done: number) => run.checkpoint(done * STARTED) }
    initialize(parametersIn(weights.network, columns), start.random)
    startFactors(sequences, coveredItems(data, options.maxStartBytes), weights.factors, columns, start)
    for (let item = 0; item < data.itemCount; item++) weights.bias[item] = Math.log(frequency[item] + 1)
  }
  if (sequences.targets > 0) {
    const batchEvents = Math.max(FEWEST_EVENTS, Math.ceil(sequences.targets / options.stepsPerEpoch))
    const course = {
      ...options,
      epochs: isWarm ? options.warmEpochs : options.epochs,
      batchEvents: Math.min(options.batchEvents, batchEvents),
      runLength: options.reach,
    }
    const checkpoint = (done: number) => run.checkpoint(STARTED + done * (1 - STARTED))
    descend({ weights, columns, sequences, frequency }, course, { ...run, random: run.random.fork('descent'), checkpoint })
  }
  frequency.forEach((count, item) => {
    if (count === 0) weights.factors.fill(Number.NaN, item * columns, (item + 1) * columns)
  })
}

function modelOf(header: ArtifactHeader, itemNos: Int32Array, weights: Weights, kernels: Kernels): Model {
  const { dimensions: d, reach } = header.options as unknown as GatedRecurrenceOptions
  const { factors, bias } = weights
  const learned: Learned = { factors, parameters: parametersIn(weights.network, d), reach, kernels, standings: new WeakMap() }
  return {
    algorithm: header.algorithm,
    itemCount: itemNos.length,
    recency: {},
    score: (history, out) =>
      withScratch(kernels.arena, () => {
        const user = standing(learned, history)
        if (user === undefined) return void out.fill(Number.NaN)
        kernels.matrixVector(factors, d, user, out)
        for (let item = 0; item < out.length; item++) out[item] += bias[item]
      }),
    scoreSome: (history, some, out) =>
      withScratch(kernels.arena, () => {
        const user = standing(learned, history)
        for (let k = 0; k < some.length; k++) {
          const own = factors.subarray(some[k] * d, (some[k] + 1) * d)
          out[k] = user === undefined ? Number.NaN : kernels.dot(own, user) + bias[some[k]]
        }
      }),
    explain: (history, item, out) => withScratch(kernels.arena, () => shares(learned, history, item, out)),
    save: () => ({ header, arrays: { itemNos, ...weights } }),
  }
}
