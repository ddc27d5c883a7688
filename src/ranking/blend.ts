import type { Scores } from '../world/score-memo.js'
import type { World } from '../world/visit.js'
import type { Pool, SourceWeights } from './ranker.js'

/** A source with its say: what the weighted blend adds up. */
export interface Voice {
  readonly source: string
  readonly weight: number
  readonly scores: Scores
}

/** The sources whose model is there, each with its weight; 1 where none is named. */
export function voicesOf(weights: SourceWeights, pools: readonly Pool[], world: World): readonly Voice[] {
  return pools.flatMap(({ source, scorer }) => {
    const scores = world.visit.scores.of(scorer)
    return scores === undefined ? [] : [{ source, weight: weights[source] ?? 1, scores }]
  })
}

/** The source's score of a row on the common scale: 0 where all items score alike, for then nothing tells them apart. NaN stays NaN. */
export function zScore(row: number, { values, moments }: Scores): number {
  const value = values[row]
  return moments.deviation > 0 ? (value - moments.mean) / moments.deviation : value - value
}

/** The weighted mean of the z-scores of those sources that know the row; NaN where none does. */
export function blendedScore(row: number, voices: readonly Voice[]): number {
  let sum = 0
  let total = 0
  for (const { weight, scores } of voices) {
    if (weight === 0) continue
    const value = zScore(row, scores)
    if (Number.isNaN(value)) continue
    sum += weight * value
    total += weight
  }
  return total > 0 ? sum / total : Number.NaN
}

/**
 * All rows that were proposed, in turns: the first of every source, then the second of every source, and so on; those of one turn by
 * the weighted blend. Whatever the weights are worth on this data, no source's best is beyond a cut.
 */
export function inTurns(weights: SourceWeights, pools: readonly Pool[], world: World): Uint32Array {
  const voices = voicesOf(weights, pools, world)
  const isTaken = new Uint8Array(world.snapshot.catalogue.count)
  const most = pools.reduce((sum, { candidates }) => sum + candidates.length, 0)
  const rows = new Uint32Array(most)
  const blended = new Float64Array(most)
  const longest = pools.reduce((longest, { candidates }) => Math.max(longest, candidates.length), 0)
  let count = 0
  for (let turn = 0; turn < longest; turn++) {
    const before = count
    for (const { candidates } of pools) {
      if (turn >= candidates.length) continue
      const row = candidates[turn].item
      if (isTaken[row] === 1) continue
      isTaken[row] = 1
      const score = blendedScore(row, voices)
      const key = Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score
      let at = count++
      for (; at > before && isAhead(key, row, blended[at - 1], rows[at - 1]); at--) {
        rows[at] = rows[at - 1]
        blended[at] = blended[at - 1]
      }
      rows[at] = row
      blended[at] = key
    }
  }
  return rows.subarray(0, count)
}

/** Whether one row comes before another of its turn: by the blend, then by its number. */
function isAhead(score: number, row: number, otherScore: number, other: number): boolean {
  return score > otherScore || (score === otherScore && row < other)
}
