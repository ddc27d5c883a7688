import { itemIndex } from '../domain/ids.js'
import type { Query } from '../domain/query.js'
import type { Part, Ranked, Reason, RecommendedItem } from '../domain/recommendation.js'
import { topK } from '../math/top-k.js'
import type { Pool } from '../ranking/ranker.js'
import type { World } from '../world/visit.js'

/** At most this many of the user's own titles are named per source. */
const NAMED_TITLES = 2

/** A source that brought less of the score than this is not worth a sentence. */
const LEAST_WEIGHT = 0.01

/** Adds to each item why it is there: one reason per source that raised it, largest share first. */
export function whyEach(query: Query, ranked: readonly Ranked[], pools: readonly Pool[], world: World): RecommendedItem[] {
  return ranked.map((entry) => ({ ...entry, reasons: query.reasons ? reasonsFor(entry, pools, world) : [] }))
}

function reasonsFor(entry: Ranked, pools: readonly Pool[], world: World): Reason[] {
  if (entry.parts.length === 0) return [{ kind: 'new' }]
  const lifting = entry.parts.filter(({ weight, value }) => weight * value > 0)
  const total = lifting.reduce((sum, part) => sum + part.weight * part.value, 0)
  const reasons = lifting
    .filter(({ weight, value }) => weight * value >= LEAST_WEIGHT * total)
    .sort((a, b) => b.weight * b.value - a.weight * a.value)
    .flatMap((part) => reasonOf(entry.item, part, (part.weight * part.value) / total, pools, world) ?? [])
  return reasons.length > 0 ? reasons : [{ kind: 'best-available' }]
}

/** Asks the model itself which of the user's titles raised its score. Undefined when it names none. */
function reasonOf(item: number, { source }: Part, weight: number, pools: readonly Pool[], world: World): Reason | undefined {
  const pool = pools.find((candidate) => candidate.source === source)
  const scores = pool && world.visit.scores.of(pool.scorer)
  if (scores === undefined) return undefined
  const { history, model } = scores
  if (model.explain === undefined) return { kind: 'popular', source, weight }

  const shares = new Float32Array(history.items.length)
  model.explain(history, item, shares)
  mergeRepeats(history.items, shares)
  let lift = 0
  for (const share of shares) if (share > 0) lift += share
  const causes = Array.from(topK(shares, undefined, NAMED_TITLES)).filter((entry) => shares[entry] > 0)
  if (causes.length === 0) return undefined
  const items = causes.map((entry) => ({ item: itemIndex(history.items[entry]), share: shares[entry] / lift }))
  return { kind: 'because-watched', source, weight, items }
}

/** A title watched twice is one cause: its later entries give their share to its first. In place. */
function mergeRepeats(items: Uint32Array, shares: Float32Array): void {
  const first = new Map<number, number>()
  for (let entry = 0; entry < items.length; entry++) {
    const before = first.get(items[entry])
    if (before === undefined) first.set(items[entry], entry)
    else {
      shares[before] += shares[entry]
      shares[entry] = 0
    }
  }
}
