import { entriesPerItem } from '../features/coverage.js'
import type { Dataset } from '../features/dataset.js'
import { noRecency } from '../features/history.js'
import { type ArtifactHeader, arrayOf, headerOf } from './artifact.js'
import type { Algorithm, Model } from './model.js'

/**
 * Popularity — how much an item was enjoyed lately, by everybody. The same for every history.
 *
 *   score(i) = Σ over the entries on i within the window of engagement · 2^(−age / halfLifeDays)
 *
 * Ages are counted from the newest entry, so that an archive that ended years ago ranks as it did on its last day.
 *
 * Cost    one pass over the entries; a copy to score.
 * Choose  for users nobody knows yet, as the floor every other model must beat, and as a source that always answers.
 * Avoid   as the only source: everybody sees the same list, and what is shown becomes more popular still.
 */
export interface PopularityOptions {
  /** Entries this many days old count half. Typical 7 (news) to 365 (films). 0: they never fade. */
  readonly halfLifeDays: number
  /** Older entries than this many days do not count. Typical 30 to 730. 0: all count. */
  readonly windowDays: number
}

export const popularity: Algorithm<PopularityOptions> = {
  name: 'popularity',

  defaults: { halfLifeDays: 180, windowDays: 0 },

  space: { halfLifeDays: { from: 1, to: 1_000, scale: 'log', or: 0 } },

  train(data, options, run) {
    const scores = new Float64Array(data.itemCount)
    const newest = data.days.reduce((latest, day) => Math.max(latest, day), Number.NEGATIVE_INFINITY)
    for (let entry = 0; entry < data.items.length; entry++) {
      if (entry % 1_000_000 === 0) run.checkpoint(entry / data.items.length)
      scores[data.items[entry]] += data.engagement[entry] * freshness(newest - data.days[entry], options)
    }
    run.checkpoint(1)
    return modelOf(headerOf('popularity', options, data), data.itemNos, knownOnly(scores, data))
  },

  restore(artifact) {
    const itemNos = arrayOf(artifact, 'itemNos', Int32Array)
    return modelOf(artifact.header, itemNos, arrayOf(artifact, 'scores', Float32Array, itemNos.length))
  },
}

function freshness(ageDays: number, { halfLifeDays, windowDays }: PopularityOptions): number {
  if (windowDays > 0 && ageDays > windowDays) return 0
  return halfLifeDays > 0 ? 2 ** (-ageDays / halfLifeDays) : 1
}

/** Zero is a popularity; having no entry at all is none. */
function knownOnly(scores: Float64Array, data: Dataset): Float32Array {
  const counts = entriesPerItem(data)
  return Float32Array.from(scores, (score, item) => (counts[item] > 0 ? score : Number.NaN))
}

function modelOf(header: ArtifactHeader, itemNos: Int32Array, scores: Float32Array): Model {
  return {
    algorithm: header.algorithm,
    itemCount: itemNos.length,
    recency: noRecency,
    score: (_, out) => out.set(scores),
    scoreSome(_, items, out) {
      for (let k = 0; k < items.length; k++) out[k] = scores[items[k]]
    },
    save: () => ({ header, arrays: { itemNos, scores } }),
  }
}
