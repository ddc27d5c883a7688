import type { Ranked } from '../domain/recommendation.js'
import type { Pool } from './ranker.js'

/** Every proposed row once, in the order of the proposals. */
export function unionOf(pools: readonly Pool[]): Set<number> {
  const rows = new Set<number>()
  for (const { candidates } of pools) for (const { item } of candidates) rows.add(item)
  return rows
}

/** Best first; equal scores by lower row, so that the order never depends on which source spoke first. */
export function inOrder(ranked: Ranked[]): Ranked[] {
  return ranked.sort((a, b) => b.score - a.score || a.item - b.item)
}
