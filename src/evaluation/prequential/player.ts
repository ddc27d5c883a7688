/**
 * The prequential player: events in the order of time over all users, each ranked by every row, scored, and then learned from.
 *
 *   base                the learned ranker alone
 *   shared              + ONE shared tier that steps after everybody's events (the control)
 *   adapters-ungated    + shared + each user's own adapter, always at full voice
 *   adapters            + shared + each user's own adapter as far as its gate lets it: what serves
 *   adapters-shuffled   + shared + the adapter of another user, gate and all (the placebo)
 *
 * Dawid, "Statistical theory: the prequential approach", JRSS A 1984.
 *
 * Cost    a row's scoring is O(candidates · features), its learning O(candidates · rank); see bench/adapters.ts.
 */
import { type Adapter, emptyAdapter, type Lesson } from '../../adapters/adapter.js'
import { fold } from '../../adapters/fold.js'
import { openness } from '../../adapters/gate.js'
import { learnFrom, study } from '../../adapters/learn.js'
import { learnShared } from '../../adapters/shared.js'
import type { SharedTier } from '../../adapters/tier.js'
import { type Candidates, gainOf } from './gain.js'

export const prequentialRows = ['base', 'shared', 'adapters-ungated', 'adapters', 'adapters-shuffled'] as const
export type PrequentialRow = (typeof prequentialRows)[number]

/** One event as the player meets it. */
export interface PlayedEvent extends Candidates {
  readonly user: number
  /** Grows with the user's events. */
  readonly sequence: number
  readonly lesson: Lesson
}

export interface Player {
  /** Ranks by every row and writes the NDCG of each to out[0 …], in the order of `prequentialRows`. */
  score(event: PlayedEvent, out: Float64Array): void
  /** Every row learns from the event. */
  learn(event: PlayedEvent): void
  /** How far the user's adapter is heard now. */
  opennessOf(user: number): number
  readonly tier: SharedTier
}

export interface PlayerOptions {
  /** The cut-off of NDCG. */
  readonly at: number
  /** Whose adapter each user is given in the placebo's row. */
  readonly strangerOf: Uint32Array
  /** What users' adapters learned before the first event that is played. Default: nothing. */
  readonly beginnings?: ReadonlyMap<number, Adapter>
}

export function createPlayer(start: SharedTier, { at, strangerOf, beginnings }: PlayerOptions): Player {
  let tier = start
  const adapters = new Map(beginnings)
  const adapterOf = (user: number): Adapter => adapters.get(user) ?? emptyAdapter(tier.space)

  return {
    score({ user, lesson, ...candidates }, out) {
      const own = adapterOf(user)
      const gain = (adapter: Adapter | undefined): number =>
        gainOf(scoresOf(lesson, tier, adapter), lesson.target, candidates, at)
      out[0] = gainOf(lesson.base, lesson.target, candidates, at)
      out[1] = gain(undefined)
      out[2] = gain({ ...own, gate: wideOpen })
      out[3] = gain(own)
      out[4] = gain(adapterOf(strangerOf[user]))
    },
    learn({ user, sequence, lesson }) {
      adapters.set(user, learnFrom(adapterOf(user), study(lesson, tier), tier, sequence))
      tier = learnShared(tier, lesson)
    },
    opennessOf: (user) => openness(adapterOf(user).gate),
    get tier() {
      return tier
    },
  }
}

const wideOpen = { gain: Number.POSITIVE_INFINITY, weight: 1 }

/** The candidates' scores with what the tier and an adapter add; the base's own where nothing speaks, bit for bit. */
export function scoresOf({ base, features, query }: Lesson, tier: SharedTier, adapter: Adapter | undefined): ArrayLike<number> {
  const weights = fold(tier, adapter, query)
  if (weights === undefined) return base
  const scores = new Float64Array(base.length)
  for (let i = 0, at = 0; i < scores.length; i++) {
    let sum = tier.scale * base[i]
    for (let f = 0; f < weights.length; f++, at++) sum += weights[f] * features[at]
    scores[i] = sum
  }
  return scores
}
