import { entriesPerItem } from '../features/coverage.js'
import { type EntryWeight, interactionMatrix } from '../features/interactions.js'
import { type Csr, transpose } from '../math/csr.js'
import { gramBlocks } from '../math/gram-blocks.js'
import { withScratch } from '../math/scratch.js'
import { topK } from '../math/top-k.js'
import { type ProductRow, productOf } from '../math/top-rows.js'
import { headerOf } from './artifact.js'
import type { Algorithm, Model, TrainingRun } from './model.js'
import { type Neighbours, neighbourModel, restoredNeighbours } from './neighbour-model.js'

/**
 * Sparse EASE — EASE for catalogues whose item × item matrix is too large: each item is predicted from its neighbours only.
 *
 *   for an item i:  D = i and its `neighbours` items of highest cosine,   P = (X_DᵀX_D + λI)⁻¹
 *   B[d,j] = −P[d,j] / P[j,j],   B[j,j] = 0,   for j = i and those of D nearest to i, at most `shared` of them, that have no column yet
 *   score(j) = Σ over the history of weight · B[i,j]
 *
 * Items take their turn by popularity. With as many neighbours as there are items it is EASE itself; with 400 of the 3,700 of
 * MovieLens-1M, NDCG@10 on validation was 0.120 where EASE has 0.123 (0.051 for both when nothing fades). The approximation is that of Steck, "Markov Random Fields for
 * Collaborative Filtering", NeurIPS 2019; EASE is Steck, WWW 2019.
 *
 * Cost    one system of `neighbours` items for every few items to train, items · neighbours memory; one sparse row per history item
 *         to score.
 * Choose  instead of ease from about 10,000 items on, or where 4·items² bytes are too many.
 * Avoid   catalogues that ease can hold: it is exact, and there it is no slower.
 * Departs from the paper in choosing a fixed number of neighbours instead of those above a correlation, so that memory is known.
 */
export interface EaseSparseOptions {
  /** λ, in units of users, as in ease. Typical 50 (small data) to 1000. */
  readonly regularization: number
  /** How many items predict an item. Typical 100 to 500. */
  readonly neighbours: number
  /** 0 solves a system for every item; 0.5 takes up to half the items of each from it. Typical 0.05 to 0.5: faster, less exact. */
  readonly shared: number
  /** What X holds: one for any engagement at all, or the engagement. */
  readonly weight: EntryWeight
  /** Events this many days older than the newest of all count half in training. Typical 90 to 1000. 0: age does not matter. */
  readonly eventHalfLifeDays: number
  /** How the history fades, in places, unless a plan says otherwise. Typical 2 to 50. 0: it does not fade. */
  readonly recencyHalfLifePositions: number
}

export const easeSparse: Algorithm<EaseSparseOptions> = {
  name: 'ease-sparse',

  defaults: {
    regularization: 400,
    neighbours: 400,
    shared: 0.05,
    weight: 'one',
    eventHalfLifeDays: 0,
    recencyHalfLifePositions: 4,
  },

  space: { regularization: { from: 30, to: 3000, scale: 'log' } },

  train(data, options, run) {
    const users = interactionMatrix(
      data,
      Int32Array.from(data.itemNos.keys()),
      data.itemCount,
      options.weight,
      options.eventHalfLifeDays,
    )
    const counts = entriesPerItem(data)
    const columns = solveColumns(users, counts, options, run)
    const rows = transpose(columns)
    run.checkpoint(1)
    return modelOf({ header: headerOf('ease-sparse', options, data), itemNos: data.itemNos, rows, counts })
  },

  restore: (artifact) => modelOf(restoredNeighbours(artifact)),
}

function modelOf(neighbours: Neighbours): Model {
  const { recencyHalfLifePositions } = neighbours.header.options as unknown as EaseSparseOptions
  return neighbourModel(neighbours, recencyHalfLifePositions > 0 ? { halfLifePositions: recencyHalfLifePositions } : {})
}

/** What one column of B is made of. */
interface Column {
  readonly index: Uint32Array
  readonly value: Float32Array
}

/** Memory for the co-occurrences of popular items, which are in most systems. */
const KEPT_BYTES = 256 * 2 ** 20

/** Bᵀ. */
function solveColumns(users: Csr, counts: Uint32Array, options: EaseSparseOptions, { kernels, checkpoint }: TrainingRun): Csr {
  const items = transpose(users)
  const common = productOf(items, users)
  const fillBlock = gramBlocks(users, KEPT_BYTES)
  const norms = Float64Array.from({ length: items.rows }, (_, item) => Math.sqrt(squared(items, item)))
  const solved: Column[] = []
  const popular = Uint32Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a] || a - b)
  let done = 0
  for (const item of popular) {
    if (solved[item] !== undefined) continue
    checkpoint(done / items.rows)
    const near = nearest(item, common(item), norms, options.neighbours)
    const block = Uint32Array.of(item, ...near).sort()
    withScratch(kernels.arena, () => {
      const size = block.length
      const p = kernels.arena.f32(size * size)
      fillBlock(block, p)
      for (let at = 0; at < size; at++) p[at * size + at] += options.regularization
      kernels.invertSpd(p, size)
      const taken = near.subarray(0, Math.floor(options.shared * near.length))
      for (const target of [item, ...taken]) {
        if (solved[target] !== undefined) continue
        solved[target] = columnOf(p, block, block.indexOf(target))
        done++
      }
    })
  }
  return stacked(solved, items.rows)
}

function squared({ start, value }: Csr, row: number): number {
  let sum = 0
  for (let at = start[row]; at < start[row + 1]; at++) sum += value[at] ** 2
  return sum
}

/** The items that have most in common with this one, nearest first. */
function nearest(item: number, { columns, sums }: ProductRow, norms: Float64Array, count: number): Uint32Array {
  const cosines = Float32Array.from(columns, (other) => (other === item ? Number.NaN : sums[other] / norms[other]))
  return topK(cosines, undefined, count).map((at) => columns[at])
}

/** Column `target` of P as a column of B. */
function columnOf(p: Float32Array, block: Uint32Array, target: number): Column {
  const index = block.filter((_, at) => at !== target)
  const size = block.length
  const value = new Float32Array(index.length)
  for (let at = 0, to = 0; at < size; at++) if (at !== target) value[to++] = -p[at * size + target] / p[target * size + target]
  return { index, value }
}

function stacked(rows: readonly Column[], columns: number): Csr {
  const start = new Uint32Array(rows.length + 1)
  rows.forEach(({ index }, row) => {
    start[row + 1] = start[row] + index.length
  })
  const index = new Uint32Array(start[rows.length])
  const value = new Float32Array(start[rows.length])
  rows.forEach((row, at) => {
    index.set(row.index, start[at])
    value.set(row.value, start[at])
  })
  return { rows: rows.length, columns, start, index, value }
}
