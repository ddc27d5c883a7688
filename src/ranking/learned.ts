import { itemIndex } from '../domain/ids.js'
import type { Part, Ranked } from '../domain/recommendation.js'
import type { RankingModel } from '../world/ranking-model.js'
import { inTurns, type Voice, voicesOf } from './blend.js'
import { candidateFeatures, type FeatureTable, SOURCE_COLUMNS } from './candidate-features.js'
import { inOrder } from './order.js'
import type { Pool, Ranker, SourceWeights } from './ranker.js'

/**
 * A ranker that learned from what people took next: boosted trees or a linear model over the sources' scores, what is known of the
 * titles, and what they share with the history (candidate-features.ts). Which of the two, or the plan's own weights, was chosen on
 * data that it did not learn from; see pipeline/learn.ts.
 *
 *   the first `CUT` candidates, taken from the sources in turns → features → score;  the others follow as they were taken, and so do
 *   titles of which no source can tell anything: what was learned of scores says nothing of them
 *
 * Choose  whenever there are some hundred questions to learn from.
 * Avoid   when an operator wants to set the weights by hand: `weighted`.
 *
 * @param name of the learned ranker in the snapshot
 */
export function learned(weights: SourceWeights, name: string): Ranker {
  return {
    name: 'learned',

    absence(pools, { snapshot }) {
      const model = snapshot.rankings.get(name)
      if (model === undefined) return 'no-model'
      if (model.kind === 'weights') return 'by-choice'
      return pools.every(({ source }) => model.sources.includes(source)) ? undefined : 'other-sources'
    },

    rank(query, pools, world) {
      const model = world.snapshot.rankings.get(name)
      if (model === undefined) return []
      const rows = inTurns(weights, pools, world)
      const most = Math.max(CUT, 2 * query.count)
      const { heard: cut, others } = apart(rows, most, voicesOf(weights, pools, world))
      const table = candidateFeatures(model.sources, pools, world, cut)
      const scores = new Float32Array(cut.length)
      model.score(table.values, scores)
      const ranked = inOrder(Array.from(cut, (row, k) => rankedItem(row, scores[k], () => partsOf(k, table, model, pools))))
      const lowest = ranked.at(-1)?.score ?? 0
      for (const [place, row] of others.entries()) ranked.push(rankedItem(row, lowest - BELOW_THE_CUT * (1 + place), noParts))
      return ranked
    },
  }
}

/** Candidates whose features are looked at. */
export const CUT = 200

const BELOW_THE_CUT = 1e-3

/** Of the first `most` rows those that some source knows, and all others; both in their order. */
function apart(rows: Uint32Array, most: number, voices: readonly Voice[]): { heard: Uint32Array; others: Uint32Array } {
  const isHeard = (row: number): boolean => voices.some(({ scores }) => !Number.isNaN(scores.values[row]))
  const heard = rows.subarray(0, most).filter(isHeard)
  const unheard = heard.length === Math.min(most, rows.length) ? [] : rows.subarray(0, most).filter((row) => !isHeard(row))
  return { heard, others: Uint32Array.from([...unheard, ...rows.subarray(most)]) }
}

const noParts = (): readonly Part[] => []

/** Parts are made when somebody asks, once: of 200 candidates 20 are explained. */
function rankedItem(row: number, score: number, make: () => readonly Part[]): Ranked {
  let parts: readonly Part[] | undefined
  return {
    item: itemIndex(row),
    score,
    get parts() {
      parts ??= make()
      return parts
    },
  }
}

/** What each source that knows the item did to its score. What items and users did alone is nobody's. */
function partsOf(k: number, { names, values }: FeatureTable, model: RankingModel, pools: readonly Pool[]): Part[] {
  const row = values.subarray(k * names.length, (k + 1) * names.length)
  const terms = new Float32Array(names.length)
  model.explain(row, terms)
  return pools.flatMap(({ source }): Part[] => {
    const first = model.sources.indexOf(source) * SOURCE_COLUMNS
    let knows = false
    let value = 0
    for (let f = first; f < first + SOURCE_COLUMNS; f++) {
      knows ||= !Number.isNaN(row[f])
      value += terms[f]
    }
    return knows ? [{ source, weight: 1, value }] : []
  })
}
