import { rowOf } from '../features/catalogue.js'
import { entriesPerItem } from '../features/coverage.js'
import type { Dataset } from '../features/dataset.js'
import { noRecency, type WeightedHistory } from '../features/history.js'
import { interactionMatrix } from '../features/interactions.js'
import { type Csr, transpose } from '../math/csr.js'
import type { Kernels } from '../math/kernels.js'
import type { Arena } from '../math/memory.js'
import { withScratch } from '../math/scratch.js'
import { type ArtifactHeader, arrayOf, headerOf, inArena } from './artifact.js'
import type { Algorithm, Model, TrainingRun } from './model.js'

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
    withScratch(arena, () => {
      const touched = interactionMatrix(data, Int32Array.from(data.itemNos.keys()), data.itemCount, 'one')
      const users = sideOf(touched, data.itemCount, options, arena)
      const items = sideOf(transpose(touched), data.userCount, options, arena)
      const userFactors = arena.f32(data.userCount * factors) // users × factors
      placeItems(itemFactors, data, options, run)
      const sweeps = run.previous ? options.warmSweeps : options.sweeps
      for (let sweep = 0; sweep < sweeps; sweep++) {
        solveSide(users, itemFactors, userFactors, gram, options, run, sweep / sweeps)
        solveSide(items, userFactors, itemFactors, gram, options, run, (sweep + 0.5) / sweeps)
      }
    })
    run.kernels.factorGram(itemFactors, factors, gram)
    entriesPerItem(data).forEach((count, item) => {
      if (count === 0) itemFactors.fill(Number.NaN, item * factors, (item + 1) * factors)
    })
    run.checkpoint(1)
    return modelOf({ header: headerOf('als', options, data), itemNos: data.itemNos, itemFactors, gram, kernels: run.kernels })
  },

  restore(artifact, kernels) {
    const { factors } = artifact.header.options as unknown as AlsOptions
    const itemNos = arrayOf(artifact, 'itemNos', Int32Array)
    const itemFactors = inArena(arrayOf(artifact, 'itemFactors', Float32Array, itemNos.length * factors), kernels.arena)
    const gram = inArena(arrayOf(artifact, 'gram', Float32Array, factors * factors), kernels.arena)
    return modelOf({ header: artifact.header, itemNos, itemFactors, gram, kernels })
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

/** One side of the table, users or items: what each touched, in the kernels' memory. */
interface Side {
  readonly start: Uint32Array
  readonly columns: Uint32Array
  readonly confidence: Float32Array
  readonly regularization: Float32Array
}

/** @param others how many rows the other side has */
function sideOf({ rows, start, index }: Csr, others: number, options: AlsOptions, arena: Arena): Side {
  const side = {
    start: arena.u32(start.length),
    columns: arena.u32(index.length),
    confidence: arena.f32(index.length).fill(options.confidence),
    regularization: arena.f32(rows),
  }
  side.start.set(start)
  side.columns.set(index)
  for (let row = 0; row < rows; row++) {
    side.regularization[row] = ridge(options, others, options.confidence * (start[row + 1] - start[row]))
  }
  return side
}

/** reg_u of a user, or item, whose touched entries weigh this much together. Never less than for one entry: it must not be zero. */
function ridge(options: AlsOptions, others: number, observedWeight: number): number {
  const weight = Math.max(1, options.unobservedWeight * others + observedWeight)
  return options.regularization * weight ** options.regularizationExponent
}

const ROWS_AT_A_TIME = 512

/** Half a sweep: one side's factors from the other's, some rows at a time so that training can be stopped between them. */
function solveSide(
  side: Side,
  fixed: Float32Array,
  out: Float32Array,
  gram: Float32Array,
  { factors, unobservedWeight, solverSteps }: AlsOptions,
  { kernels, checkpoint }: TrainingRun,
  done: number,
): void {
  kernels.factorGram(fixed, factors, gram)
  const rows = side.start.length - 1
  for (let from = 0; from < rows; from += ROWS_AT_A_TIME) {
    checkpoint(done)
    const to = Math.min(rows, from + ROWS_AT_A_TIME)
    const some = {
      start: side.start.subarray(from, to + 1),
      columns: side.columns.subarray(0, side.start[to]),
      confidence: side.confidence.subarray(0, side.start[to]),
      regularization: side.regularization.subarray(from, to),
      fixed,
      gram,
      out: out.subarray(from * factors, to * factors),
      factors,
      unobservedWeight,
    }
    if (solverSteps === 0) kernels.alsSolveRows(some)
    else kernels.alsImproveRows(some, solverSteps)
  }
}

/** What was learned, and what it takes to use it. */
interface Tastes {
  readonly header: ArtifactHeader
  readonly itemNos: Int32Array
  /** items × factors; NaN for an item nobody touched, so that its score is NaN too. */
  readonly itemFactors: Float32Array
  /** YᵀY. */
  readonly gram: Float32Array
  readonly kernels: Kernels
}

function modelOf(tastes: Tastes): Model {
  const { header, itemNos, itemFactors, gram, kernels } = tastes
  const { recencyHalfLifePositions } = optionsOf(tastes)
  return {
    algorithm: header.algorithm,
    itemCount: itemNos.length,
    recency: recencyHalfLifePositions > 0 ? { halfLifePositions: recencyHalfLifePositions } : noRecency,
    score: (history, out) => withScratch(kernels.arena, () => score(tastes, history, out)),
    scoreSome: (history, some, out) =>
      withScratch(kernels.arena, () => {
        const all = kernels.arena.f32(itemNos.length)
        score(tastes, history, all)
        for (let k = 0; k < some.length; k++) out[k] = all[some[k]]
      }),
    explain: (history, item, out) => withScratch(kernels.arena, () => explain(tastes, history, item, out)),
    save: () => ({ header, arrays: { itemNos, itemFactors, gram } }),
  }
}

function optionsOf({ header }: Tastes): AlsOptions {
  return header.options as unknown as AlsOptions
}

function factorsOf(tastes: Tastes, item: number): Float32Array {
  const { factors } = optionsOf(tastes)
  return tastes.itemFactors.subarray(item * factors, (item + 1) * factors)
}

function score(tastes: Tastes, history: WeightedHistory, out: Float32Array): void {
  const { itemFactors, kernels } = tastes
  const { factors, confidence, unobservedWeight } = optionsOf(tastes)
  const known = knownOf(tastes, history)
  if (known.items.length === 0) {
    out.fill(Number.NaN)
    return
  }
  const system = systemOf(tastes, known)
  const taste = kernels.arena.f32(factors)
  for (let k = 0; k < known.weights.length; k++) known.weights[k] *= confidence + unobservedWeight
  kernels.weightedRowSum(itemFactors, factors, known.items, known.weights, taste)
  kernels.solveCholesky(system, factors, taste, 1)
  kernels.matrixVector(itemFactors, factors, taste, out)
}

/** xᵀy_i = Σ_j w_j·(c + α₀)·y_jᵀA⁻¹y_i: one solve for the item, then one product for each entry (Hu et al., §5). */
function explain(tastes: Tastes, history: WeightedHistory, item: number, out: Float32Array): void {
  const { kernels } = tastes
  const { factors, confidence, unobservedWeight } = optionsOf(tastes)
  const known = knownOf(tastes, history)
  out.fill(0)
  if (known.items.length === 0 || !isKnown(tastes, item)) return
  const similar = kernels.arena.f32(factors)
  similar.set(factorsOf(tastes, item))
  kernels.solveCholesky(systemOf(tastes, known), factors, similar, 1)
  for (let k = 0; k < history.items.length; k++) {
    if (!isKnown(tastes, history.items[k])) continue
    const likeness = kernels.dot(similar, factorsOf(tastes, history.items[k]))
    out[k] = history.weights[k] * (confidence + unobservedWeight) * likeness
  }
}

function isKnown(tastes: Tastes, item: number): boolean {
  return !Number.isNaN(tastes.itemFactors[item * optionsOf(tastes).factors])
}

/** The entries that say something, copied into scratch. */
function knownOf(tastes: Tastes, history: WeightedHistory): WeightedHistory {
  const { arena } = tastes.kernels
  const items = arena.u32(history.items.length)
  const weights = arena.f32(history.items.length)
  let count = 0
  for (let k = 0; k < history.items.length; k++) {
    if (history.weights[k] === 0 || !isKnown(tastes, history.items[k])) continue
    items[count] = history.items[k]
    weights[count++] = history.weights[k]
  }
  return { items: items.subarray(0, count), weights: weights.subarray(0, count) }
}

/** The Cholesky factor of α₀·YᵀY + Σ w·c·yyᵀ + reg·I, in scratch. */
function systemOf(tastes: Tastes, { items, weights }: WeightedHistory): Float32Array {
  const { kernels, gram, itemNos } = tastes
  const options = optionsOf(tastes)
  const { factors, confidence, unobservedWeight } = options
  const rows = kernels.arena.f32(items.length * factors) // √(w·c)·y, so that their Gram matrix is the sum
  let observedWeight = 0
  for (let k = 0; k < items.length; k++) {
    const weight = confidence * weights[k]
    observedWeight += weight
    kernels.axpy(Math.sqrt(weight), factorsOf(tastes, items[k]), rows.subarray(k * factors, (k + 1) * factors))
  }
  const system = kernels.arena.f32(factors * factors)
  kernels.factorGram(rows, factors, system)
  kernels.axpy(unobservedWeight, gram, system)
  const added = ridge(options, itemNos.length, observedWeight)
  for (let f = 0; f < factors; f++) system[f * factors + f] += added
  kernels.cholesky(system, factors)
  return system
}
