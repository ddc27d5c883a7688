import { itemIndex } from '../domain/ids.js'
import type { Query } from '../domain/query.js'
import type { Part, Ranked } from '../domain/recommendation.js'
import type { RankingModel } from '../world/ranking-model.js'
import type { World } from '../world/visit.js'
import { beyondTheCut } from './beyond-the-cut.js'
import { inTurns, type Voice, voicesOf } from './blend.js'
import { candidateFeatures, type FeatureTable, SOURCE_COLUMNS } from './candidate-features.js'
import { inOrder } from './order.js'
import type { Absence, Pool, Sought, SourceWeights } from './ranker.js'

/** Candidates whose features are looked at. */
export const CUT = 200

const BELOW_THE_CUT = 1e-3

/** What a learned ranker looked at, and what it said. */
export interface LearnedScores {
  readonly model: RankingModel
  /** Rows of the catalogue: the first `CUT` candidates, from the sources in turns, of which some source can tell something. */
  readonly cut: Uint32Array
  /** Features of the cut. */
  readonly table: FeatureTable
  /** One per candidate of the cut. */
  readonly scores: Float32Array
  /** All others, in the order in which they follow. */
  readonly others: Uint32Array
  /** The rows are not those that are ranked, but some from beyond them. */
  readonly isBeyond?: boolean
}

/** Why the learned ranker of this name cannot rank, or would not. */
export function absenceOf(name: string, pools: readonly Pool[], { snapshot }: World): Absence | undefined {
  const model = snapshot.rankings.get(name)
  if (model === undefined) return 'no-model'
  if (model.kind === 'weights') return 'by-choice'
  return pools.every(({ source }) => model.sources.includes(source)) ? undefined : 'other-sources'
}

/** Undefined where the snapshot has no such ranker, or the row that is sought could not have been proposed. */
export function learnedScores(
  name: string,
  weights: SourceWeights,
  query: Query,
  pools: readonly Pool[],
  world: World,
  sought?: Sought,
): LearnedScores | undefined {
  const model = world.snapshot.rankings.get(name)
  if (model === undefined) return undefined
  const rows = inTurns(weights, pools, world)
  const { heard, others } = apart(rows, Math.max(CUT, 2 * query.count), voicesOf(weights, pools, world))
  const looked = { model, cut: heard, others }
  return sought === undefined || heard.includes(sought.row) ? scored(looked, pools, world) : lookFor(sought, looked, pools, world)
}

type Looked = Pick<LearnedScores, 'model' | 'cut' | 'others'>

/** What the ranker says where the row that is sought is not in the cut. Undefined where it could not have been proposed. */
export function lookFor(
  { row, otherwise }: Sought,
  looked: Looked,
  pools: readonly Pool[],
  world: World,
): LearnedScores | undefined {
  return otherwise === 'beyond' ? lookBeyond(looked, row, pools, world) : withRow(looked, row, pools, world)
}

/** The same with one more row at the end of the cut. */
function withRow({ model, cut, others }: Looked, row: number, pools: readonly Pool[], world: World): LearnedScores {
  return scored({ model, cut: Uint32Array.of(...cut, row), others: others.filter((other) => other !== row) }, pools, world)
}

/** What the ranker says of a row from beyond the cut, and of some others from there (beyond-the-cut.ts). Undefined where there are none. */
function lookBeyond(looked: Looked, row: number, pools: readonly Pool[], world: World): LearnedScores | undefined {
  const rows = beyondTheCut(row, looked, world)
  return rows && { ...scored({ ...looked, cut: rows }, pools, world), isBeyond: true }
}

function scored({ model, cut, others }: Looked, pools: readonly Pool[], world: World): LearnedScores {
  const table = candidateFeatures(model.sources, pools, world, cut)
  const scores = new Float32Array(cut.length)
  model.score(table.values, scores)
  return { model, cut, table, scores, others }
}

/** Of the first `most` rows those that some source knows, and all others; both in their order. */
function apart(rows: Uint32Array, most: number, voices: readonly Voice[]): { heard: Uint32Array; others: Uint32Array } {
  const first = rows.subarray(0, most)
  const isHeard = (row: number): boolean => voices.some(({ scores }) => !Number.isNaN(scores.values[row]))
  const heard = first.filter(isHeard)
  const others = new Uint32Array(rows.length - heard.length)
  if (heard.length < first.length) others.set(first.filter((row) => !isHeard(row)))
  others.set(rows.subarray(first.length), first.length - heard.length)
  return { heard, others }
}

/** Best first: the cut by `scores`, then all others. `partsOf` says what made the score of candidate k. */
export function inLearnedOrder(
  { cut, others }: LearnedScores,
  scores: ArrayLike<number>,
  partsOf: (k: number) => readonly Part[],
): Ranked[] {
  const ranked = inOrder(Array.from(cut, (row, k) => rankedItem(row, scores[k], () => partsOf(k))))
  const lowest = ranked.at(-1)?.score ?? 0
  for (let place = 0; place < others.length; place++) {
    ranked.push({ item: itemIndex(others[place]), score: lowest - BELOW_THE_CUT * (1 + place), parts: noParts })
  }
  return ranked
}

const noParts: readonly Part[] = []

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

/** What each source that knows candidate k did to its score. What items and users did alone is nobody's. */
export function sourceParts({ model, table: { names, values } }: LearnedScores, k: number, pools: readonly Pool[]): Part[] {
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
