import { fold } from '../adapters/fold.js'
import { circumstancesOf, querySide } from '../adapters/query-side.js'
import type { Query } from '../domain/query.js'
import type { Cause, Part } from '../domain/recommendation.js'
import { personalOf } from '../world/personal.js'
import type { World } from '../world/visit.js'
import { effectsOf, itemSide } from './adapter-features.js'
import { featureWords } from './feature-words.js'
import { absenceOf, inLearnedOrder, type LearnedScores, learnedScores, sourceParts } from './learned-order.js'
import type { Ranker, SourceWeights } from './ranker.js'

/**
 * The learned ranker with the user's own adapter on top (adapters/adapter.ts).
 *
 *   score(i) = learned(i) + w · x_i / scale      w: the adapter folded for this query · x_i: adapter-features.ts · scale: log-odds per unit
 *
 * Without a tier, without an adapter that has proved itself, or beyond the cut, this is the learned ranker's order, bit for bit.
 *
 * Choose  where users return: an adapter speaks after some tens of events, if it was seen to help.
 * Avoid   where every visitor is new: it is `learned` then, at the cost of a look for an adapter.
 *
 * @param name of the learned ranker in the snapshot
 */
export function personalized(weights: SourceWeights, name: string): Ranker {
  const look: NonNullable<Ranker['look']> = (query, pools, world) => learnedScores(name, weights, query, pools, world)
  return {
    name: 'personalized',
    absence: (pools, world) => absenceOf(name, pools, world),
    look,
    rank(query, pools, world) {
      const said = look(query, pools, world)
      if (said === undefined) return []
      const leaning = leaningFor(query, world)
      if (leaning === undefined) return inLearnedOrder(said, said.scores, (k) => sourceParts(said, k, pools))
      const { tier, folded } = leaning
      const effects = effectsOf(folded, tier.space, said.table, world.snapshot.catalogue, said.cut)
      const scores = said.scores.map((score, k) => score + effects[k] / tier.scale)
      const adapterPart = (k: number): Part => ({
        source: ADAPTER,
        weight: 1,
        value: effects[k] / tier.scale,
        causes: causesOf(k, leaning, said, world),
      })
      return inLearnedOrder(said, scores, (k) => [...sourceParts(said, k, pools), adapterPart(k)])
    },
  }
}

/** What parts and reasons call what the adapter did. */
export const ADAPTER = 'adapter'

type Leaning = NonNullable<ReturnType<typeof leaningFor>>

function leaningFor(query: Query, world: World) {
  const personal = personalOf(world)
  if (personal === undefined) return undefined
  const { tier, adapter } = personal
  const folded = fold(tier, adapter, querySide(tier.space, circumstancesOf(query.context, world.visit.now)))
  return folded && { tier, folded }
}

/** At most this many properties are named. */
const NAMED = 3

/** Properties of candidate k that lifted it, by their share of what was lifted. */
function causesOf(k: number, { tier, folded }: Leaning, { table, cut }: LearnedScores, world: World): Cause[] {
  const { features } = tier.space
  const one = { names: table.names, values: table.values.subarray(k * table.names.length, (k + 1) * table.names.length) }
  const x = itemSide(tier.space, one, world.snapshot.catalogue, cut.subarray(k, k + 1))
  const byName = new Map<string, number>()
  for (const [f, feature] of features.entries()) {
    const name = featureWords(feature)
    byName.set(name, (byName.get(name) ?? 0) + folded[f] * x[f])
  }
  const lifting = [...byName].filter(([, lift]) => lift > 0).sort((a, b) => b[1] - a[1])
  const total = lifting.reduce((sum, [, lift]) => sum + lift, 0)
  return lifting.slice(0, NAMED).map(([cause, lift]) => ({ name: cause, share: lift / total }))
}
