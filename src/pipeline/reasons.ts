import type { LabelField } from '../domain/filter.js'
import { itemIndex } from '../domain/ids.js'
import type { Query } from '../domain/query.js'
import type { Cause, Ranked, Reason, RecommendedItem } from '../domain/recommendation.js'
import type { Relation } from '../domain/relation.js'
import type { Catalogue } from '../features/catalogue.js'
import { topK } from '../math/top-k.js'
import type { Pool } from '../ranking/ranker.js'
import type { Scores } from '../world/score-memo.js'
import type { World } from '../world/visit.js'

/** At most this many of the user's own titles are named per source. */
const NAMED_TITLES = 2

/** At most this many sources are named per item. */
const NAMED_SOURCES = 3

/** A source that brought less of the score than this is not worth a sentence. */
const LEAST_WEIGHT = 0.01

/** Adds to each item why it is there: one reason per source that raised it, largest share first. */
export function whyEach(query: Query, ranked: readonly Ranked[], pools: readonly Pool[], world: World): RecommendedItem[] {
  if (!query.reasons) return ranked.map((entry) => ({ ...entry, reasons: [] }))
  const explainers = new Map(pools.map((pool) => [pool.source, createExplainer(pool, world)]))
  return ranked.map((entry) => ({ ...entry, reasons: reasonsFor(entry, explainers) }))
}

/** What one source says of an item that it raised; `weight` is its share of the item's score. Undefined: it cannot say. */
type Explainer = (item: number, weight: number) => Reason | undefined

function reasonsFor(entry: Ranked, explainers: ReadonlyMap<string, Explainer>): Reason[] {
  if (entry.parts.length === 0) return [{ kind: 'new' }]
  const lifting = entry.parts.filter(({ weight, value }) => weight * value > 0)
  const total = lifting.reduce((sum, part) => sum + part.weight * part.value, 0)
  const largest = lifting
    .filter(({ weight, value }) => weight * value >= LEAST_WEIGHT * total)
    .sort((a, b) => b.weight * b.value - a.weight * a.value)
  const reasons: Reason[] = []
  for (const { source, weight, value, causes } of largest) {
    if (reasons.length === NAMED_SOURCES) break
    const share = (weight * value) / total
    const reason = causes ? adapterReason(source, share, causes) : explainers.get(source)?.(entry.item, share)
    const isSaid = reason?.kind === 'popular' && reasons.some(({ kind }) => kind === 'popular')
    if (reason !== undefined && !isSaid) reasons.push(reason)
  }
  return reasons.length > 0 ? reasons : [{ kind: 'best-available' }]
}

/** The user's own adapter lifted it. Undefined where it cannot say by what. */
function adapterReason(source: string, weight: number, causes: readonly Cause[]): Reason | undefined {
  return causes.length === 0 ? undefined : { kind: 'adapter', source, weight, causes }
}

/** Asks the model itself which of the user's titles raised an item; a model that never looks at the history says "popular". */
function createExplainer({ source, scorer }: Pool, world: World): Explainer {
  const scores = world.visit.scores.of(scorer)
  if (scores === undefined) return () => undefined
  const { history, model } = scores
  if (model.explain === undefined) return (_item, weight) => ({ kind: 'popular', source, weight })

  if (model.path !== undefined) return (item, weight) => pathReason(item, weight, source, scores, world)
  const firstEntry = firstEntries(history.items)
  const isRepeating = firstEntry.some((first, entry) => first !== entry)
  const shares = new Float32Array(history.items.length)
  return (item, weight) => {
    model.explain?.(history, item, shares)
    let lift = 0
    for (let entry = 0; isRepeating && entry < shares.length; entry++) {
      if (firstEntry[entry] !== entry) {
        // A title watched twice is one cause: the later entry gives its share to the first.
        shares[firstEntry[entry]] += shares[entry]
        shares[entry] = 0
      }
    }
    for (let entry = 0; entry < shares.length; entry++) if (shares[entry] > 0) lift += shares[entry]
    const causes = Array.from(topK(shares, undefined, NAMED_TITLES)).filter((entry) => shares[entry] > 0)
    if (causes.length === 0) return undefined
    const items = causes.map((entry) => ({ item: itemIndex(history.items[entry]), share: shares[entry] / lift }))
    return { kind: 'because-watched', source, weight, items }
  }
}

/** The path through the content graph that leads from one of the user's titles to the item. */
function pathReason(item: number, weight: number, source: string, { model, history }: Scores, world: World): Reason | undefined {
  const path = model.path?.(history, item)
  if (path === undefined) return undefined
  const from = history.items[path.entry]
  const steps = path.steps.map(({ relation, via }, at) => {
    const start = at === 0 ? from : (path.steps[at - 1].via ?? from)
    const name = nameInCommon(world.snapshot.catalogue, relation, start, via ?? item)
    return { relation, ...(via !== undefined && { via: itemIndex(via) }), ...(name !== undefined && { name }) }
  })
  return { kind: 'path', source, weight, item: itemIndex(from), steps }
}

const fieldOf: Readonly<Partial<Record<Relation, LabelField>>> = {
  'same-director': 'directors',
  'same-cast': 'cast',
  'same-genre': 'genres',
  'same-theme': 'themes',
  'same-country': 'countries',
}

/** The first name that the second row's list has in common with the first's. */
function nameInCommon({ labels }: Catalogue, relation: Relation, a: number, b: number): string | undefined {
  const field = fieldOf[relation]
  if (field === undefined) return undefined
  const { start, codes, names } = labels[field]
  const known = new Set(codes.subarray(start[a], start[a + 1]))
  const shared = codes.subarray(start[b], start[b + 1]).find((code) => known.has(code))
  return shared === undefined ? undefined : names[shared]
}

/** For each entry, the first entry on the same item. */
function firstEntries(items: Uint32Array): Uint32Array {
  const first = new Map<number, number>()
  return items.map((item, entry) => {
    const known = first.get(item)
    if (known !== undefined) return known
    first.set(item, entry)
    return entry
  })
}
