import type { SharedTier } from './tier.js'

/**
 * Whether an adapter may speak: it is heard as far as it predicted its user's events better than the ranking without it did. Each event is
 * predicted first, with and without, and learned from after that ("prequential", Dawid, JRSS A 1984); what is added up is therefore
 * never of data that was learned from.
 *
 *   gain ← min(2, discount · gain + log p(with) − log p(without)),    openness = 1 − exp(−gain), 0 where the gain is not above 0
 *
 * exp(gain) is how many times likelier the events are with the adapter than without it (a Bayes factor whose past fades). A user's own gate
 * stops at 2: however long it went well, a few bad events shut it, as with Page's cumulative sums (Biometrika 1954). Without the bound a history
 * that was easy to learn, and then ended, would hold the gate open for dozens of bad lists (ADR 0026).
 */
export interface Gate {
  /** Discounted sum of log-likelihood with the adapter less without it, each event predicted before it was learned from. */
  readonly gain: number
  /** Discounted number of those events. */
  readonly weight: number
}

export const shutGate: Gate = { gain: 0, weight: 0 }

/** 0 (silent) … 1. */
export function openness({ gain }: Gate): number {
  return gain > 0 ? -Math.expm1(-gain) : 0
}

/** Openness 0.86. */
export const MOST_GAIN = 2

/** The gate after one more event. */
export function advance({ gain, weight }: Gate, difference: number, discount: number, most = Number.POSITIVE_INFINITY): Gate {
  return { gain: Math.min(most, discount * gain + difference), weight: discount * weight + 1 }
}

/** How much worse off (in log-likelihood) somebody must have been with B₀ before it falls silent for them: it has proved itself on all others. */
const PATIENCE = 1

/** How far B₀ is heard by somebody: as far as it helps everybody, unless it was seen not to help them. */
export function sharedOpenness({ gate }: SharedTier, own: Gate | undefined): number {
  return own !== undefined && own.gain < -PATIENCE ? 0 : openness(gate)
}
