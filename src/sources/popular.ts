import { itemIndex } from '../domain/ids.js'
import type { Candidate } from '../domain/recommendation.js'
import { has } from '../math/bitmap.js'
import type { Scorer } from '../world/score-memo.js'
import type { World } from '../world/visit.js'
import { bestScored } from './best-scored.js'
import type { Source } from './source.js'

/**
 * What everybody watches; and when that is used up, or nothing was ever watched, the newest titles that nobody has tried yet.
 * This source alone fills any list that admissible items can fill.
 */
export function popular(name: string, scorer: Scorer): Source {
  return {
    name,
    scorer,
    isFallback: true,
    find(_query, world, limit) {
      const known = bestScored(scorer, world, limit)
      return known.length === limit ? known : [...known, ...untried(scorer, world, limit - known.length)]
    },
  }
}

/** Admissible items without a popularity, newest first; among equals the last one written. */
function untried(scorer: Scorer, { snapshot, visit }: World, limit: number): Candidate[] {
  const popularity = visit.scores.of(scorer)?.values
  const { count, numbers } = snapshot.catalogue
  const rows: number[] = []
  for (let row = 0; row < count; row++) {
    const isKnown = popularity !== undefined && !Number.isNaN(popularity[row])
    if (!isKnown && has(visit.admissible, row)) rows.push(row)
  }
  const released = (row: number): number =>
    Number.isNaN(numbers.releasedAt[row]) ? Number.NEGATIVE_INFINITY : numbers.releasedAt[row]
  rows.sort((a, b) => Math.sign(released(b) - released(a)) || b - a)
  return rows.slice(0, limit).map((row) => ({ item: itemIndex(row), score: Number.NaN }))
}
