import { rowOf } from '../features/catalogue.js'
import { entriesPerItem } from '../features/coverage.js'
import type { Dataset } from '../features/dataset.js'
import { interactionMatrix } from '../features/interactions.js'
import { alternate } from '../math/alternating-least-squares.js'
import type { Kernels } from '../math/kernels.js'
import { type ArtifactHeader, arrayOf, headerOf, inArena } from './artifact.js'
import type { Algorithm, Model, TrainingRun } from './model.js'
import { tasteModel } from './taste-model.js'

/**
 * Implicit ALS — users and items as points in a space of tastes, found by alternating least squares.
 *
 *   minimise Σ over touched (u,i) of c·(x_uᵀy_i − 1)²  +  α₀·Σ over all (u,i) of (x_uᵀy_i)²  +  Σ_u reg_u‖x_u‖² + Σ_i reg_i‖y_i‖²
 *   reg_u = reg · (α₀·items + c·items touched by u)^ν,  and likewise for items
 *   a history is folded in:  x = (α₀·YᵀY + Σ w·c·yyᵀ + reg_x·I)⁻¹ Σ w·(c + α₀)·y,   score(j) = xᵀy_j
 *
 * Hu, Koren & Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008; regularised and initialised as in
 * Rendle et al., "Revisiting the Performance of iALS on Item Recommendation Benchmarks", RecSys 2022.
 *
 * Cost    O(entries · factors + (users + items) · factors²) a step, three a sweep; one small system and items · factors to score.
 * Choose  catalogues too large for an item × item matrix, and as another opinion in a blend.
 * Avoid   untuned: with regularisation or α₀ off by a factor of ten it looks a tenth worse than it is.
 * Departs from the papers in taking some steps of conjugate gradient from where a row stands instead of solving it (Takács et al.,
 *         RecSys 2011): the same loss in a third of the time. In beginning from the items of the model published before, if any, from
 *         which two sweeps do what twelve do from chance. In keeping no user: only item factors are stored, and whoever asks is folded
 *         in from their history, exactly. A history entry of weight w counts w times: what has faded to nothing counts for nothing.
 */
export interface AlsOptions {
  /** Dimensions of taste. Typical 32 to 256. */
  readonly factors: number
  /** Full sweeps over users and items. Typical 4 to 16. */
  readonly sweeps: number
  /** Full sweeps when the items begin where the model before left them. Typical 1 to 4. */
  readonly warmSweeps: number
  /** Steps of conjugate gradient that a row takes towards its solution in a sweep. Typical 2 to 4. 0: solved exactly. */
  readonly solverSteps: number
  /** c, the weight of a touched item. */
  readonly confidence: number
  /** α₀, the weight of an untouched one. Typical 0.03 to 1. */
  readonly unobservedWeight: number
  /** reg. Typical 0.0005 to 0.05. */
  readonly regularization: number
  /** ν: how regularisation grows with activity. 1 is Rendle's advice, 0 the plain ridge. */
  readonly regularizationExponent: number
  /** Standard deviation of the first item factors, times √factors. */
  readonly initialDeviation: number
  /** How the history fades, in places, unless a plan says otherwise. Typical 3 to 50. 0: it does not fade. */
  readonly recencyHalfLifePositions: number
}

export const als: Algorithm<AlsOptions> = {
  name: 'als',
  startsWarm: true,

  defaults: {
    factors: 64,
    sweeps: 12,
    warmSweeps: 3,
    solverSteps: 3,
    confidence: 1,
    unobservedWeight: 0.3,
    regularization: 0.01,
    regularizationExponent: 1,
    initialDeviation: 0.1,
    recencyHalfLifePositions: 4,
  },

  space: {
    factors: { choices: [32, 64, 128] },
    unobservedWeight: { from: 0.02, to: 1, scale: 'log' },
    regularization: { from: 0.0005, to: 0.1, scale: 'log' },
    regularizationExponent: { from: 0, to: 1, scale: 'linear' },
  },
  effort: 'sweeps',

  train(data, options, run) {
    const { arena } = run.kernels
    const { factors } = options
    const itemFactors = arena.f32(data.itemCount * factors) // items × factors
    const gram = arena.f32(factors * factors)
    placeItems(itemFactors, data, options, run)
    const touched = interactionMatrix(data, Int32Array.from(data.itemNos.keys()), data.itemCount, 'one')
    const sweeps = run.previous ? options.warmSweeps : options.sweeps
    alternate(touched, itemFactors, { ...options, sweeps }, run.kernels, run.checkpoint)
    run.kernels.factorGram(itemFactors, factors, gram)
    entriesPerItem(data).forEach((count, item) => {
      if (count === 0) itemFactors.fill(Number.NaN, item * factors, (item + 1) * factors)
    })
    run.checkpoint(1)
    return modelOf(headerOf('als', options, data), data.itemNos, itemFactors, gram, run.kernels)
  },

  restore(artifact, kernels) {
    const { factors } = artifact.header.options as unknown as AlsOptions
    const itemNos = arrayOf(artifact, 'itemNos', Int32Array)
    const itemFactors = inArena(arrayOf(artifact, 'itemFactors', Float32Array, itemNos.length * factors), kernels.arena)
    const gram = inArena(arrayOf(artifact, 'gram', Float32Array, factors * factors), kernels.arena)
    return modelOf(artifact.header, itemNos, itemFactors, gram, kernels)
  },
}

/** Items begin where the model before left them; those that it did not know, or all, where chance puts them. */
function placeItems(out: Float32Array, data: Dataset, { factors, initialDeviation }: AlsOptions, run: TrainingRun): void {
  const { random, previous } = run
  for (let at = 0; at < out.length; at++) out[at] = (initialDeviation / Math.sqrt(factors)) * random.normal()
  if (previous === undefined) return
  const itemNos = arrayOf(previous, 'itemNos', Int32Array)
  const learned = arrayOf(previous, 'itemFactors', Float32Array, itemNos.length * factors)
  data.itemNos.forEach((itemNo, item) => {
    const row = rowOf({ itemNos }, itemNo)
    if (row < 0 || Number.isNaN(learned[row * factors])) return
    out.set(learned.subarray(row * factors, (row + 1) * factors), item * factors)
  })
}

function modelOf(
  header: ArtifactHeader,
  itemNos: Int32Array,
  itemFactors: Float32Array,
  gram: Float32Array,
  kernels: Kernels,
): Model {
  const options = header.options as unknown as AlsOptions
  const arrays = { itemNos, itemFactors, gram }
  return tasteModel({ header, options, itemNos, known: itemFactors, scored: itemFactors, gram, arrays, kernels })
}
