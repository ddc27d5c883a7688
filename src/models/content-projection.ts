import { contentRowsOf } from '../encoders/content-rows.js'
import { learnItemTastes, projectOntoTastes, tasteDefaults } from '../encoders/item-tastes.js'
import { entriesPerItem } from '../features/coverage.js'
import type { Dataset } from '../features/dataset.js'
import type { Kernels } from '../math/kernels.js'
import { mixedProduct } from '../math/mixed-ridge.js'
import { withScratch } from '../math/scratch.js'
import { type ArtifactHeader, arrayOf, headerOf, inArena } from './artifact.js'
import type { Algorithm, Model, TrainingRun } from './model.js'
import { tasteModel } from './taste-model.js'

/**
 * Content projection — where a title would stand in the space of tastes, told from its text, people, genres and company alone.
 *
 *   Y = item factors of implicit ALS;   B = argmin Σ_i √entries_i · ‖z_i·B − y_i‖² + λ‖B‖²,   z the content of an item
 *   ŷ_i = z_i·B,   score(i) = xᵀŷ_i,   x the history folded in by y, and by ŷ where nobody watched an entry yet
 *
 * Gantner et al., "Learning Attribute-to-Feature Mappings for Cold-Start Recommendations", ICDM 2010, by ridge regression.
 * z: text vector ⊕ hashed fields ⊕ how titles with the same people and genres stand, see docs/encoders.md.
 *
 * Cost    ALS, and (text dimensions + rows of the feature table in use)³/3 to train; one small system and items · factors to score.
 * Choose  for titles nobody has watched yet: they are ranked with the audience they are likely to get.
 * Avoid   alone, where titles have events: `als` knows them better.
 */
export interface ContentProjectionOptions {
  /** Dimensions of taste. Typical 32 to 128. */
  readonly factors: number
  /** Full sweeps of ALS. Typical 8 to 16. */
  readonly sweeps: number
  /** Steps of conjugate gradient for each row, in each sweep. Typical 3. */
  readonly solverSteps: number
  /** c, the weight of a touched item. */
  readonly confidence: number
  /** α₀, the weight of an untouched one. Typical 0.03 to 1. */
  readonly unobservedWeight: number
  /** Of the factors. Typical 0.0005 to 0.05. */
  readonly regularization: number
  /** How the factors' regularisation grows with activity: 0 to 1. */
  readonly regularizationExponent: number
  /** λ, of the projection. Typical 0.5 to 20. */
  readonly projectionRegularization: number
  /** How the history fades, in places, unless a plan says otherwise. Typical 10 to 100. 0: it does not fade. */
  readonly recencyHalfLifePositions: number
}

export const contentProjection: Algorithm<ContentProjectionOptions> = {
  name: 'content-projection',
  coversAll: true,
  readsVectors: true,

  defaults: {
    ...tasteDefaults,
    projectionRegularization: 2,
    recencyHalfLifePositions: 0,
  },

  space: {
    factors: { choices: [32, 64, 128] },
    unobservedWeight: { from: 0.02, to: 1, scale: 'log' },
    regularization: { from: 0.0005, to: 0.1, scale: 'log' },
    projectionRegularization: { from: 0.2, to: 50, scale: 'log' },
  },
  effort: 'sweeps',

  train(data, options, run) {
    const { arena } = run.kernels
    const { factors } = options
    const known = arena.f32(data.itemCount * factors)
    const scored = arena.f32(data.itemCount * factors)
    const gram = arena.f32(factors * factors)
    const half = (done: number): void => run.checkpoint(0.5 * done)
    learnItemTastes(data, options, { kernels: run.kernels, random: run.random, checkpoint: half }, known)
    run.kernels.factorGram(known, factors, gram)
    withScratch(arena, () => project(data, options, run, known, scored))
    run.checkpoint(1)
    return modelOf(headerOf('content-projection', options, data), data.itemNos, known, scored, gram, run.kernels)
  },

  restore(artifact, kernels) {
    const { factors } = artifact.header.options as unknown as ContentProjectionOptions
    const itemNos = arrayOf(artifact, 'itemNos', Int32Array)
    const known = inArena(arrayOf(artifact, 'known', Float32Array, itemNos.length * factors), kernels.arena)
    const scored = inArena(arrayOf(artifact, 'scored', Float32Array, itemNos.length * factors), kernels.arena)
    const gram = inArena(arrayOf(artifact, 'gram', Float32Array, factors * factors), kernels.arena)
    return modelOf(artifact.header, itemNos, known, scored, gram, kernels)
  },
}

/** Ŷ into `scored`; rows of `known` without events become Ŷ too. What is known of neither content nor events is NaN. */
function project(
  data: Dataset,
  options: ContentProjectionOptions,
  run: TrainingRun,
  known: Float32Array,
  scored: Float32Array,
): void {
  const { factors } = options
  const { kernels } = run
  const rows = contentRowsOf(data, run.catalogue, run.vectors, kernels)
  const checkpoint = (done: number): void => run.checkpoint(0.6 + 0.35 * done)
  const learning = { kernels, checkpoint }
  const coefficients = projectOntoTastes(data, rows, known, factors, options.projectionRegularization, learning)
  const entries = entriesPerItem(data)
  for (let item = 0; item < data.itemCount; item++) {
    const projected = scored.subarray(item * factors, (item + 1) * factors)
    if (rows.isKnown[item] === 1) mixedProduct(rows, item, coefficients, projected, kernels)
    else projected.fill(Number.NaN)
    if (entries[item] === 0) known.set(projected, item * factors)
  }
}

function modelOf(
  header: ArtifactHeader,
  itemNos: Int32Array,
  known: Float32Array,
  scored: Float32Array,
  gram: Float32Array,
  kernels: Kernels,
): Model {
  const options = header.options as unknown as ContentProjectionOptions
  return tasteModel({ header, options, itemNos, known, scored, gram, arrays: { itemNos, known, scored, gram }, kernels })
}
