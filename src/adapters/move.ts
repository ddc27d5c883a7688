import type { Adapter } from './adapter.js'
import { shutGate } from './gate.js'
import type { FeatureSpace } from './tier.js'

/**
 * An adapter in another feature space: what comes nearest to doing there what it did.
 *
 *   w_k = Aᵀ B_k                            what the adapter says of each feature, in cell k
 *   B'_kj = cov(z'_j, w_k · x) / cov(z'_j, z'_j)       least squares along each direction of the new space
 *
 * with the new space's own loadings (cov(z'_j, x_f)) as the covariance. Features and cells go by their names; what the new space lacks is lost.
 * What is known (the precisions) turns with the directions. The user's gate stays: it is of what the adapter does, not of how it is written
 * down, and the next events will judge it anew.
 *
 * Cost    O(d_q · rank² + rank² · d).
 */
export function moveAdapter(adapter: Adapter, from: FeatureSpace, to: FeatureSpace): Adapter {
  const turn = turnOf(from, to)
  const values = new Float32Array(to.cells.length * to.rank)
  const precisions = new Float32Array(to.cells.length * to.rank)
  for (const [k, cell] of to.cells.entries()) {
    const before = from.cells.indexOf(cell)
    if (before < 0) continue
    for (let j = 0; j < to.rank; j++) {
      for (let i = 0; i < from.rank; i++) {
        const share = turn[j * from.rank + i]
        values[k * to.rank + j] += share * adapter.values[before * from.rank + i]
        precisions[k * to.rank + j] += share ** 2 * adapter.precisions[before * from.rank + i]
      }
    }
  }
  return { ...adapter, space: to.id, rank: to.rank, values, precisions, sharedGate: shutGate }
}

/** How much of each direction lies along each new one: to.rank × from.rank. */
function turnOf(from: FeatureSpace, to: FeatureSpace): Float64Array {
  const d = to.features.length
  const old = from.features.length
  const columns = to.features.map((feature) => from.features.indexOf(feature))
  const turn = new Float64Array(to.rank * from.rank)
  for (let j = 0; j < to.rank; j++) {
    let variance = 0
    for (let f = 0; f < d; f++) variance += to.loadings[j * d + f] * to.directions[j * d + f]
    if (!(variance > 0)) continue
    for (let i = 0; i < from.rank; i++) {
      let covariance = 0
      for (let f = 0; f < d; f++) {
        const column = columns[f]
        if (column < 0) continue
        // A feature's unit is its deviation, and that is another one now.
        const weight = (from.directions[i * old + column] * to.deviation[f]) / from.deviation[column]
        covariance += to.loadings[j * d + f] * weight
      }
      turn[j * from.rank + i] = covariance / variance
    }
  }
  return turn
}
