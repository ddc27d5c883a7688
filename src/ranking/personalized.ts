import { fold, leaningOf } from '../adapters/fold.js'
import { circumstancesOf, querySide } from '../adapters/query-side.js'
import type { SharedTier } from '../adapters/tier.js'
import type { Query } from '../domain/query.js'
import type { Cause, Part } from '../domain/recommendation.js'
import { personalOf } from '../world/personal.js'
import type { World } from '../world/visit.js'
import { effectsOf, isGenre, itemSide } from './adapter-features.js'
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
  const look: NonNullable<Ranker['look']> = (query, pools, world, sought) =>
    learnedScores(name, weights, query, pools, world, sought)
  return {
    name: 'personalized',
    absence: (pools, world) => absenceOf(name, pools, world),
    look,
    rank(query, pools, world) {
      const said = look(query, pools, world)
      if (said === undefined) return []
      const voice = voiceFor(query, world)
      if (voice === undefined) return inLearnedOrder(said, said.scores, (k) => sourceParts(said, k, pools))
      const { tier, weights: folded } = voice
      const effects = effectsOf(folded, tier.space, said.table, world.snapshot.catalogue, said.cut)
      const scores = said.scores.map((score, k) => score + effects[k] / tier.scale)
      const adapterPart = (k: number): Part => ({
        source: ADAPTER,
        weight: 1,
        value: effects[k] / tier.scale,
        causes: causesOf(k, voice, said, world),
      })
      return inLearnedOrder(said, scores, (k) => [...sourceParts(said, k, pools), adapterPart(k)])
    },
  }
}

/** What parts and reasons call what the adapter did. */
export const ADAPTER = 'adapter'

/** What speaks in this question, folded for it. */
interface Voice {
  readonly tier: SharedTier
  /** One per feature. */
  readonly weights: Float32Array
  /** What it leans to, by feature: for explanations. */
  readonly leaning: () => Float32Array | undefined
}

function voiceFor(query: Query, world: World): Voice | undefined {
  const personal = personalOf(world)
  if (personal === undefined) return undefined
  const { tier, adapter } = personal
  const side = querySide(tier.space, circumstancesOf(query.context, world.visit.now))
  const weights = fold(tier, adapter, side)
  return weights && { tier, weights, leaning: () => leaningOf(tier, adapter, side) }
}

/** At most this many properties are named. */
const NAMED = 3

/**
 * In what candidate k is as the adapter leans: properties by their share of the agreement. A title is praised for the genres that it has, not
 * for those that it lacks.
 */
function causesOf(k: number, { tier, leaning }: Voice, { table, cut }: LearnedScores, { snapshot }: World): Cause[] {
  const { features } = tier.space
  const one = { names: table.names, values: table.values.subarray(k * table.names.length, (k + 1) * table.names.length) }
  const x = itemSide(tier.space, one, snapshot.catalogue, cut.subarray(k, k + 1))
  const leanings = leaning() ?? new Float32Array(features.length)
  const byName = new Map<string, number>()
  for (const [f, feature] of features.entries()) {
    const agreement = isGenre(feature) && x[f] <= 0 ? 0 : leanings[f] * x[f]
    if (agreement > 0) byName.set(featureWords(feature), (byName.get(featureWords(feature)) ?? 0) + agreement)
  }
  const total = [...byName.values()].reduce((sum, agreement) => sum + agreement, 0)
  const strongest = [...byName].sort((a, b) => b[1] - a[1]).slice(0, NAMED)
  return strongest.map(([name, agreement]) => ({ name, share: agreement / total }))
}
