import type { FeatureSpace } from '../adapters/tier.js'
import type { Catalogue } from '../features/catalogue.js'
import type { LabelColumn } from '../features/labels.js'
import type { BoundedSums } from '../math/list-kernel-interface.js'
import { f32Room, f64Room, localKernels } from '../math/local-kernels.js'
import type { FeatureTable } from './candidate-features.js'

/**
 * The item side of an adapter, x: the learned ranker's own features (candidate-features.ts), without those of the user alone, which are the
 * same for all candidates of a question, and one 0/1 column for each frequent genre.
 */
const GENRE = 'genre:'

export function isGenre(feature: string): boolean {
  return feature.startsWith(GENRE)
}

/** Features that tell candidates apart. */
export function tellsApart(feature: string): boolean {
  return !feature.startsWith('user.')
}

/** The columns for the catalogue's most frequent genres: those of at least one title in a hundred, at most `most`, most frequent first. */
export function genreFeatures({ start, codes, names }: LabelColumn, most: number): readonly string[] {
  const counts = new Uint32Array(names.length)
  for (const code of codes) counts[code]++
  const least = (start.length - 1) / 100
  return Array.from(counts.keys())
    .filter((code) => counts[code] > 0 && counts[code] >= least)
    .sort((a, b) => counts[b] - counts[a] || (names[a] < names[b] ? -1 : 1))
    .slice(0, most)
    .map((code) => `${GENRE}${names[code]}`)
}

/** Beyond so many deviations a feature counts no further: scores have long tails, and one title must not teach what a hundred should. */
const MOST_DEVIATIONS = 4

/** Where the features of a space are found for these candidates. A feature that is nowhere counts as its mean. */
interface Places {
  /** Features of the table, and their columns in it. */
  readonly tabled: readonly { readonly feature: number; readonly column: number }[]
  /** For each code of the genres, the feature it is; −1: none. */
  readonly genreOf: Int32Array
  readonly genres: LabelColumn
}

function placesOf(features: readonly string[], table: FeatureTable, { labels: { genres } }: Catalogue): Places {
  const columns = new Map(table.names.map((name, column) => [name, column]))
  const places = new Map(features.map((name, feature) => [name, feature]))
  return {
    tabled: features.flatMap((name, feature) => {
      const column = columns.get(name)
      return column === undefined ? [] : [{ feature, column }]
    }),
    genreOf: Int32Array.from(genres.names, (name) => places.get(`${GENRE}${name}`) ?? -1),
    genres,
  }
}

/** The features of candidates (rows of the catalogue) as they are: NaN where something cannot tell. n × d. */
export function rawItemSide(
  features: readonly string[],
  table: FeatureTable,
  catalogue: Catalogue,
  candidates: Uint32Array,
): Float32Array {
  const { tabled, genreOf, genres } = placesOf(features, table, catalogue)
  const d = features.length
  const width = table.names.length
  const raw = new Float32Array(candidates.length * d).fill(Number.NaN)
  const own = Uint32Array.from(features.keys()).filter((feature) => isGenre(features[feature]))
  for (let k = 0; k < candidates.length; k++) {
    for (const { feature, column } of tabled) raw[k * d + feature] = table.values[k * width + column]
    const [from, to] = [genres.start[candidates[k]], genres.start[candidates[k] + 1]]
    if (to > from) for (const feature of own) raw[k * d + feature] = 0
    for (let at = from; at < to; at++) {
      const feature = genreOf[genres.codes[at]]
      if (feature >= 0) raw[k * d + feature] = 1
    }
  }
  return raw
}

/** Normalises n × d raw features in place, as the space says: (value − mean) / deviation, within ±4; NaN becomes 0. */
export function normalise({ mean, deviation }: Pick<FeatureSpace, 'mean' | 'deviation'>, raw: Float32Array): Float32Array {
  const d = mean.length
  for (let at = 0, f = 0; at < raw.length; at++) {
    raw[at] = bounded((raw[at] - mean[f]) / deviation[f])
    if (++f === d) f = 0
  }
  return raw
}

function bounded(deviations: number): number {
  if (Number.isNaN(deviations)) return 0
  return deviations > MOST_DEVIATIONS ? MOST_DEVIATIONS : deviations < -MOST_DEVIATIONS ? -MOST_DEVIATIONS : deviations
}

/**
 * Mean and deviation of each feature over lists of raw candidates: the deviation is that within a list, for only there are titles compared. A
 * feature that is the same throughout every list gets an infinite one, and counts for nothing.
 */
export function spreadOf(lists: readonly Float32Array[], d: number): Pick<FeatureSpace, 'mean' | 'deviation'> {
  const [count, sum, within, freedom] = Array.from({ length: 4 }, () => new Float64Array(d))
  for (const raw of lists) {
    for (let f = 0; f < d; f++) {
      let [known, total, squares] = [0, 0, 0]
      for (let at = f; at < raw.length; at += d) {
        if (Number.isNaN(raw[at])) continue
        known++
        total += raw[at]
      }
      for (let at = f; at < raw.length; at += d) if (!Number.isNaN(raw[at])) squares += (raw[at] - total / known) ** 2
      count[f] += known
      sum[f] += total
      within[f] += squares
      freedom[f] += Math.max(0, known - 1)
    }
  }
  return {
    mean: Float32Array.from(sum, (total, f) => (count[f] > 0 ? total / count[f] : 0)),
    deviation: Float32Array.from(within, (squares, f) =>
      squares > 1e-12 * freedom[f] ? Math.sqrt(squares / freedom[f]) : Infinity,
    ),
  }
}

/** x of each candidate: n × d. What `normalise` makes of `rawItemSide`, to the same bits. */
export function itemSide(space: FeatureSpace, table: FeatureTable, catalogue: Catalogue, candidates: Uint32Array): Float32Array {
  const { mean, deviation } = space
  const { tabled, genres, lacking, having, genreFeatures, genreOf } = lyingFor(space, table, catalogue)
  const d = space.features.length
  const width = table.names.length
  const x = new Float32Array(candidates.length * d)
  for (const { feature, column } of tabled) {
    const [middle, unit] = [mean[feature], deviation[feature]]
    for (let k = 0, from = column, to = feature; k < candidates.length; k++, from += width, to += d) {
      x[to] = bounded((table.values[from] - middle) / unit)
    }
  }
  for (let k = 0; k < candidates.length; k++) {
    const [from, to] = [genres.start[candidates[k]], genres.start[candidates[k] + 1]]
    if (to > from) for (const feature of genreFeatures) x[k * d + feature] = lacking[feature]
    for (let at = from; at < to; at++) {
      const feature = genreOf[genres.codes[at]]
      if (feature >= 0) x[k * d + feature] = having[feature]
    }
  }
  return x
}

/** What an adapter, folded to one weight per feature, adds to each candidate's log-odds: w · x, without writing x down. */
export function effectsOf(
  weights: Float32Array,
  space: FeatureSpace,
  table: FeatureTable,
  catalogue: Catalogue,
  candidates: Uint32Array,
): Float32Array {
  const { tabled, byColumn, genres, lacking, having, genreFeatures, genreOf } = lyingFor(space, table, catalogue)
  const n = candidates.length
  const values = valuesRoom(table.values.length)
  values.set(table.values)
  for (const { feature, column } of tabled) byColumn.weight[column] = weights[feature]
  const sums = sumsRoom(n)
  localKernels().boundedSums({ values, rows: n, ...byColumn, most: MOST_DEVIATIONS, out: sums })
  let absent = 0
  for (const feature of genreFeatures) absent += weights[feature] * lacking[feature]
  const present = Float64Array.from(genreOf, (feature) =>
    feature < 0 ? 0 : weights[feature] * (having[feature] - lacking[feature]),
  )
  const effects = new Float32Array(n)
  for (let k = 0; k < n; k++) {
    const [from, to] = [genres.start[candidates[k]], genres.start[candidates[k] + 1]]
    let sum = sums[k]
    if (to > from) sum += absent
    for (let at = from; at < to; at++) sum += present[genres.codes[at]]
    effects[k] = sum
  }
  return effects
}

const [valuesRoom, sumsRoom, columnsRoom] = [f32Room(), f64Room(), f64Room()]

/** What `effectsOf` needs of a space, a table's columns and a catalogue: the same for all questions to one generation. */
interface Lying {
  readonly space: FeatureSpace
  readonly names: readonly string[]
  readonly genres: LabelColumn
  readonly tabled: Places['tabled']
  /** In the kernels' memory, one number for each column of the table; what no feature is counts nothing. */
  readonly byColumn: Pick<BoundedSums, 'weight' | 'mean' | 'inverse'>
  /** Which features are genres, and the feature of each code of the genres; −1: none. */
  readonly genreFeatures: Uint32Array
  readonly genreOf: Int32Array
  /** Of each feature that is a genre: what x is where a title with genres lacks it, and where it has it. Others: 0. */
  readonly lacking: Float64Array
  readonly having: Float64Array
}

/** Of the latest space: nearly always the one that is asked for. */
let lying: Lying | undefined

function lyingFor(space: FeatureSpace, table: FeatureTable, catalogue: Catalogue): Lying {
  const { genres } = catalogue.labels
  if (lying?.space !== space || lying.genres !== genres || lying.names !== table.names) lying = laidOut(space, table, catalogue)
  return lying
}

function laidOut(space: FeatureSpace, table: FeatureTable, catalogue: Catalogue): Lying {
  const { features, mean, deviation } = space
  const { tabled, genreOf, genres } = placesOf(features, table, catalogue)
  const width = table.names.length
  const room = columnsRoom(3 * width)
  const byColumn = {
    weight: room.subarray(0, width),
    mean: room.subarray(width, 2 * width),
    inverse: room.subarray(2 * width, 3 * width),
  }
  for (let at = 0; at < 3 * width; at++) room[at] = 0
  for (const { feature, column } of tabled) {
    byColumn.mean[column] = mean[feature]
    byColumn.inverse[column] = 1 / deviation[feature]
  }
  const ofGenres = (value: number): Float64Array =>
    Float64Array.from(features, (name, f) => (isGenre(name) ? bounded((value - mean[f]) / deviation[f]) : 0))
  const genreFeatures = Uint32Array.from(features.keys()).filter((feature) => isGenre(features[feature]))
  const ofGenre = { genreFeatures, genreOf, lacking: ofGenres(0), having: ofGenres(1) }
  return { space, names: table.names, genres, tabled, byColumn, ...ofGenre }
}
