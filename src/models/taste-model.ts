import { noRecency, type Recency, type WeightedHistory } from '../features/history.js'
import { type Alternation, ridgeOf } from '../math/alternating-least-squares.js'
import type { Kernels } from '../math/kernels.js'
import { withScratch } from '../math/scratch.js'
import type { ArtifactHeader, NumberArray } from './artifact.js'
import type { Model } from './model.js'

/**
 * Items as points in a space of tastes, and a history folded in as one more point: what `als` and `content-projection` share.
 *
 *   x = (α₀·YᵀY + Σ w·c·yyᵀ + reg_x·I)⁻¹ Σ w·(c + α₀)·y over the history,   score(j) = xᵀz_j
 *
 * y of the entries of the history and z of what is scored are the same points in `als`.
 */
export interface Tastes {
  readonly header: ArtifactHeader
  readonly options: Omit<Alternation, 'sweeps' | 'solverSteps'> & { readonly recencyHalfLifePositions: number }
  readonly itemNos: Int32Array
  /** y: items × factors; NaN for an item of which nothing is known, so that it counts for nothing in a history. */
  readonly known: Float32Array
  /** z: items × factors; NaN for an item that cannot be scored. */
  readonly scored: Float32Array
  /** YᵀY. */
  readonly gram: Float32Array
  readonly arrays: Readonly<Record<string, NumberArray>>
  readonly kernels: Kernels
}

export function tasteModel(tastes: Tastes): Model {
  const { header, itemNos, kernels, arrays } = tastes
  const known = new WeakMap<WeightedHistory, Told>() // as long as somebody holds the history: it does not change
  return {
    algorithm: header.algorithm,
    itemCount: itemNos.length,
    recency: recencyOf(tastes),
    score: (history, out) => withScratch(kernels.arena, () => score(tastes, history, out)),
    scoreSome: (history, some, out) =>
      withScratch(kernels.arena, () => {
        const all = kernels.arena.f32(itemNos.length)
        score(tastes, history, all)
        for (let k = 0; k < some.length; k++) out[k] = all[some[k]]
      }),
    explain: (history, item, out) =>
      withScratch(kernels.arena, () => {
        const told = known.get(history) ?? toldBy(tastes, history)
        known.set(history, told)
        explain(tastes, told, history.weights, item, out)
      }),
    save: () => ({ header, arrays }),
  }
}

function recencyOf({ options: { recencyHalfLifePositions } }: Tastes): Recency {
  return recencyHalfLifePositions > 0 ? { halfLifePositions: recencyHalfLifePositions } : noRecency
}

function rowOf(matrix: Float32Array, { options: { factors } }: Tastes, item: number): Float32Array {
  return matrix.subarray(item * factors, (item + 1) * factors)
}

function score(tastes: Tastes, history: WeightedHistory, out: Float32Array): void {
  const { known, scored, kernels } = tastes
  const { factors, confidence, unobservedWeight } = tastes.options
  const told = knownOf(tastes, history)
  if (told.items.length === 0) {
    out.fill(Number.NaN)
    return
  }
  const system = systemOf(tastes, told)
  const taste = kernels.arena.f32(factors)
  for (let k = 0; k < told.weights.length; k++) told.weights[k] *= confidence + unobservedWeight
  kernels.weightedRowSum(known, factors, told.items, told.weights, taste)
  kernels.solveCholesky(system, factors, taste, 1)
  kernels.matrixVector(scored, factors, taste, out)
}

/** What all items' explanations of one history have in common. In memory of its own: scratch is given back after each. */
interface Told {
  /** Places in the history of the entries that say something. */
  readonly entries: Uint32Array
  /** y of each: entries × factors. */
  readonly points: Float32Array
  /** As `systemOf` has it. */
  readonly system: Float32Array
}

function toldBy(tastes: Tastes, history: WeightedHistory): Told {
  const { known, options } = tastes
  const { factors } = options
  const entries = Uint32Array.from(history.items.keys()).filter((k) => isKnown(tastes, history.items[k]))
  const points = new Float32Array(entries.length * factors)
  entries.forEach((k, at) => {
    points.set(rowOf(known, tastes, history.items[k]), at * factors)
  })
  const said = knownOf(tastes, history)
  const system = said.items.length === 0 ? new Float32Array(0) : Float32Array.from(systemOf(tastes, said))
  return { entries, points, system }
}

/** xᵀz_i = Σ_j w_j·(c + α₀)·y_jᵀA⁻¹z_i: one solve for the item, then one product for each entry (Hu et al., §5). */
function explain(
  tastes: Tastes,
  { entries, points, system }: Told,
  weights: Float32Array,
  item: number,
  out: Float32Array,
): void {
  const { kernels, scored } = tastes
  const { factors, confidence, unobservedWeight } = tastes.options
  out.fill(0)
  if (system.length === 0 || Number.isNaN(scored[item * factors])) return
  const { arena } = kernels
  const similar = arena.f32(factors)
  similar.set(rowOf(scored, tastes, item))
  const factor = arena.f32(system.length)
  factor.set(system)
  kernels.solveCholesky(factor, factors, similar, 1)
  const rows = arena.f32(points.length)
  rows.set(points)
  const likeness = arena.f32(entries.length)
  kernels.matrixVector(rows, factors, similar, likeness)
  for (let at = 0; at < entries.length; at++) {
    out[entries[at]] = weights[entries[at]] * (confidence + unobservedWeight) * likeness[at]
  }
}

function isKnown({ known, options: { factors } }: Tastes, item: number): boolean {
  return !Number.isNaN(known[item * factors])
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
  const { kernels, gram, itemNos, options, known } = tastes
  const { factors, confidence, unobservedWeight } = options
  const rows = kernels.arena.f32(items.length * factors) // √(w·c)·y, so that their Gram matrix is the sum
  let observedWeight = 0
  for (let k = 0; k < items.length; k++) {
    const weight = confidence * weights[k]
    observedWeight += weight
    kernels.axpy(Math.sqrt(weight), rowOf(known, tastes, items[k]), rows.subarray(k * factors, (k + 1) * factors))
  }
  const system = kernels.arena.f32(factors * factors)
  kernels.factorGram(rows, factors, system)
  kernels.axpy(unobservedWeight, gram, system)
  const added = ridgeOf(options, itemNos.length, observedWeight)
  for (let f = 0; f < factors; f++) system[f * factors + f] += added
  kernels.cholesky(system, factors)
  return system
}
