import type { Item } from '../domain/item.js'
import type { Random } from '../domain/random.js'
import { type AliasTable, aliasTable } from './alias-table.js'
import { type AudienceOptions, regionsOf } from './audience-options.js'
import { type Cells, cellsOf, drawMember } from './cells.js'
import { DAYPARTS, habitsOfTitles } from './dayparts.js'
import { franchisesOf, groupTitles, sequelsOf } from './franchises.js'
import { type StartingPoints, startingPointsOf } from './interests.js'
import { dotRow, itemVectors } from './item-vectors.js'
import { type OfferWindows, offerWindowsOf } from './offer-windows.js'
import { standingOf } from './standing.js'
import { type Titles, titlesOf } from './titles.js'

/** Titles that often follow one title for no reason its metadata gives: what critics' lists and word of mouth do. */
export const COMPANIONS = 4

/** How many titles of its cell a title's companions are chosen from. */
const COMPANION_POOL = 12

/** Until anybody knows better: minutes that an item of a kind takes. */
const usualMinutes: Readonly<Record<Item['kind'], number>> = {
  movie: 100,
  series: 45,
  episode: 45,
  track: 4,
  album: 40,
  article: 5,
  podcast: 40,
  video: 12,
  game: 60,
  book: 300,
  other: 30,
}

/** The catalogue as a simulated audience meets it: made once, read by every viewer, never changed. */
export interface Landscape {
  readonly items: readonly Item[]
  readonly titles: Titles
  /** For each title, the next of its franchise by release, −1 after the last. */
  readonly sequel: Int32Array
  readonly dimensions: number
  /** The unit vector of each title. */
  readonly vectors: Float32Array // titles × dimensions
  readonly quality: Float32Array
  readonly byPopularity: AliasTable
  readonly cells: Cells
  readonly startingPoints: StartingPoints
  /** What the time of day adds to each title's appeal. */
  readonly habits: Float32Array // titles × dayparts
  /** By how much the time of day makes each cell more frequented: e^(habit strength · mean habit of its titles). */
  readonly cellHabits: Float64Array // dayparts × cells
  /** When each item came out; −∞ where unknown. */
  readonly releasedAt: Float64Array
  readonly offers: OfferWindows
  /** The regions of the audience, in the order of their bits in `offers`. */
  readonly regions: readonly string[]
  /** Minutes that each item takes. */
  readonly minutes: Float32Array
  /** companions[t · COMPANIONS …]: titles that often follow title t, most often first; t itself where there are fewer. */
  readonly companions: Uint32Array
  /** All titles of a title's first director who has made several; undefined where there is none. */
  readonly byDirector: readonly (Uint32Array | undefined)[]
}

/** The landscape of a catalogue; undefined when there is nothing in it to watch. */
export function landscapeOf(items: readonly Item[], options: AudienceOptions, random: Random): Landscape | undefined {
  const titles = titlesOf(items)
  if (titles.count === 0) return undefined
  const dimensions = options.tasteDimensions
  const titleItems = Array.from(titles.item, (row) => items[row])
  const franchises = franchisesOf(titleItems)
  const regions = regionsOf(options)
  const vectors = itemVectors(titleItems, franchises, options, random.fork('vectors'))
  const { popularity, quality } = standingOf(titleItems, options.popularitySkew, random.fork('standing'))
  const habits = habitsOfTitles(titleItems)
  const cells = cellsOf(vectors, dimensions, popularity, random.fork('cells'))
  return {
    items,
    titles,
    sequel: sequelsOf(titleItems, franchises),
    dimensions,
    vectors,
    quality,
    byPopularity: aliasTable(popularity),
    cells,
    startingPoints: startingPointsOf(cells, random.fork('ages')),
    habits,
    cellHabits: cellHabitsOf(cells, habits, options.habitStrength),
    releasedAt: Float64Array.from(items, ({ releasedAt }) => releasedAt ?? Number.NEGATIVE_INFINITY),
    offers: offerWindowsOf(items, regions),
    regions,
    minutes: Float32Array.from(items, ({ durationMinutes, kind }) => Math.max(1, durationMinutes ?? usualMinutes[kind])),
    companions: companionsOf(vectors, dimensions, cells, random.fork('companions')),
    byDirector: sameDirector(titleItems),
  }
}

function cellHabitsOf({ count, members }: Cells, habits: Float32Array, strength: number): Float64Array {
  return Float64Array.from({ length: DAYPARTS * count }, (_, at) => {
    const daypart = Math.floor(at / count)
    const titles = members[at % count]
    const sum = titles.reduce((total, title) => total + habits[title * DAYPARTS + daypart], 0)
    return Math.exp((strength * sum) / titles.length)
  })
}

/**
 * For each title, the nearest few of a dozen drawn from its own cell, nearest first. Of a sample, so that each title has its own and
 * not all have the same hits.
 */
function companionsOf(vectors: Float32Array, dimensions: number, cells: Cells, random: Random): Uint32Array {
  const count = cells.cellOf.length
  const companions = new Uint32Array(count * COMPANIONS)
  const closeness = new Float64Array(COMPANIONS)
  for (let title = 0; title < count; title++) {
    const vector = vectors.subarray(title * dimensions, (title + 1) * dimensions)
    const nearest = companions.subarray(title * COMPANIONS, (title + 1) * COMPANIONS).fill(title)
    closeness.fill(Number.NEGATIVE_INFINITY)
    for (let draw = 0; draw < COMPANION_POOL; draw++) {
      const other = drawMember(cells, cells.cellOf[title], random)
      if (other === title || nearest.includes(other)) continue
      insert(nearest, closeness, other, dotRow(vector, vectors, other))
    }
  }
  return companions
}

/** Puts a title where it belongs among the nearest, if it does. */
function insert(nearest: Uint32Array, closeness: Float64Array, title: number, close: number): void {
  let place = nearest.length
  while (place > 0 && close > closeness[place - 1]) place--
  if (place === nearest.length) return
  nearest.copyWithin(place + 1, place)
  closeness.copyWithin(place + 1, place)
  nearest[place] = title
  closeness[place] = close
}

function sameDirector(titleItems: readonly Item[]): (Uint32Array | undefined)[] {
  const groups = new Map<string, Uint32Array>()
  for (const [director, titles] of groupTitles(titleItems.map(({ directors }) => directors))) {
    if (titles.length > 1) groups.set(director, Uint32Array.from(titles))
  }
  return titleItems.map(({ directors }) => {
    const director = directors.find((name) => groups.has(name))
    return director === undefined ? undefined : groups.get(director)
  })
}
