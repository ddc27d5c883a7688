import type { LabelColumn } from '../features/labels.js'
import { f32Room, i32Room, localKernels } from '../math/local-kernels.js'
import type { Scores } from '../world/score-memo.js'
import type { World } from '../world/visit.js'
import { forEach, MS_PER_YEAR, matchColumns, matchNames, SESSION } from './match-features.js'
import type { Pool } from './ranker.js'

/**
 * What a learned ranker looks at: one row of numbers per candidate, NaN where something cannot tell. Four families:
 *
 *   <source>.z, .share, .rank   the source's score: z-score over the catalogue, share of the best candidate's, log₂ of the rank
 *   item.*                      age and length of the title
 *   user.*                      how long, how fresh, how fast and how broad the history is; the same for all candidates of a question
 *   match.*                     what the title shares with the history: genres, people, franchise, themes, years, popularity
 *
 * Everything is read from the question's own world, so that training and serving cannot differ.
 */
export interface FeatureTable {
  /** The same array for all tables of the same sources. */
  readonly names: readonly string[]
  /** Feature f of candidate k is values[k · names.length + f]. */
  readonly values: Float32Array
}

/** Columns that each source has, first of all: those of source s begin at s · SOURCE_COLUMNS. */
export const SOURCE_COLUMNS = 3

const itemNames = ['item.ageYears', 'item.durationMinutes']
const userNames = ['user.entries', 'user.sinceLastDays', 'user.gapDays', 'user.breadth']

/** Names by the sources: one list for each ranker, made once. */
const namesBySources = new WeakMap<readonly string[], readonly string[]>()

function namesOf(sources: readonly string[]): readonly string[] {
  const known = namesBySources.get(sources)
  if (known !== undefined) return known
  const ofSources = sources.flatMap((source) => [`${source}.z`, `${source}.share`, `${source}.rank`])
  const names = [...ofSources, ...itemNames, ...userNames, ...matchNames]
  namesBySources.set(sources, names)
  return names
}

/** The features of these candidates (rows of the catalogue), for the sources named, in that order. A source that did not speak is NaN. */
export function candidateFeatures(
  sources: readonly string[],
  pools: readonly Pool[],
  world: World,
  candidates: Uint32Array,
): FeatureTable {
  const names = namesOf(sources)
  const table = { names, values: new Float32Array(candidates.length * names.length) }
  sources.forEach((source, at) => {
    putSource(table, SOURCE_COLUMNS * at, scoresNamed(source, pools, world), candidates)
  })
  let at = SOURCE_COLUMNS * sources.length
  for (const column of [
    ...itemColumns(world, candidates),
    ...userColumns(world, candidates.length),
    ...matchColumns(world, popularityOf(sources, pools, world), candidates),
  ]) {
    put(table, at++, column)
  }
  return table
}

/** The table of some of its candidates. */
export function someRows({ names, values }: FeatureTable, rows: Uint32Array): FeatureTable {
  const width = names.length
  const some = new Float32Array(rows.length * width)
  for (let at = 0; at < rows.length; at++) some.set(values.subarray(rows[at] * width, (rows[at] + 1) * width), at * width)
  return { names, values: some }
}

function put({ names, values }: FeatureTable, column: number, numbers: Float64Array): void {
  for (let k = 0, at = column; k < numbers.length; k++, at += names.length) values[at] = numbers[k]
}

function scoresNamed(source: string, pools: readonly Pool[], world: World): Scores | undefined {
  const pool = pools.find((each) => each.source === source)
  return pool && world.visit.scores.of(pool.scorer)
}

/** The first source whose model is the same for everybody: how popular titles are. */
function popularityOf(sources: readonly string[], pools: readonly Pool[], world: World): Scores | undefined {
  return sources.map((source) => scoresNamed(source, pools, world)).find((scores) => scores?.model.explain === undefined)
}

const [scoreRoom, rankRoom] = [f32Room(), i32Room()]

function putSource({ names, values }: FeatureTable, column: number, scores: Scores | undefined, candidates: Uint32Array): void {
  const n = candidates.length
  const width = names.length
  if (scores === undefined) {
    for (let k = 0, at = column; k < n; k++, at += width) values.fill(Number.NaN, at, at + SOURCE_COLUMNS)
    return
  }
  const { mean, deviation } = scores.moments
  const [own, greater] = [scoreRoom(n), rankRoom(n)]
  let best = 0
  for (let k = 0; k < n; k++) {
    const score = scores.values[candidates[k]]
    own[k] = score
    if (score > best) best = score
  }
  localKernels().countGreater(own, greater, n)
  const logs = logsTo(n)
  for (let k = 0, at = column; k < n; k++, at += width) {
    const score = own[k]
    values[at] = deviation > 0 ? (score - mean) / deviation : score - score // as blend.ts has it
    values[at + 1] = best > 0 ? score / best : Number.NaN
    values[at + 2] = Number.isNaN(score) ? Number.NaN : logs[greater[k]]
  }
}

/** log₂ of 1 + rank, for every rank there is. */
let logs = new Float64Array(0)

function logsTo(count: number): Float64Array {
  if (logs.length < count) logs = Float64Array.from({ length: 2 * count }, (_, rank) => Math.log2(1 + rank))
  return logs
}

function itemColumns({ snapshot, visit }: World, candidates: Uint32Array): Float64Array[] {
  const { releasedAt, durationMinutes } = snapshot.catalogue.numbers
  return [
    forEach(candidates, (row) => (visit.now - releasedAt[row]) / MS_PER_YEAR),
    forEach(candidates, (row) => durationMinutes[row]),
  ]
}

function userColumns({ snapshot, visit }: World, count: number): Float64Array[] {
  const { items, ageDays } = visit.history
  const last = items.length - 1
  const first = Math.max(0, items.length - SESSION)
  const span = items.length > 1 ? (ageDays[first] - ageDays[last]) / Math.max(1, last - first) : Number.NaN
  const constants = [
    Math.log2(1 + items.length),
    last < 0 ? Number.NaN : Math.log2(1 + ageDays[last]),
    Math.log2(1e-4 + span),
    breadth(items.subarray(first), snapshot.catalogue.labels.genres),
  ]
  return constants.map((value) => new Float64Array(count).fill(value))
}

/** Entropy of the genres of some titles, in bits: 0 for one genre only. NaN without any. */
function breadth(items: Uint32Array, genres: LabelColumn): number {
  const counts = new Map<number, number>()
  let total = 0
  for (const item of items) {
    for (let at = genres.start[item]; at < genres.start[item + 1]; at++) {
      counts.set(genres.codes[at], (counts.get(genres.codes[at]) ?? 0) + 1)
      total++
    }
  }
  if (total === 0) return Number.NaN
  return [...counts.values()].reduce((sum, count) => sum - (count / total) * Math.log2(count / total), 0)
}
