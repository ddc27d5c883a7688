import { entriesPerItem } from '../features/coverage.js'
import type { Dataset } from '../features/dataset.js'
import type { Recency, WeightedHistory } from '../features/history.js'
import { entryWeights } from '../features/interactions.js'
import { placesOf } from '../features/places.js'
import type { Csr } from '../math/csr.js'
import { positionInSorted } from '../math/sorted.js'
import { topK } from '../math/top-k.js'
import { type ArtifactHeader, arrayOf, assertArtifact, headerOf } from './artifact.js'
import type { Algorithm, Model, TrainingRun } from './model.js'

/**
 * Transitions — what people went on to after this item.
 *
 *   T[i,j] = Σ over the times j came d places after i, 1 ≤ d ≤ window, of 2^(−(d − 1) / halfLifePlaces)
 *   score(j) = Σ over the history of weight · T[i,j] / ((Σ_j T[i,j] + shrinkage) · entries of j ^ popularityExponent)
 *
 * Events without engagement (refused, dismissed) neither lead anywhere nor follow.
 *
 * A Markov chain over items with skips, as in "sequential rules" (Ludewig & Jannach, "Evaluation of session-based recommendation
 * algorithms", UMUAI 2018). Dividing by a power of the follower's popularity keeps hits from following everything.
 *
 * Cost    O(entries · window) time to train, items · neighbours memory; one sparse row per history item to score.
 * Choose  wherever order means something: series, franchises, playlists, browsing. Needs no user, only the last few items, and
 *         is the right partner for a model of taste.
 * Avoid   as the only source: it knows nothing of anybody's taste beyond the last few items.
 */
export interface TransitionsOptions {
  /** How many places after an item still count as following it. Typical 3 to 50. */
  readonly window: number
  /** A follower this many places further on counts half. Typical 1 to 10. */
  readonly halfLifePlaces: number
  /** Entries further apart in time than this many days do not follow each other. Typical 0.1 (sessions) to 30. 0: any gap. */
  readonly maxGapDays: number
  /** 0: what follows most often. 1: what follows more often than chance. Typical 0.1 to 0.5. */
  readonly popularityExponent: number
  /** An item that was followed this often counts half as much as one followed all the time. Typical 0 to 100. */
  readonly shrinkage: number
  /** How many followers each item keeps, the strongest. Typical 100 to 1000. */
  readonly neighbours: number
  /** How the history fades, in places, unless a plan says otherwise. Typical 1 to 5. */
  readonly recencyHalfLifePositions: number
}

export const transitions: Algorithm<TransitionsOptions> = {
  name: 'transitions',

  defaults: {
    window: 10,
    halfLifePlaces: 3,
    maxGapDays: 0,
    popularityExponent: 0.2,
    shrinkage: 20,
    neighbours: 500,
    recencyHalfLifePositions: 2.5,
  },

  space: {
    window: { from: 2, to: 50, scale: 'log', whole: true },
    halfLifePlaces: { from: 0.7, to: 15, scale: 'log' },
    maxGapDays: { from: 0.02, to: 60, scale: 'log', or: 0 },
    popularityExponent: { from: 0, to: 0.8, scale: 'linear' },
    shrinkage: { from: 1, to: 200, scale: 'log', or: 0 },
  },

  train(data, options, run) {
    const counts = entriesPerItem(data)
    return modelOf(headerOf('transitions', options, data), data.itemNos, countFollowers(data, counts, options, run), counts)
  },

  restore(artifact) {
    const itemNos = arrayOf(artifact, 'itemNos', Int32Array)
    const start = arrayOf(artifact, 'start', Uint32Array, itemNos.length + 1)
    const index = arrayOf(artifact, 'index', Uint32Array, start[itemNos.length])
    const value = arrayOf(artifact, 'value', Float32Array, index.length)
    const counts = arrayOf(artifact, 'counts', Uint32Array, itemNos.length)
    assertArtifact(
      artifact,
      start.every((from, row) => row === 0 || from >= start[row - 1]),
      'its rows overlap',
    )
    assertArtifact(
      artifact,
      index.every((item) => item < itemNos.length),
      'it names followers beyond its items',
    )
    const followers = { rows: itemNos.length, columns: itemNos.length, start, index, value }
    return modelOf(artifact.header, itemNos, followers, counts)
  },
}

/** T, corrected and cut. Followers of one item are gathered at a time, so that no more than one dense row is ever held. */
function countFollowers(data: Dataset, counts: Uint32Array, options: TransitionsOptions, { checkpoint }: TrainingRun): Csr {
  const { itemCount, items, days } = data
  const wanted = entryWeights(data, 'one')
  const places = placesOf(data)
  const fade = Float64Array.from({ length: options.window }, (_, d) => 2 ** (-d / options.halfLifePlaces))
  const correction = Float64Array.from(counts, (count) => count ** -options.popularityExponent)
  const weight = new Float64Array(itemCount) // of each follower of the current item; zero elsewhere
  const rows: Row[] = []

  for (let item = 0; item < itemCount; item++) {
    if (item % 64 === 0) checkpoint(item / itemCount)
    const followers: number[] = []
    let total = options.shrinkage
    for (let k = places.start[item]; k < places.start[item + 1]; k++) {
      const from = places.entry[k]
      const end = Math.min(places.userEnd[from], from + 1 + options.window)
      for (let to = from + 1; to < end; to++) {
        if (options.maxGapDays > 0 && days[to] - days[from] > options.maxGapDays) break
        if (wanted[from] === 0 || wanted[to] === 0) continue
        if (weight[items[to]] === 0) followers.push(items[to])
        weight[items[to]] += fade[to - from - 1]
        total += fade[to - from - 1]
      }
    }
    rows.push(strongest(followers, (j) => (weight[j] * correction[j]) / total, options.neighbours))
    for (const follower of followers) weight[follower] = 0
  }
  checkpoint(1)
  return stacked(rows, itemCount)
}

/** One item's followers, ascending, with their weights. */
interface Row {
  readonly index: Uint32Array
  readonly value: Float32Array
}

function strongest(followers: readonly number[], weightOf: (item: number) => number, count: number): Row {
  const sorted = Uint32Array.from(followers).sort() // so that of equals the lower item stays, whatever the order of users
  const weights = Float32Array.from(sorted, weightOf)
  const kept = topK(weights, undefined, count).sort()
  return { index: kept.map((k) => sorted[k]), value: Float32Array.from(kept, (k) => weights[k]) }
}

function stacked(rows: readonly Row[], columns: number): Csr {
  const start = new Uint32Array(rows.length + 1)
  rows.forEach((row, at) => {
    start[at + 1] = start[at] + row.index.length
  })
  const index = new Uint32Array(start[rows.length])
  const value = new Float32Array(start[rows.length])
  rows.forEach((row, at) => {
    index.set(row.index, start[at])
    value.set(row.value, start[at])
  })
  return { rows: rows.length, columns, start, index, value }
}

/** @param counts entries of each item: one without any is unknown, as answer and in a history */
function modelOf(header: ArtifactHeader, itemNos: Int32Array, { start, index, value }: Csr, counts: Uint32Array): Model {
  const itemCount = itemNos.length
  const isFollowed = (item: number) => start[item + 1] > start[item]
  const recency: Recency = { halfLifePositions: (header.options as unknown as TransitionsOptions).recencyHalfLifePositions }

  function score({ items, weights }: WeightedHistory, out: Float32Array): void {
    const says = items.some((item, k) => weights[k] !== 0 && isFollowed(item))
    for (let j = 0; j < itemCount; j++) out[j] = says && counts[j] > 0 ? 0 : Number.NaN
    for (let k = 0; k < items.length; k++) {
      for (let at = start[items[k]]; at < start[items[k] + 1]; at++) out[index[at]] += weights[k] * value[at]
    }
  }

  return {
    algorithm: header.algorithm,
    itemCount,
    recency,
    score,
    scoreSome(history, some, out) {
      const all = new Float32Array(itemCount)
      score(history, all)
      for (let k = 0; k < some.length; k++) out[k] = all[some[k]]
    },
    explain({ items, weights }, item, out) {
      for (let k = 0; k < items.length; k++) {
        const at = positionInSorted(index, item, start[items[k]], start[items[k] + 1])
        out[k] = at < 0 ? 0 : weights[k] * value[at]
      }
    },
    save: () => ({ header, arrays: { itemNos, start, index, value, counts } }),
  }
}
