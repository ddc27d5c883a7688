/**
 * Cells — a catalogue cut into neighbourhoods of taste, from which titles near a taste are drawn without looking at the others.
 *
 *   centre_c = norm( Σ_{t in c} v_t ),   cell of t = argmax_c ⟨centre_c, v_t⟩        (spherical k-means)
 *   a title near direction q:  cell c with chance ∝ mass_c · exp(κ ⟨q, centre_c⟩),  then a title of c by popularity
 *
 * Dhillon and Modha, "Concept Decompositions for Large Sparse Text Data Using Clustering", 2001. Departs from it in learning the
 * centres from a sample of at most 8,192 titles.
 *
 * Cost    titles × cells × dimensions to build, once; one binary search over the cells and one alias draw for each title.
 */
import type { Random } from '../domain/random.js'
import { type AliasTable, aliasTable, drawFrom } from './alias-table.js'
import { dotRow, normalise } from './item-vectors.js'

export interface Cells {
  readonly count: number
  readonly centres: Float32Array // cells × dimensions
  /** Popularity of all titles of a cell. */
  readonly mass: Float64Array
  readonly members: readonly Uint32Array[]
  readonly byPopularity: readonly AliasTable[]
  /** The cell of each title. */
  readonly cellOf: Uint16Array
}

const MAX_CELLS = 48
const ROUNDS = 8
const SAMPLE = 8_192
/** κ: with 16 dimensions and unit vectors, a cell that points the same way is met e⁵ ≈ 150 times as often as one at right angles. */
const FOCUS = 5

/** Cells of the titles whose unit vectors are the rows of `vectors`: ½√titles of them, at most 48. */
export function cellsOf(vectors: Float32Array, dimensions: number, popularity: Float64Array, random: Random): Cells {
  const titles = popularity.length
  const wanted = Math.min(titles, MAX_CELLS, Math.max(1, Math.round(Math.sqrt(titles) / 2)))
  const centres = learnCentres(vectors, dimensions, wanted, random)
  const lists: number[][] = Array.from({ length: wanted }, () => [])
  for (let title = 0; title < titles; title++) lists[nearest(centres, dimensions, wanted, vectors, title)].push(title)

  // A cell may have lost its last title to its neighbours; what is left is numbered again.
  const kept = lists.flatMap((list, cell) => (list.length > 0 ? [cell] : []))
  const members = kept.map((cell) => Uint32Array.from(lists[cell]))
  const weights = members.map((list) => Float64Array.from(list, (title) => popularity[title]))
  const cellOf = new Uint16Array(titles)
  members.forEach((list, cell) => {
    for (const title of list) cellOf[title] = cell
  })
  return {
    count: kept.length,
    centres: Float32Array.from(kept.flatMap((cell) => [...centres.subarray(cell * dimensions, (cell + 1) * dimensions)])),
    mass: Float64Array.from(weights, (list) => list.reduce((sum, weight) => sum + weight, 0)),
    members,
    byPopularity: weights.map(aliasTable),
    cellOf,
  }
}

function learnCentres(vectors: Float32Array, dimensions: number, wanted: number, random: Random): Float32Array {
  const sample = sampleOf(vectors.length / dimensions, random)
  const centres = new Float32Array(wanted * dimensions)
  for (let cell = 0; cell < wanted; cell++) {
    centres.set(vectors.subarray(sample[cell] * dimensions, (sample[cell] + 1) * dimensions), cell * dimensions)
  }
  for (let round = 0; round < ROUNDS; round++) {
    const sums = new Float32Array(centres.length)
    for (const title of sample) {
      const cell = nearest(centres, dimensions, wanted, vectors, title)
      for (let d = 0; d < dimensions; d++) sums[cell * dimensions + d] += vectors[title * dimensions + d]
    }
    for (let cell = 0; cell < wanted; cell++) {
      const sum = sums.subarray(cell * dimensions, (cell + 1) * dimensions)
      normalise(sum)
      if (sum.some((x) => x !== 0)) centres.set(sum, cell * dimensions) // an empty cell stays where it is
    }
  }
  return centres
}

/** Up to SAMPLE titles, each at most once, in a chance order (Fisher and Yates, the first steps of it). */
function sampleOf(titles: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: titles }, (_, title) => title)
  const size = Math.min(titles, SAMPLE)
  for (let place = 0; place < size; place++) {
    const other = place + random.below(titles - place)
    const title = order[place]
    order[place] = order[other]
    order[other] = title
  }
  return order.slice(0, size)
}

function nearest(centres: Float32Array, dimensions: number, count: number, vectors: Float32Array, title: number): number {
  const vector = vectors.subarray(title * dimensions, (title + 1) * dimensions)
  let best = 0
  let bestDot = Number.NEGATIVE_INFINITY
  for (let cell = 0; cell < count; cell++) {
    const dot = dotRow(vector, centres, cell)
    if (dot > bestDot) {
      bestDot = dot
      best = cell
    }
  }
  return best
}

/** How often a taste in `direction` leads to each cell, up to a factor. */
export function reachOf(direction: Float32Array, { count, centres, mass }: Cells): Float64Array {
  return Float64Array.from({ length: count }, (_, cell) => mass[cell] * Math.exp(FOCUS * dotRow(direction, centres, cell)))
}

/** A title of a cell, by popularity. */
export function drawMember({ members, byPopularity }: Cells, cell: number, random: Random): number {
  return members[cell][drawFrom(byPopularity[cell], random)]
}
