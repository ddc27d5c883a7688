/**
 * Search: what a query's words find, what its meaning is near to, and what this user would like of it, in one order.
 *
 *   score(i) = words(i) + 0.4 · meaning(i) + 0.1 · taste(i)
 *
 *   words     title likeness + share of the query's words that names have + the share that any text has + a little rank
 *   meaning   cosine of query and text, believed the less the shorter the text, 0 at the hundredth best of the catalogue, 1 at the best
 *   taste     place in the order of the plan's ranker, 1 for the first; of nobody known, that is popularity
 *
 * A convex combination rather than reciprocal ranks: how well words fit is known absolutely, and a title typed in full must beat
 * what merely sounds like it, however many lists that stands in. Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid
 * Retrieval", TOIS 2023. docs/adr/0021 has the comparison.
 */
import { type ItemIndex, itemIndex } from '../domain/ids.js'
import type { Query } from '../domain/query.js'
import { has } from '../math/bitmap.js'
import type { Kernels } from '../math/kernels.js'
import { withScratch } from '../math/scratch.js'
import { bestRows } from '../world/best-rows.js'
import { type ByteVectors, scanBytes } from '../world/vector-scan.js'
import type { World } from '../world/visit.js'
import type { Plan } from './plan.js'

/** How one row's words answer the query: as the storage tells it, by row. All but `rank` are shares, 0–1. */
export interface WordEvidence {
  readonly row: number
  readonly titleLikeness: number
  readonly titleWithin: number
  readonly named: number
  readonly told: number
  readonly rank: number
}

/** A row and how near the query is to it. */
export interface Near {
  readonly row: number
  readonly cosine: number
}

export interface SearchEvidence {
  readonly words: readonly WordEvidence[]
  /** The query as a vector, with what it is compared with; or what came of comparing it elsewhere. Absent where there is no encoder. */
  readonly meaning?: { readonly vector: Float32Array; readonly texts: ByteVectors } | { readonly near: readonly Near[] }
}

export interface Found {
  readonly item: ItemIndex
  readonly score: number
  /** What each part said, before its weight. A part that said nothing is absent. */
  readonly parts: { readonly words?: number; readonly meaning?: number; readonly taste?: number }
}

/** Each part's say. Chosen on half of the judged queries (bench/search.ts), judged on the other half. */
export const searchWeights = { words: 1, meaning: 0.4, taste: 0.1 } as const
/** Nearest by meaning that are looked at. */
const MEANT = 100

/** The best `query.count` admissible items, best first; equals by lower row. */
export function searchItems(
  query: Query,
  evidence: SearchEvidence,
  plan: Plan,
  world: World,
  kernels: Kernels,
): readonly Found[] {
  const words = new Map(
    evidence.words.filter(({ row }) => has(world.visit.admissible, row)).map((match) => [match.row, wordScore(match)]),
  )
  const meaning = evidence.meaning === undefined ? new Map<number, number>() : meaningScores(evidence.meaning, world, kernels)
  const rows = [...new Set([...words.keys(), ...meaning.keys()])]
  const taste = tasteScores(rows, query, plan, world)
  const found = rows.map((row): Found => {
    const parts = { words: words.get(row), meaning: meaning.get(row), taste: taste.get(row) }
    const score =
      searchWeights.words * (parts.words ?? 0) +
      searchWeights.meaning * (parts.meaning ?? 0) +
      searchWeights.taste * (parts.taste ?? 0)
    return { item: itemIndex(row), score, parts: said(parts) }
  })
  return found.sort((a, b) => b.score - a.score || a.item - b.item).slice(0, query.count)
}

function wordScore({ titleLikeness, titleWithin, named, told, rank }: WordEvidence): number {
  return titleLikeness + 0.25 * titleWithin + named + told + 0.1 * rank
}

/** By row, of the admissible nearest. The scale is the catalogue's, not the filter's: alone among what is left, an item is not near. */
function meaningScores(
  meaning: NonNullable<SearchEvidence['meaning']>,
  { visit, snapshot }: World,
  kernels: Kernels,
): ReadonlyMap<number, number> {
  if ('near' in meaning) return scaled(meaning.near.filter(({ row }) => has(visit.admissible, row)))
  const { vector, texts } = meaning
  return withScratch(kernels.arena, () => {
    const cosines = kernels.arena.f32(snapshot.catalogue.count)
    scanBytes(texts, vector, cosines, kernels)
    const overall = kernels.arena.u32(Math.min(MEANT, cosines.length))
    const best = overall.subarray(0, kernels.topK(cosines, undefined, overall))
    const high = cosines[best[0]]
    const low = cosines[best[best.length - 1]]
    const scale = (cosine: number): number => (high > low ? (cosine - low) / (high - low) : 1)
    const rows = bestRows(cosines, visit.admissible, MEANT, kernels)
    return new Map(Array.from(rows, (row) => [row, scale(cosines[row])]))
  })
}

/** Of what was found elsewhere its own best and last are the scale. */
function scaled(near: readonly Near[]): ReadonlyMap<number, number> {
  const cosines = near.map(({ cosine }) => cosine)
  const [high, low] = [Math.max(...cosines), Math.min(...cosines)]
  return new Map(near.map(({ row, cosine }) => [row, high > low ? (cosine - low) / (high - low) : 1]))
}

/** Of these rows, in the order of the plan's ranker; empty before anything is trained. */
function tasteScores(rows: readonly number[], query: Query, plan: Plan, world: World): ReadonlyMap<number, number> {
  const candidates = rows.map((row) => ({ item: itemIndex(row), score: 0 }))
  const pools = plan.sources
    .filter(({ scorer }) => world.snapshot.models.has(scorer.model))
    .map(({ name, scorer }) => ({ source: name, scorer, candidates }))
  if (pools.length === 0 || world.visit.budget.spent()) return new Map()
  const ranker = plan.ranker.absence?.(pools, world) === undefined ? plan.ranker : plan.standIn
  const ranked = ranker.rank(query, pools, world)
  return new Map(ranked.map(({ item }, place) => [item, 1 - place / ranked.length]))
}

function said(parts: Readonly<Record<string, number | undefined>>): Found['parts'] {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))
}
