import { type Catalogue, rowOf } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import type { WeightedHistory } from '../features/history.js'
import { type ArtifactHeader, arrayOf, assertArtifact, headerOf } from './artifact.js'
import type { Algorithm, Model } from './model.js'

/**
 * Genre overlap — titles of the genres that the user watches.
 *
 *   score(i) = Σ over the history of weight · cos(genres of the entry, genres of i),   each item's genres as a vector of length 1
 *
 * The textbook's content-based filter (Pazzani & Billsus, "Content-Based Recommendation Systems", 2007), on genres alone.
 *
 * Cost    nothing to train; one small product an item to score.
 * Choose  as the row that every model of content must beat, above all on titles that nobody has watched yet.
 * Avoid   as a source: within a genre it cannot tell a good title from a bad one.
 */
export interface GenreOverlapOptions {
  /** How the history fades, in places, unless a plan says otherwise. Typical 10 to 100. 0: it does not fade. */
  readonly recencyHalfLifePositions: number
}

export const genreOverlap: Algorithm<GenreOverlapOptions> = {
  name: 'genre-overlap',
  coversAll: true,

  defaults: { recencyHalfLifePositions: 0 },

  train(data, options, run) {
    const { start, codes, genres } = genresOf(data, run.catalogue)
    run.checkpoint(1)
    return modelOf(headerOf('genre-overlap', options, data), data.itemNos, start, codes, genres)
  },

  restore(artifact) {
    const itemNos = arrayOf(artifact, 'itemNos', Int32Array)
    const start = arrayOf(artifact, 'start', Uint32Array, itemNos.length + 1)
    const codes = arrayOf(artifact, 'codes', Uint32Array, start[itemNos.length])
    const isOrdered = start.every((from, row) => row === 0 || from >= start[row - 1])
    assertArtifact(artifact, isOrdered, 'its rows overlap')
    return modelOf(artifact.header, itemNos, start, codes, countOf(codes))
  },
}

/** The genres of each row of the dataset, by the catalogue's codes. */
function genresOf({ itemNos }: Dataset, catalogue: Catalogue): { start: Uint32Array; codes: Uint32Array; genres: number } {
  const column = catalogue.labels.genres
  const rows = Array.from(itemNos, (itemNo) => rowOf(catalogue, itemNo))
  const lists = rows.map((row) => (row < 0 ? [] : [...column.codes.subarray(column.start[row], column.start[row + 1])]))
  const start = new Uint32Array(itemNos.length + 1)
  lists.forEach((list, item) => {
    start[item + 1] = start[item] + list.length
  })
  const codes = Uint32Array.from(lists.flat())
  return { start, codes, genres: countOf(codes) }
}

const countOf = (codes: Uint32Array): number => codes.reduce((most, code) => Math.max(most, code + 1), 0)

function modelOf(header: ArtifactHeader, itemNos: Int32Array, start: Uint32Array, codes: Uint32Array, genres: number): Model {
  const { recencyHalfLifePositions } = header.options as unknown as GenreOverlapOptions
  const lengthOf = (item: number): number => Math.sqrt(start[item + 1] - start[item])

  /** Adds an item's vector, times a weight, to the profile. */
  function add(profile: Float64Array, item: number, weight: number): void {
    for (let at = start[item]; at < start[item + 1]; at++) profile[codes[at]] += weight / lengthOf(item)
  }

  function likeness(profile: Float64Array, item: number): number {
    let sum = 0
    for (let at = start[item]; at < start[item + 1]; at++) sum += profile[codes[at]]
    return start[item + 1] > start[item] ? sum / lengthOf(item) : Number.NaN
  }

  function profileOf({ items, weights }: WeightedHistory): Float64Array | undefined {
    const profile = new Float64Array(genres)
    items.forEach((item, k) => {
      add(profile, item, weights[k])
    })
    return profile.some((weight) => weight > 0) ? profile : undefined
  }

  return {
    algorithm: header.algorithm,
    itemCount: itemNos.length,
    recency: recencyHalfLifePositions > 0 ? { halfLifePositions: recencyHalfLifePositions } : {},
    score(history, out) {
      const profile = profileOf(history)
      for (let item = 0; item < out.length; item++) out[item] = profile === undefined ? Number.NaN : likeness(profile, item)
    },
    scoreSome(history, some, out) {
      const profile = profileOf(history)
      for (let k = 0; k < some.length; k++) out[k] = profile === undefined ? Number.NaN : likeness(profile, some[k])
    },
    explain({ items, weights }, item, out) {
      out.fill(0)
      if (start[item + 1] === start[item]) return
      items.forEach((entry, k) => {
        const own = new Float64Array(genres)
        add(own, entry, weights[k])
        out[k] = likeness(own, item)
      })
    },
    save: () => ({ header, arrays: { itemNos, start, codes } }),
  }
}
