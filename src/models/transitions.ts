import { entriesPerItem } from '../features/coverage.js'
import type { Dataset } from '../features/dataset.js'
import { entryWeights } from '../features/interactions.js'
import { placesOf } from '../features/places.js'
import type { Csr } from '../math/csr.js'
import { createTopRows } from '../math/top-rows.js'
import { headerOf } from './artifact.js'
import type { Algorithm, Model, TrainingRun } from './model.js'
import { type Neighbours, neighbourModel, restoredNeighbours } from './neighbour-model.js'

/**
 * Transitions — what people went on to after this item.
 *
 *   T[i,j] = Σ over the times j came d places after i, 1 ≤ d ≤ window, of 2^(−(d − 1) / halfLifePlaces)
 *          + backward · the same over the times it came before
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
  /** What came before an item counts this much as its follower: 0 to 1, where it says that the two go together. */
  readonly backward: number
  /** Entries further apart in time than this many days do not follow each other. Typical 0.1 (sessions) to 30. 0: any gap. */
  readonly maxGapDays: number
  /** 0: what follows most often. 1: what follows more often than chance. Typical 0.1 to 0.5. */
  readonly popularityExponent: number
  /** An item that was followed this often counts half as much as one followed all the time. Typical 0 to 100. */
  readonly shrinkage: number
  /** Events this many days older than the newest of all count half in training. Typical 90 to 1000. 0: age does not matter. */
  readonly eventHalfLifeDays: number
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
    backward: 0.2,
    maxGapDays: 0,
    popularityExponent: 0.2,
    shrinkage: 20,
    eventHalfLifeDays: 0,
    neighbours: 500,
    recencyHalfLifePositions: 2.5,
  },

  space: {
    window: { from: 2, to: 50, scale: 'log', whole: true },
    halfLifePlaces: { from: 0.7, to: 15, scale: 'log' },
    maxGapDays: { from: 0.02, to: 60, scale: 'log', or: 0 },
    popularityExponent: { from: 0, to: 0.8, scale: 'linear' },
    backward: { from: 0, to: 0.5, scale: 'linear' },
    shrinkage: { from: 1, to: 200, scale: 'log', or: 0 },
    eventHalfLifeDays: { from: 60, to: 3000, scale: 'log', or: 0 },
  },

  train(data, options, run) {
    const counts = entriesPerItem(data)
    const rows = countFollowers(data, counts, options, run)
    return modelOf({ header: headerOf('transitions', options, data), itemNos: data.itemNos, rows, counts })
  },

  restore: (artifact) => modelOf(restoredNeighbours(artifact)),
}

function modelOf(neighbours: Neighbours): Model {
  const { recencyHalfLifePositions } = neighbours.header.options as unknown as TransitionsOptions
  return neighbourModel(neighbours, { halfLifePositions: recencyHalfLifePositions })
}

/** T, corrected and cut. Followers of one item are gathered at a time, so that no more than one dense row is ever held. */
function countFollowers(data: Dataset, counts: Uint32Array, options: TransitionsOptions, { checkpoint }: TrainingRun): Csr {
  const { itemCount, items } = data
  const places = placesOf(data)
  const near = nearness(data, options)
  const correction = Float64Array.from(counts, (count) => count ** -options.popularityExponent)
  const weight = new Float64Array(itemCount) // of each follower of the current item; zero elsewhere
  const rows = createTopRows(itemCount, options.neighbours)

  for (let item = 0; item < itemCount; item++) {
    if (item % 64 === 0) checkpoint(item / itemCount)
    const followers: number[] = []
    let total = options.shrinkage
    for (let k = places.start[item]; k < places.start[item + 1]; k++) {
      const from = places.entry[k]
      const first = options.backward > 0 ? Math.max(places.userStart[from], from - options.window) : from
      const end = Math.min(places.userEnd[from], from + 1 + options.window)
      for (let to = first; to < end; to++) {
        const counted = near(from, to)
        if (counted === 0) continue
        if (weight[items[to]] === 0) followers.push(items[to])
        weight[items[to]] += counted
        total += counted
      }
    }
    rows.add(Uint32Array.from(followers).sort(), (j) => (weight[j] * correction[j]) / total)
    for (const follower of followers) weight[follower] = 0
  }
  checkpoint(1)
  return rows.build()
}

/** What entry `to` counts as a follower of entry `from` of the same user, no further away than the window. */
function nearness(data: Dataset, options: TransitionsOptions): (from: number, to: number) => number {
  const { days } = data
  const ages = entryWeights(data, 'one', options.eventHalfLifeDays)
  const fade = Float64Array.from({ length: options.window }, (_, d) => 2 ** (-d / options.halfLifePlaces))
  const maxGapDays = options.maxGapDays > 0 ? options.maxGapDays : Number.POSITIVE_INFINITY
  return (from, to) => {
    if (from === to || ages[from] === 0 || ages[to] === 0) return 0
    const isAfter = to > from
    const [earlier, later] = isAfter ? [from, to] : [to, from]
    if (days[later] - days[earlier] > maxGapDays) return 0
    return (isAfter ? 1 : options.backward) * fade[later - earlier - 1] * ages[later]
  }
}
