import { entriesPerItem } from '../features/coverage.js'
import type { Dataset } from '../features/dataset.js'

/**
 * How titles that share words with an item stand with the audience: popularity and rating buckets of a new title are those of its
 * company, since it has none of its own. Learned from training events alone: averages and popularity of the future would be a leak.
 *
 *   popularity of a word  (Σ log(1 + entries) of its titles + prior · mean) / (titles + prior) − mean,   in standard deviations
 *   rating of a word      the same of the mean engagement
 *
 * An item's own entries are left out of its words, so that titles with events and without are told the same thing.
 */
export interface Standing {
  /**
   * One for each family that has a standing.
   * @param words rows of the table, by family
   * @param except row of the dataset that the item itself is; −1 for an item that is not in it
   */
  of(words: readonly (readonly number[])[], except: number): readonly { readonly popularity: number; readonly rating: number }[]
  readonly tables: StandingTables
}

/** Plain numbers, kept with the encoder: two for each row of the feature table that had titles. */
export interface StandingTables {
  /** Rows of the feature table, ascending. */
  readonly rows: readonly number[]
  readonly popularity: StandingColumn
  readonly rating: StandingColumn
  /** Titles with events of each row. */
  readonly titles: readonly number[]
}

interface StandingColumn {
  /** Σ over the titles of each row. */
  readonly sums: readonly number[]
  /** Over all titles. */
  readonly mean: number
  /** Of what titles are told, a family each: the unit that the feature is given in. */
  readonly deviations: readonly number[]
}

/** Titles' worth of the mean that a word begins with. */
const PRIOR = 3

/** @param wordsOf the words of each row of the dataset, as `wordRows` gives them; undefined where the item is not known */
export function fitStanding(
  data: Dataset,
  wordsOf: (row: number) => readonly (readonly number[])[] | undefined,
  families: readonly number[],
): Standing {
  const own = ownStanding(data)
  const means = meansOf(own)
  const known = own.flatMap((value, row) => {
    const words = value === undefined ? undefined : wordsOf(row)
    return value === undefined || words === undefined ? [] : [{ row, value, words: families.map((family) => words[family]) }]
  })
  const sums = new Map<number, { popularity: number; rating: number; titles: number }>()
  for (const { value, words } of known) {
    for (const word of words.flat()) {
      const sum = sums.get(word) ?? { popularity: 0, rating: 0, titles: 0 }
      sum.popularity += value.popularity
      sum.rating += value.rating
      sum.titles++
      sums.set(word, sum)
    }
  }
  const rows = [...sums.keys()].sort((a, b) => a - b)
  const column = (name: 'popularity' | 'rating', deviations: readonly number[]): StandingColumn => ({
    sums: rows.map((row) => rounded(sums.get(row)?.[name] ?? 0)),
    mean: rounded(means[name]),
    deviations,
  })
  const titles = rows.map((row) => sums.get(row)?.titles ?? 0)
  const inUnits = (deviations: Record<'popularity' | 'rating', readonly number[]>): StandingTables => ({
    rows,
    popularity: column('popularity', deviations.popularity),
    rating: column('rating', deviations.rating),
    titles,
  })
  const ones = families.map(() => 1)
  const raw = standingOf(inUnits({ popularity: ones, rating: ones }), families, own)
  const told = known.map(({ row }) => raw.of(wordsOf(row) ?? [], row))
  const deviationsOf = (name: 'popularity' | 'rating'): number[] =>
    families.map((_, at) => rounded(rootMeanSquare(told.map((each) => each[at][name]))))
  return standingOf(inUnits({ popularity: deviationsOf('popularity'), rating: deviationsOf('rating') }), families, own)
}

interface Own {
  readonly popularity: number
  readonly rating: number
}

/** @param own what each row of the dataset adds to its words; empty where no row will be left out */
export function standingOf(
  tables: StandingTables,
  families: readonly number[],
  own: readonly (Own | undefined)[] = [],
): Standing {
  const placeOf = new Map(tables.rows.map((row, place) => [row, place]))
  return {
    tables,
    of(words, except) {
      const left = own[except]
      const mean = (at: number, name: 'popularity' | 'rating'): number => {
        const { sums, mean: usual, deviations } = tables[name]
        const values = words[families[at]].map((word) => {
          const place = placeOf.get(word)
          const [sum, titles] = place === undefined ? [0, 0] : [sums[place], tables.titles[place]]
          const isLeftOut = left !== undefined && place !== undefined
          return ((isLeftOut ? sum - left[name] : sum) + PRIOR * usual) / ((isLeftOut ? titles - 1 : titles) + PRIOR) - usual
        })
        if (values.length === 0 || deviations[at] === 0) return 0
        return values.reduce((total, value) => total + value, 0) / values.length / deviations[at]
      }
      return families.map((_, at) => ({ popularity: mean(at, 'popularity'), rating: mean(at, 'rating') }))
    },
  }
}

function ownStanding(data: Dataset): (Own | undefined)[] {
  const entries = entriesPerItem(data)
  const engagement = new Float64Array(data.itemCount)
  data.items.forEach((item, entry) => {
    engagement[item] += data.engagement[entry]
  })
  return Array.from(entries, (count, item) =>
    count === 0 ? undefined : { popularity: Math.log1p(count), rating: engagement[item] / count },
  )
}

function meansOf(own: readonly (Own | undefined)[]): Own {
  const known = own.filter((value) => value !== undefined)
  const mean = (name: keyof Own): number => known.reduce((sum, value) => sum + value[name], 0) / Math.max(1, known.length)
  return { popularity: mean('popularity'), rating: mean('rating') }
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length))
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6
