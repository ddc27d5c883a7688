import type { Catalogue } from '../features/catalogue.js'
import type { LabelColumn } from '../features/labels.js'
import type { Scores } from '../world/score-memo.js'
import type { World } from '../world/visit.js'
import { zScore } from './blend.js'
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
  readonly names: readonly string[]
  /** Feature f of candidate k is values[k · names.length + f]. */
  readonly values: Float32Array
}

/** Columns that stand side by side. */
interface Columns {
  readonly names: readonly string[]
  /** Writes those of each candidate k from out[k · width] on. */
  readonly fill: (candidates: Uint32Array, out: Float32Array, width: number) => void
}

/** Columns that each source has, first of all: those of source s begin at s · SOURCE_COLUMNS. */
export const SOURCE_COLUMNS = 3

/** The features of these candidates (rows of the catalogue), for the sources named, in that order. A source that did not speak is NaN. */
export function candidateFeatures(
  sources: readonly string[],
  pools: readonly Pool[],
  world: World,
  candidates: Uint32Array,
): FeatureTable {
  const columns = [
    ...sources.map((source) => sourceColumns(source, scoresNamed(source, pools, world))),
    ...itemColumns(world),
    ...userColumns(world),
    ...matchColumns(world, popularityOf(sources, pools, world)),
  ]
  const names = columns.flatMap((each) => each.names)
  const values = new Float32Array(candidates.length * names.length)
  let at = 0
  for (const each of columns) {
    each.fill(candidates, values.subarray(at), names.length)
    at += each.names.length
  }
  return { names, values }
}

function scoresNamed(source: string, pools: readonly Pool[], world: World): Scores | undefined {
  const pool = pools.find((each) => each.source === source)
  return pool && world.visit.scores.of(pool.scorer)
}

/** The first source whose model is the same for everybody: how popular titles are. */
function popularityOf(sources: readonly string[], pools: readonly Pool[], world: World): Scores | undefined {
  return sources.map((source) => scoresNamed(source, pools, world)).find((scores) => scores?.model.explain === undefined)
}

function sourceColumns(source: string, scores: Scores | undefined): Columns {
  return {
    names: [`${source}.z`, `${source}.share`, `${source}.rank`],
    fill(candidates, out, width) {
      const own = new Float32Array(candidates.length)
      for (let k = 0; k < own.length; k++) own[k] = scores === undefined ? Number.NaN : scores.values[candidates[k]]
      const sorted = own.slice().sort() // NaN last
      const known = sorted.subarray(0, sorted.length - unknownIn(sorted))
      const best = Math.max(0, known.at(-1) ?? 0)
      for (let k = 0, at = 0; k < own.length; k++, at += width) {
        const score = own[k]
        out[at] = scores === undefined ? Number.NaN : zScore(candidates[k], scores)
        out[at + 1] = best > 0 ? score / best : Number.NaN
        out[at + 2] = Number.isNaN(score) ? Number.NaN : Math.log2(1 + greaterIn(known, score))
      }
    },
  }
}

/** How many NaN stand at the end. */
function unknownIn(sorted: Float32Array): number {
  let count = 0
  while (count < sorted.length && Number.isNaN(sorted[sorted.length - 1 - count])) count++
  return count
}

/** How many numbers of an ascending list are greater: the rank from 0, the same for equals. */
function greaterIn(ascending: Float32Array, value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle] <= value) low = middle + 1
    else high = middle
  }
  return ascending.length - low
}

const MS_PER_YEAR = 365.25 * 86_400_000

function itemColumns({ snapshot, visit }: World): Columns[] {
  const { numbers } = snapshot.catalogue
  return [
    column('item.ageYears', (row) => (visit.now - numbers.releasedAt[row]) / MS_PER_YEAR),
    column('item.durationMinutes', (row) => numbers.durationMinutes[row]),
  ]
}

/** How many of the newest entries stand for what somebody is after now. */
const RECENT = 5
const SESSION = 20

function userColumns({ snapshot, visit }: World): Columns[] {
  const { items, ageDays } = visit.history
  const last = items.length - 1
  const first = Math.max(0, items.length - SESSION)
  const span = items.length > 1 ? (ageDays[first] - ageDays[last]) / Math.max(1, last - first) : Number.NaN
  const constants: readonly (readonly [string, number])[] = [
    ['user.entries', Math.log2(1 + items.length)],
    ['user.sinceLastDays', last < 0 ? Number.NaN : Math.log2(1 + ageDays[last])],
    ['user.gapDays', Math.log2(1e-4 + span)],
    ['user.breadth', breadth(items.subarray(first), snapshot.catalogue.labels.genres)],
  ]
  return constants.map(([name, value]) => column(name, () => value))
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

function matchColumns(world: World, popularity: Scores | undefined): Columns[] {
  const { catalogue } = world.snapshot
  const { labels, numbers } = catalogue
  const history = world.visit.history.items
  const years = (row: number): number => numbers.releasedAt[row] / MS_PER_YEAR
  const fame = (row: number): number => (popularity === undefined ? Number.NaN : Math.log2(1 + popularity.values[row]))
  const recent = history.subarray(Math.max(0, history.length - RECENT))
  const last = history.subarray(Math.max(0, history.length - 1))
  const lastYear = meanOf(last, years)
  const recentYear = meanOf(recent, years)
  const recentFame = meanOf(recent, fame)
  return [
    column('match.genresLast', overlap(labels.genres, last, 1)),
    column('match.genresRecent', overlap(labels.genres, history, RECENT)),
    column('match.genresAlways', overlap(labels.genres, history, Number.POSITIVE_INFINITY)),
    column('match.peopleRecent', people(catalogue, history, RECENT)),
    column('match.peopleAlways', people(catalogue, history, 10 * RECENT)),
    column('match.franchise', overlap(labels.franchise, history, SESSION)),
    column('match.series', overlap(labels.seriesId, history, SESSION)),
    column('match.themes', overlap(labels.themes, history, 2 * RECENT)),
    column('match.countries', overlap(labels.countries, history, 2 * RECENT)),
    column('match.yearsAfterLast', (row) => years(row) - lastYear),
    column('match.yearsFromRecent', (row) => Math.abs(years(row) - recentYear)),
    column('match.fameFromRecent', (row) => fame(row) - recentFame),
  ]
}

function people({ labels }: Catalogue, history: Uint32Array, halfLife: number): OfRow {
  const cast = overlap(labels.cast, history, halfLife)
  const directors = overlap(labels.directors, history, halfLife)
  return (row) => {
    const [a, b] = [cast(row), directors(row)]
    return Number.isNaN(a) ? b : Number.isNaN(b) ? a : a + b
  }
}

/**
 * Cosine between a title's words and those of the history, an entry that is `halfLife` places old counting half. NaN where the
 * title or the whole history has no word.
 */
function overlap(column: LabelColumn, history: Uint32Array, halfLife: number): OfRow {
  const profile = new Map<number, number>()
  let squares = 0
  for (let at = Math.max(0, history.length - 10 * halfLife); at < history.length; at++) {
    const weight = 2 ** (-(history.length - 1 - at) / halfLife)
    for (let k = column.start[history[at]]; k < column.start[history[at] + 1]; k++) {
      profile.set(column.codes[k], (profile.get(column.codes[k]) ?? 0) + weight)
    }
  }
  for (const weight of profile.values()) squares += weight * weight
  if (squares === 0) return () => Number.NaN
  return (row) => {
    const words = column.start[row + 1] - column.start[row]
    let sum = 0
    for (let k = column.start[row]; k < column.start[row + 1]; k++) sum += profile.get(column.codes[k]) ?? 0
    return words === 0 ? Number.NaN : sum / Math.sqrt(words * squares)
  }
}

type OfRow = (row: number) => number

function column(name: string, of: OfRow): Columns {
  return {
    names: [name],
    fill(candidates, out, width) {
      for (let k = 0; k < candidates.length; k++) out[k * width] = of(candidates[k])
    },
  }
}

function meanOf(rows: Uint32Array, of: (row: number) => number): number {
  let sum = 0
  let count = 0
  for (const row of rows) {
    const value = of(row)
    if (Number.isNaN(value)) continue
    sum += value
    count++
  }
  return sum / count
}
