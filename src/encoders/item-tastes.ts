import type { Random } from '../domain/random.js'
import { entriesPerItem } from '../features/coverage.js'
import type { Dataset } from '../features/dataset.js'
import { interactionMatrix } from '../features/interactions.js'
import { type Alternation, alternate } from '../math/alternating-least-squares.js'
import type { Kernels } from '../math/kernels.js'
import { mixedRidge } from '../math/mixed-ridge.js'
import type { ContentRows } from './content-rows.js'

/** How items' places among tastes are learned from who watched them: implicit ALS, see src/math/alternating-least-squares.ts. */
export const tasteDefaults: Alternation = {
  factors: 64,
  sweeps: 12,
  solverSteps: 3,
  confidence: 1,
  unobservedWeight: 0.3,
  regularization: 0.01,
  regularizationExponent: 1,
}

const FIRST_DEVIATION = 0.1

export interface LearningRun {
  readonly kernels: Kernels
  readonly random: Random
  readonly checkpoint: (done: number) => void
}

/** Writes items × factors into `out`, in the kernels' arena; zeros for items that nobody touched. */
export function learnItemTastes(data: Dataset, options: Alternation, run: LearningRun, out: Float32Array): void {
  const { factors } = options
  const deviation = FIRST_DEVIATION / Math.sqrt(factors)
  for (let at = 0; at < out.length; at++) out[at] = deviation * run.random.normal()
  const touched = interactionMatrix(data, Int32Array.from(data.itemNos.keys()), data.itemCount, 'one')
  alternate(touched, out, options, run.kernels, run.checkpoint)
  entriesPerItem(data).forEach((count, item) => {
    if (count === 0) out.fill(0, item * factors, (item + 1) * factors)
  })
}

/**
 * From content to tastes: (text dimensions + rows of the feature table) × factors, by ridge regression over the items with events. An item
 * counts √entries, 1 on average: what few watched is told less surely, and there is a lot of it.
 */
export function projectOntoTastes(
  data: Dataset,
  rows: ContentRows,
  tastes: Float32Array,
  factors: number,
  regularization: number,
  { kernels, checkpoint }: Omit<LearningRun, 'random'>,
): Float32Array {
  const entries = entriesPerItem(data)
  const learned = entries.filter((count, item) => count > 0 && rows.isKnown[item] === 1)
  const mean = learned.reduce((sum, count) => sum + count, 0) / Math.max(1, learned.length)
  const weights = Float32Array.from(entries, (count, item) =>
    rows.isKnown[item] === 1 && count > 0 ? Math.sqrt(count / mean) : 0,
  )
  return mixedRidge({ rows, targets: tastes, targetColumns: factors, weights, regularization, checkpoint }, kernels)
}
