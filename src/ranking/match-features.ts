import type { Catalogue } from '../features/catalogue.js'
import type { LabelColumn } from '../features/labels.js'
import type { Scores } from '../world/score-memo.js'
import type { World } from '../world/visit.js'

/** What a title shares with the history: genres, people, franchise, themes, years, popularity. */
export const matchNames: readonly string[] = [
  'match.genresLast',
  'match.genresRecent',
  'match.genresAlways',
  'match.peopleRecent',
  'match.peopleAlways',
  'match.franchise',
  'match.series',
  'match.themes',
  'match.countries',
  'match.yearsAfterLast',
  'match.yearsFromRecent',
  'match.fameFromRecent',
]

/** How many of the newest entries stand for what somebody is after now. */
const RECENT = 5
export const SESSION = 20

export const MS_PER_YEAR = 365.25 * 86_400_000

/** One list of numbers for each of `matchNames`, in that order: one for each candidate. */
export function matchColumns(world: World, popularity: Scores | undefined, candidates: Uint32Array): Float64Array[] {
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
    overlaps(labels.genres, last, 1, candidates),
    overlaps(labels.genres, history, RECENT, candidates),
    overlaps(labels.genres, history, Number.POSITIVE_INFINITY, candidates),
    people(catalogue, history, RECENT, candidates),
    people(catalogue, history, 10 * RECENT, candidates),
    overlaps(labels.franchise, history, SESSION, candidates),
    overlaps(labels.seriesId, history, SESSION, candidates),
    overlaps(labels.themes, history, 2 * RECENT, candidates),
    overlaps(labels.countries, history, 2 * RECENT, candidates),
    forEach(candidates, (row) => years(row) - lastYear),
    forEach(candidates, (row) => Math.abs(years(row) - recentYear)),
    forEach(candidates, (row) => fame(row) - recentFame),
  ]
}

/** One number for each candidate. What `Float64Array.from` does, several times as fast. */
export function forEach(candidates: Uint32Array, of: (row: number) => number): Float64Array {
  const column = new Float64Array(candidates.length)
  for (let k = 0; k < column.length; k++) column[k] = of(candidates[k])
  return column
}

function people({ labels }: Catalogue, history: Uint32Array, halfLife: number, candidates: Uint32Array): Float64Array {
  const cast = overlaps(labels.cast, history, halfLife, candidates)
  const directors = overlaps(labels.directors, history, halfLife, candidates)
  for (let k = 0; k < cast.length; k++) {
    const [a, b] = [cast[k], directors[k]]
    cast[k] = Number.isNaN(a) ? b : Number.isNaN(b) ? a : a + b
  }
  return cast
}

/**
 * Cosine between each title's words and those of the history, an entry that is `halfLife` places old counting half. NaN where the
 * title or the whole history has no word.
 */
function overlaps(
  { start, codes, names }: LabelColumn,
  history: Uint32Array,
  halfLife: number,
  candidates: Uint32Array,
): Float64Array {
  const profile = profileRoom(names.length)
  const met: number[] = [] // words of the history, in the order in which they were met
  const fades = fadesOf(halfLife, history.length)
  for (let at = Math.max(0, history.length - 10 * halfLife); at < history.length; at++) {
    const weight = fades[history.length - 1 - at]
    const row = history[at]
    for (let k = start[row], end = start[row + 1]; k < end; k++) {
      const code = codes[k]
      if (profile[code] === 0) met.push(code)
      profile[code] += weight
    }
  }
  let squares = 0
  for (const code of met) squares += profile[code] * profile[code]
  const cosines = new Float64Array(candidates.length)
  for (let k = 0; k < candidates.length; k++) {
    const [from, to] = [start[candidates[k]], start[candidates[k] + 1]]
    let sum = 0
    for (let at = from; at < to; at++) sum += profile[codes[at]]
    cosines[k] = squares === 0 || from === to ? Number.NaN : sum === 0 ? 0 : sum / Math.sqrt((to - from) * squares)
  }
  for (const code of met) profile[code] = 0
  return cosines
}

/** A number for each word; zeros, and whoever writes to it leaves zeros behind. */
let profile = new Float64Array(0)

function profileRoom(words: number): Float64Array {
  if (profile.length < words) profile = new Float64Array(2 * words)
  return profile
}

/** What an entry so many places before the last one counts, by half-life: asked for anew with every question, and always the same. */
const fading = new Map<number, Float64Array>()

function fadesOf(halfLife: number, length: number): Float64Array {
  const known = fading.get(halfLife)
  if (known !== undefined && known.length >= length) return known
  const fades = Float64Array.from({ length: 2 * length }, (_, places) => 2 ** (-places / halfLife))
  fading.set(halfLife, fades)
  return fades
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
