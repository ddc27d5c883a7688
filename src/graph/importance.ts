import type { Dataset } from '../features/dataset.js'
import { type ContentGraph, type EdgeKind, edgeKinds } from './content-graph.js'

/** How much the company an item keeps says of how much it will be watched. */
const trust: Readonly<Partial<Record<EdgeKind, number>>> = {
  SAME_FRANCHISE: 3,
  SAME_DIRECTOR: 1.5,
  SAME_CAST: 1,
  SAME_GENRE: 0.5,
  SAME_THEME: 0.5,
  SAME_COUNTRY: 0.3,
}

/** A hub of this many known items is half believed. */
const HALF_BELIEVED = 3

export interface Importance {
  /** Entries of each item, those an age of `halfLifeDays` before the newest counting half. 0 for an untouched item. */
  readonly popularity: Float64Array
  /**
   * What items in the same company usually reach: exp of the mean of log(1 + popularity) over the item's hubs, each weighed by
   * its kind and by how many known items it has. The catalogue's own mean where there is no company.
   */
  readonly expected: Float64Array
  /** The catalogue's mean on the same scale. */
  readonly mean: number
}

/** Node importance: what is watched, lately above all; and for titles that nobody has watched yet, what their company suggests. */
export function importanceOf(graph: ContentGraph, data: Dataset, halfLifeDays: number): Importance {
  const items = graph.itemNos.length
  const newest = data.days.reduce((latest, day) => Math.max(latest, day), Number.NEGATIVE_INFINITY)
  const popularity = new Float64Array(items)
  for (let entry = 0; entry < data.items.length; entry++) {
    popularity[data.items[entry]] += halfLifeDays > 0 ? 2 ** (-(newest - data.days[entry]) / halfLifeDays) : 1
  }
  const known = popularity.filter((value) => value > 0)
  const mean = known.reduce((sum, value) => sum + Math.log1p(value), 0) / Math.max(1, known.length)
  return { popularity, expected: expectedOf(graph, popularity, mean), mean: Math.exp(mean) }
}

function expectedOf({ itemNos, hubs, edges }: ContentGraph, popularity: Float64Array, mean: number): Float64Array {
  const items = itemNos.length
  const { kind, from, to } = edges
  const sum = new Float64Array(hubs.length)
  const count = new Float64Array(hubs.length)
  for (let edge = 0; edge < kind.length; edge++) {
    if (to[edge] < items || popularity[from[edge]] === 0) continue
    sum[to[edge] - items] += Math.log1p(popularity[from[edge]])
    count[to[edge] - items]++
  }
  const total = new Float64Array(items).fill(mean)
  const weights = new Float64Array(items).fill(1)
  for (let edge = 0; edge < kind.length; edge++) {
    if (to[edge] < items) continue
    const hub = to[edge] - items
    const weight = (trust[edgeKinds[kind[edge]]] ?? 0) * (count[hub] / (count[hub] + HALF_BELIEVED))
    total[from[edge]] += weight * ((sum[hub] + mean) / (count[hub] + 1))
    weights[from[edge]] += weight
  }
  return total.map((value, item) => Math.exp(value / weights[item]))
}
