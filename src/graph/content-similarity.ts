import type { Catalogue } from '../features/catalogue.js'
import { type Csr, csrFromTriplets, transpose } from '../math/csr.js'
import { addStrongest } from './co-consumption.js'
import { type EdgeKind, type EdgeList, type Edges, edgeKinds } from './content-graph.js'

export interface ContentSimilarityOptions {
  /** SIMILAR_TO edges from content that leave one item, the strongest. */
  readonly contentSimilar: number
  /** Of two items this many years apart, half of the likeness is left. */
  readonly halfLifeYears: number
}

export const contentSimilarityDefaults: ContentSimilarityOptions = { contentSimilar: 50, halfLifeYears: 10 }

/** How much one name in common says, by kind; rarer names say more on top of that. */
const weightOf: Readonly<Record<EdgeKind, number>> = {
  CO_WATCHED: 0,
  SIMILAR_TO: 0,
  SEQUEL_OF: 0,
  SAME_FRANCHISE: 2,
  SAME_DIRECTOR: 1.5,
  SAME_CAST: 1,
  SAME_GENRE: 1,
  SAME_THEME: 1,
  SAME_COUNTRY: 0.5,
}

/** So many others are compared with an item at most; those it shares its rarest names with come first. */
const MOST_COMPARED = 2_000
/** The fade where a year is unknown. */
const UNKNOWN_YEAR = 0.5
const MS_PER_YEAR = 365.25 * 86_400_000

/** What is known of items before they are compared. */
export interface ItemContent {
  readonly itemCount: number
  /** Edges from items to hubs. */
  readonly hubEdges: Edges
  readonly catalogue: Catalogue
  /** The catalogue's row of each item; −1 for none. */
  readonly rows: Int32Array
}

/**
 * SIMILAR_TO from content: the cosine of what two items have in common, each name weighed by its kind and its rarity
 * (log(1 + items / items that have it)), times a fade with the years between them.
 */
export function addContentSimilar(
  { itemCount, hubEdges, catalogue, rows }: ItemContent,
  options: ContentSimilarityOptions,
  edges: EdgeList,
  checkpoint: (done: number) => void,
): void {
  const byItem = weighedNames(hubEdges, itemCount)
  const byHub = transpose(byItem)
  const norm = new Float64Array(itemCount)
  for (let item = 0; item < itemCount; item++) {
    for (let at = byItem.start[item]; at < byItem.start[item + 1]; at++) norm[item] += byItem.value[at] ** 2
  }
  const released = catalogue.numbers.releasedAt
  const year = Float64Array.from(rows, (row) => (row < 0 ? Number.NaN : released[row] / MS_PER_YEAR))
  const likeness = new Float64Array(itemCount) // of each other item to the current one; zero elsewhere
  for (let item = 0; item < itemCount; item++) {
    if (item % 64 === 0) checkpoint(item / itemCount)
    const others: number[] = []
    for (const at of rarestFirst(byItem, byHub, item)) {
      const hub = byItem.index[at]
      for (let k = byHub.start[hub]; k < byHub.start[hub + 1]; k++) {
        const other = byHub.index[k]
        if (other === item || (likeness[other] === 0 && others.length === MOST_COMPARED)) continue
        if (likeness[other] === 0) others.push(other)
        likeness[other] += byItem.value[at] * byHub.value[k]
      }
    }
    for (const other of others) {
      const apart = Math.abs(year[item] - year[other])
      const fade = Number.isNaN(apart) ? UNKNOWN_YEAR : 2 ** (-apart / options.halfLifeYears)
      likeness[other] *= fade / Math.sqrt(norm[item] * norm[other])
    }
    addStrongest(others, likeness, options.contentSimilar, (other, value) =>
      edges.add('SIMILAR_TO', 'content', item, other, value),
    )
  }
}

/** The positions of an item's names, the rarest first. */
function rarestFirst({ start, index }: Csr, byHub: Csr, item: number): number[] {
  const members = (at: number): number => byHub.start[index[at] + 1] - byHub.start[index[at]]
  return Array.from({ length: start[item + 1] - start[item] }, (_, k) => start[item] + k).sort(
    (a, b) => members(a) - members(b) || a - b,
  )
}

/** items × hubs: what each name in common is worth. Two edges between the same two, of cast and crew, are two nodes. */
function weighedNames({ kind, from, to }: Edges, itemCount: number): Csr {
  const isHub = Array.from(kind.keys()).filter((edge) => to[edge] >= itemCount)
  const row = isHub.map((edge) => from[edge])
  const column = isHub.map((edge) => to[edge] - itemCount)
  const hubs = column.reduce((most, hub) => Math.max(most, hub + 1), 0)
  const members = new Uint32Array(hubs)
  for (const hub of column) members[hub]++
  const value = isHub.map((edge, at) => weightOf[edgeKinds[kind[edge]]] * Math.log(1 + itemCount / members[column[at]]))
  return csrFromTriplets(itemCount, hubs, { row, column, value })
}
