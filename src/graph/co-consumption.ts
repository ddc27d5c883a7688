import type { Dataset } from '../features/dataset.js'
import { entryWeights, interactionMatrix } from '../features/interactions.js'
import { placesOf } from '../features/places.js'
import { transpose } from '../math/csr.js'
import { topK } from '../math/top-k.js'
import type { EdgeList } from './content-graph.js'

export interface CoConsumptionOptions {
  /** How many places after an item still count as watched together with it. */
  readonly window: number
  /** A follower this many places further on counts half. */
  readonly halfLifePlaces: number
  /** CO_WATCHED edges that leave one item, the strongest. */
  readonly coWatched: number
  /** SIMILAR_TO edges that leave one item, the strongest. */
  readonly similar: number
  /** Viewers that an item needs before what they do is half believed. */
  readonly shrinkage: number
  /** Of a longer history, only this many newest titles say what is similar, which bounds the work. */
  readonly newestPerUser: number
}

export const coConsumptionDefaults: CoConsumptionOptions = {
  window: 10,
  halfLifePlaces: 3,
  coWatched: 100,
  similar: 50,
  shrinkage: 20,
  newestPerUser: 300,
}

/**
 * CO_WATCHED: what people went on to. The weight is the share of an item's following places (nearer ones count more), shrunk to
 * none where few were seen.
 */
export function addCoWatched(
  data: Dataset,
  options: CoConsumptionOptions,
  edges: EdgeList,
  checkpoint: (done: number) => void,
): void {
  const wanted = entryWeights(data, 'one')
  const places = placesOf(data)
  const fade = Float64Array.from({ length: options.window }, (_, d) => 2 ** (-d / options.halfLifePlaces))
  const weight = new Float64Array(data.itemCount) // of each follower of the current item; zero elsewhere
  for (let item = 0; item < data.itemCount; item++) {
    if (item % 64 === 0) checkpoint(item / data.itemCount)
    const followers: number[] = []
    let total = options.shrinkage
    for (let k = places.start[item]; k < places.start[item + 1]; k++) {
      const from = places.entry[k]
      const end = Math.min(places.userEnd[from], from + 1 + options.window)
      for (let to = from + 1; to < end; to++) {
        const follower = data.items[to]
        if (wanted[from] === 0 || wanted[to] === 0 || follower === item) continue
        if (weight[follower] === 0) followers.push(follower)
        weight[follower] += fade[to - from - 1]
        total += fade[to - from - 1]
      }
    }
    addStrongest(followers, weight, options.coWatched, (follower, value) =>
      edges.add('CO_WATCHED', 'events', item, follower, value / total),
    )
  }
}

/** SIMILAR_TO from events: liked by the same people. The weight is the cosine of their viewers, shrunk where few share both. */
export function addSimilar(
  data: Dataset,
  options: CoConsumptionOptions,
  edges: EdgeList,
  checkpoint: (done: number) => void,
): void {
  const byUser = interactionMatrix(
    newestOf(data, options.newestPerUser),
    Int32Array.from(data.itemNos.keys()),
    data.itemCount,
    'one',
  )
  const byItem = transpose(byUser)
  const viewers = Float64Array.from({ length: data.itemCount }, (_, item) => byItem.start[item + 1] - byItem.start[item])
  const common = new Float64Array(data.itemCount) // viewers in common with the current item; zero elsewhere
  for (let item = 0; item < data.itemCount; item++) {
    if (item % 64 === 0) checkpoint(item / data.itemCount)
    const others: number[] = []
    for (let at = byItem.start[item]; at < byItem.start[item + 1]; at++) {
      const user = byItem.index[at]
      for (let k = byUser.start[user]; k < byUser.start[user + 1]; k++) {
        const other = byUser.index[k]
        if (other === item) continue
        if (common[other]++ === 0) others.push(other)
      }
    }
    for (const other of others) {
      const cosine = common[other] / Math.sqrt(viewers[item] * viewers[other])
      common[other] = cosine * (common[other] / (common[other] + options.shrinkage))
    }
    addStrongest(others, common, options.similar, (other, value) => edges.add('SIMILAR_TO', 'events', item, other, value))
  }
}

/** Hands over the strongest, ascending by item, and leaves zeros behind. */
export function addStrongest(
  items: readonly number[],
  weight: Float64Array,
  count: number,
  add: (item: number, weight: number) => void,
): void {
  const values = Float32Array.from(items, (item) => weight[item])
  const best = topK(values, undefined, count)
  const bar = values[best[best.length - 1] ?? 0]
  // Of equals the lower item stays, whatever the order of users; sorting all of them instead would be most of the work.
  const above = items.filter((_, at) => values[at] > bar)
  const level = items.filter((_, at) => values[at] === bar).sort((a, b) => a - b)
  const kept = [...above, ...level.slice(0, best.length - above.length)].sort((a, b) => a - b)
  for (const item of kept) if (weight[item] > 0) add(item, weight[item])
  for (const item of items) weight[item] = 0
}

/** The same dataset with at most so many entries a user, the newest. */
function newestOf(data: Dataset, count: number): Dataset {
  const engagement = data.engagement.slice()
  for (let user = 0; user < data.userCount; user++) {
    engagement.fill(0, data.start[user], Math.max(data.start[user], data.start[user + 1] - count))
  }
  return { ...data, engagement }
}
