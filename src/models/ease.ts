import { coveredItems } from '../features/coverage.js'
import { noRecency } from '../features/history.js'
import { type EntryWeight, interactionMatrix } from '../features/interactions.js'
import { gram } from '../math/csr.js'
import type { Kernels } from '../math/kernels.js'
import { type PartialMatrix, partialMatrix, partialRowSum, partialRowSumAt, partialRowTerms } from '../math/partial-matrix.js'
import { type ArtifactHeader, arrayOf, assertArtifact, headerOf, inArena } from './artifact.js'
import type { Algorithm, Model } from './model.js'

/**
 * EASE — a linear model that predicts each item from all the others, in closed form.
 *
 *   minimise ‖X − XB‖² + λ‖B‖²  subject to diag(B) = 0          X: users × items
 *   P = (XᵀX + λI)⁻¹,   B[i,j] = −P[i,j] / P[j,j],   B[j,j] = 0
 *   score(j) = Σ over the history of weight · B[i,j]
 *
 * Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019.
 *
 * Cost    O(items³) time and O(items²) memory to train; one row sum per history item to score.
 * Choose  up to some thousands of items with shared taste. A strong baseline, nothing to tune but λ.
 * Avoid   large catalogues (memory), and items nobody has touched yet (they have no row).
 * Departs from the paper in scoring: history entries may carry weights. Letting old ones fade (`recency`) needs no other training
 *         and more than doubles the accuracy where order matters; the default is the paper's own, in which nothing fades.
 */
export interface EaseOptions {
  /** λ, in units of users: how many must agree before an item weighs. Typical 50 (small data) to 1000. */
  readonly regularization: number
  /** What X holds: one for any engagement at all, or the engagement. */
  readonly weight: EntryWeight
  /** Events this many days older than the newest of all count half in training. Typical 90 to 1000. 0: age does not matter. */
  readonly eventHalfLifeDays: number
  /**
   * Bytes that B may take, 4·items². Beyond it only the most frequent items that fit are covered; the rest answer NaN. The default
   * holds 5,792: on MovieLens latest-small, half of the 9,724 items carried all of the accuracy, in an eighth of the time.
   */
  readonly maxBytes: number
}

export const ease: Algorithm<EaseOptions> = {
  name: 'ease',

  defaults: { regularization: 400, weight: 'one', eventHalfLifeDays: 0, maxBytes: 128 * 2 ** 20 },

  space: { regularization: { from: 30, to: 3_000, scale: 'log' }, weight: { choices: ['one', 'engagement'] } },

  train(data, options, run) {
    const { kernels, checkpoint } = run
    checkpoint(0)
    const rows = coveredItems(data, options.maxBytes)
    const matrix = partialMatrix(data.itemCount, rows, kernels.arena.f32(rows.length ** 2))
    gram(interactionMatrix(data, matrix.slotOf, rows.length, options.weight, options.eventHalfLifeDays), matrix.values)
    for (let i = 0; i < rows.length; i++) matrix.values[i * rows.length + i] += options.regularization
    checkpoint(0.1)
    kernels.invertSpd(matrix.values, rows.length, () => checkpoint(0.1))
    checkpoint(0.9)
    divideByDiagonal(matrix.values, rows.length)
    checkpoint(1)
    return modelOf(headerOf('ease', options, data), data.itemNos, matrix, kernels)
  },

  restore(artifact, kernels) {
    const itemNos = arrayOf(artifact, 'itemNos', Int32Array)
    const rows = arrayOf(artifact, 'rows', Uint32Array)
    assertArtifact(
      artifact,
      rows.every((row) => row < itemNos.length),
      'it names rows beyond its items',
    )
    const values = inArena(arrayOf(artifact, 'values', Float32Array, rows.length ** 2), kernels.arena)
    return modelOf(artifact.header, itemNos, partialMatrix(itemNos.length, rows, values), kernels)
  },
}

/** P → B, in place. */
function divideByDiagonal(p: Float32Array, n: number): void {
  const diagonal = Float32Array.from({ length: n }, (_, j) => p[j * n + j])
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) p[i * n + j] = i === j ? 0 : -p[i * n + j] / diagonal[j]
  }
}

function modelOf(header: ArtifactHeader, itemNos: Int32Array, matrix: PartialMatrix, kernels: Kernels): Model {
  return {
    algorithm: header.algorithm,
    itemCount: itemNos.length,
    recency: noRecency,
    score: ({ items, weights }, out) => partialRowSum(kernels, matrix, items, weights, out),
    scoreSome: ({ items, weights }, some, out) => partialRowSumAt(kernels, matrix, items, weights, some, out),
    explain: ({ items, weights }, item, out) => partialRowTerms(matrix, items, weights, item, out),
    save: () => ({ header, arrays: { itemNos, rows: matrix.rows, values: matrix.values } }),
  }
}
