/**
 * Items similar to one: what the same people watch, what the content graph ties to it, and what its vector is near to.
 *
 *   score(i) = Σ_p w_p · x_p(i)  ÷  Σ_p w_p      over the parts p there are, each with x 1 at its best and 0 at its two hundredth
 *
 * A part that knows nothing of an item says 0, so that what several agree on comes first. An item that is the same work again
 * (a near-equal vector, or the same title of about the same year) is left out, and of one franchise no more than four come near the top.
 *
 * Choose  "more like this", without a user. With one, ask for recommendations.
 */
import { type ItemIndex, itemIndex } from '../domain/ids.js'
import type { Query } from '../domain/query.js'
import type { Ranked } from '../domain/recommendation.js'
import type { Kernels } from '../math/kernels.js'
import { withScratch } from '../math/scratch.js'
import { franchiseCap } from '../rules/franchise-cap.js'
import { bestRows } from '../world/best-rows.js'
import type { World } from '../world/visit.js'

interface Voice {
  readonly name: 'collaborative' | 'graph' | 'content'
  readonly weight: number
  /** The first of these models that is published speaks. */
  readonly models: readonly string[]
}

/** Content first: it is the one part that also knows items nobody has watched yet. */
const voices: readonly Voice[] = [
  { name: 'collaborative', weight: 1, models: ['item-knn', 'ease', 'als'] },
  { name: 'graph', weight: 0.6, models: ['graph-walk'] },
  { name: 'content', weight: 0.8, models: [] },
]

/** How many of each part's best are looked at. */
const FROM_EACH = 200
/** Vectors nearer than this are of the same work: a re-release, a second entry. */
const SAME_WORK = 0.985
const SAME_WORK_YEARS = 1
const MOST_OF_A_FRANCHISE = 4

/**
 * The best `query.count` items, best first. The world's history must be the item alone; it is never in the answer.
 * `silent` names the parts that could not speak.
 */
export function similarItems(
  item: ItemIndex,
  query: Query,
  world: World,
  kernels: Kernels,
): { readonly items: readonly Ranked[]; readonly silent: readonly string[] } {
  const heard = voices.flatMap((voice) => {
    const scores = voice.name === 'content' ? nearestInContent(item, world, kernels) : bestOf(voice, world)
    return scores === undefined ? [] : [{ voice, scores }]
  })
  const whole = heard.reduce((sum, { voice }) => sum + voice.weight, 0)
  const rows = [...new Set(heard.flatMap(({ scores }) => [...scores.keys()]))].filter((row) => row !== item)
  const ranked = rows.map((row): Ranked => {
    const parts = heard.flatMap(({ voice: { name, weight }, scores }) => {
      const value = scores.get(row)
      return value === undefined ? [] : [{ source: name, weight: weight / whole, value }]
    })
    return { item: itemIndex(row), score: parts.reduce((sum, { weight, value }) => sum + weight * value, 0), parts }
  })
  const inOrder = ranked.sort((a, b) => b.score - a.score || a.item - b.item)
  const others = withoutSameWork(item, inOrder, query.count + FROM_EACH, world)
  return {
    items: franchiseCap(MOST_OF_A_FRANCHISE).apply(query, others, world).slice(0, query.count),
    silent: voices.filter((voice) => heard.every((each) => each.voice !== voice)).map(({ name }) => name),
  }
}

/** By row: 1 for the best admissible, 0 for the last that is looked at. Undefined where no such model is published. */
function bestOf({ models }: Voice, { snapshot, visit }: World): ReadonlyMap<number, number> | undefined {
  const model = models.find((name) => snapshot.models.has(name))
  if (model === undefined) return undefined
  const scores = visit.scores.of({ model })?.values ?? new Float32Array(0)
  const rows = visit.scores.best({ model }, FROM_EACH).filter((row) => scores[row] > 0)
  return spread(rows, scores)
}

/** Undefined where the item has no vector. */
function nearestInContent(
  item: ItemIndex,
  { snapshot, visit }: World,
  kernels: Kernels,
): ReadonlyMap<number, number> | undefined {
  const { vectors, catalogue } = snapshot
  if (vectors === undefined) return undefined
  const own = vectors.of(item)
  if (own === undefined) return undefined
  return withScratch(kernels.arena, () => {
    const cosines = kernels.arena.f32(catalogue.count)
    vectors.scan(own, cosines, kernels)
    return spread(bestRows(cosines, visit.admissible, FROM_EACH, kernels), cosines)
  })
}

function spread(rows: Uint32Array, scores: Float32Array): ReadonlyMap<number, number> {
  const high = scores[rows[0]]
  const low = rows.length < FROM_EACH ? 0 : scores[rows[rows.length - 1]]
  return new Map(Array.from(rows, (row) => [row, high > low ? (scores[row] - low) / (high - low) : 1]))
}

/** Each work once, and none that is the item's own. Of two that are the same the better stays. */
function withoutSameWork(item: ItemIndex, ranked: readonly Ranked[], limit: number, world: World): readonly Ranked[] {
  const kept: Ranked[] = []
  for (const entry of ranked) {
    if (kept.length === limit) break
    const isKnown = isSameWork(entry.item, item, world) || kept.some((other) => isSameWork(entry.item, other.item, world))
    if (!isKnown) kept.push(entry)
  }
  return kept
}

function isSameWork(a: ItemIndex, b: ItemIndex, { snapshot }: World): boolean {
  const { titles, numbers } = snapshot.catalogue
  if (titles[a].toLowerCase() === titles[b].toLowerCase()) {
    const yearOf = (row: number): number => new Date(numbers.releasedAt[row]).getUTCFullYear()
    const apart = Math.abs(yearOf(a) - yearOf(b))
    return !(apart > SAME_WORK_YEARS) // the same title without a year: taken for the same
  }
  return (snapshot.vectors?.cosine(a, b) ?? 0) > SAME_WORK
}
