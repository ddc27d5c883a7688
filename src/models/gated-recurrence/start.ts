/**
 * Where items stand before training: factors of how much more often two items come near each other than by chance. Without it the
 * first epochs are spent on finding this out.
 *
 *   C[i,j] = Σ over pairs of a user's events, k places apart, of 2^(−k / HALF_LIFE), both ways
 *   P[i,j] = max(0, log(½ + C[i,j]·ΣC / (C_i·C_j))),   factors = eigenvectors · √eigenvalue
 *
 * After Levy & Goldberg, "Neural Word Embedding as Implicit Matrix Factorization", NIPS 2014.
 */
import { leadingEigenvectors } from '../../math/leading-eigenvectors.js'
import { withScratch } from '../../math/scratch.js'
import type { TrainingRun } from '../model.js'
import type { Sequences } from './batches.js'

const HALF_LIFE = 6 // places
const REACH = 20 // places
const ITERATIONS = 8
/** Root mean square of the factors. */
const SPREAD = 0.1

/**
 * @param rows the items that get factors of their own, at most some thousands: n² numbers are needed; the others begin by chance
 * @param factors items × columns, written
 */
export function startFactors(
  sequences: Sequences,
  rows: Uint32Array,
  factors: Float32Array,
  columns: number,
  { random, kernels, checkpoint }: Pick<TrainingRun, 'kernels' | 'random' | 'checkpoint'>,
): void {
  const itemCount = factors.length / columns
  for (let at = 0; at < factors.length; at++) factors[at] = SPREAD * random.normal()
  const n = rows.length
  const count = Math.min(columns, n)
  if (n === 0) return
  withScratch(kernels.arena, () => {
    const matrix = kernels.arena.f32(n * n)
    addNeighbours(sequences, slotsOf(rows, itemCount), matrix, n)
    checkpoint(0.3)
    toInformation(matrix, n)
    checkpoint(0.5)
    const search = {
      count,
      iterations: ITERATIONS,
      normal: () => random.normal(),
      checkpoint: (done: number) => checkpoint(0.5 + done / 2),
    }
    const { values, vectors } = leadingEigenvectors(matrix, n, search, kernels)
    const strength = values.map((value) => Math.sqrt(Math.max(0, value)))
    const energy = strength.reduce((sum, value) => sum + value * value, 0)
    if (!(energy > 0)) return
    const scale = SPREAD * Math.sqrt((n * columns) / energy)
    for (let slot = 0; slot < n; slot++) {
      // A tenth of the chance stays, so that no dimension is without a use where the data has fewer than there are.
      for (let k = 0; k < columns; k++) factors[rows[slot] * columns + k] *= 0.1
      for (let k = 0; k < count; k++) factors[rows[slot] * columns + k] += scale * strength[k] * vectors[k * n + slot]
    }
  })
}

function slotsOf(rows: Uint32Array, itemCount: number): Int32Array {
  const slotOf = new Int32Array(itemCount).fill(-1)
  rows.forEach((row, slot) => {
    slotOf[row] = slot
  })
  return slotOf
}

function addNeighbours({ start, items }: Sequences, slotOf: Int32Array, matrix: Float32Array, n: number): void {
  const weight = Float64Array.from({ length: REACH + 1 }, (_, places) => 2 ** (-places / HALF_LIFE))
  for (let user = 0; user + 1 < start.length; user++) {
    for (let j = start[user]; j < start[user + 1]; j++) {
      const row = slotOf[items[j]]
      if (row < 0) continue
      const end = Math.min(start[user + 1], j + REACH + 1)
      for (let k = j + 1; k < end; k++) {
        const column = slotOf[items[k]]
        if (column >= 0) matrix[row * n + column] += weight[k - j]
      }
    }
  }
}

/** C, given one way, → P. */
function toInformation(matrix: Float32Array, n: number): void {
  const total = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      total[i] += matrix[i * n + j]
      total[j] += matrix[i * n + j]
    }
  }
  const all = total.reduce((a, b) => a + b, 0)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const near = matrix[i * n + j] + matrix[j * n + i]
      const lift = near > 0 ? (near * all) / ((total[i] + 1) * (total[j] + 1)) : 0
      const information = lift > 0.5 ? Math.log(0.5 + lift) : 0
      matrix[i * n + j] = information
      matrix[j * n + i] = information
    }
  }
}
