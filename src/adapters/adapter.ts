import { type Gate, shutGate } from './gate.js'
import type { FeatureSpace } from './tier.js'

/**
 * The per-user low-rank adapter: a mixed-effects conditional logit over the learned ranker's candidates.
 *
 *   P(take i | list) ∝ weight_i · exp(scale · base_i + c_qᵀ (s·B₀ + g·B_u) A x_i)      c_q: cells of the query · A: rank × d · x_i: features
 *
 * B₀ is everybody's, B_u the user's own; s and g say how far each is heard (gate.ts). A holds the directions along which users were
 * seen to differ (fit-tier.ts), so that a user is d_q × rank numbers, most of them near 0.
 *
 * Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022, for the form; McFadden & Train, "Mixed MNL models for discrete
 * response", J. Appl. Econometrics 2000, for the model; ADR 0023 for why this form and no larger one.
 *
 * Cost    d_q·rank + rank·d operations a question, d a candidate; see bench/adapters.ts.
 */
export interface Adapter {
  /** The id of the feature space that it was learned in. */
  readonly space: string
  readonly rank: number
  /** B_u: d_q × rank, row-major. Begins at zero. */
  readonly values: Float32Array
  /** How sure each number is: the curvature of what it was learned from, beside the prior's. d_q × rank. */
  readonly precisions: Float32Array
  /** Of B_u against the ranking without it. */
  readonly gate: Gate
  /** Of B₀ against the base, for this user. */
  readonly sharedGate: Gate
  /** Lessons learned. */
  readonly lessons: number
  /** Sequence, within the user, of the last event it learned from; −1 before the first. */
  readonly learnedTo: number
}

/** One event as an adapter learns from it: what was ranked just before it, and what was taken or refused. n candidates. */
export interface Lesson {
  /** The base ranker's score of each candidate. */
  readonly base: Float32Array
  /** n × d, normalised as the feature space says. */
  readonly features: Float32Array
  /** How many candidates each stands for. */
  readonly weight: Float32Array
  /** Place of the event's title among them. */
  readonly target: number
  /** Taken (0–1: how much of it) or refused (−1–0). */
  readonly liking: number
  /** c_q: the query's cells, as of the event. */
  readonly query: Float32Array
  /** The candidates are from beyond those that are ranked (ranking/beyond-the-cut.ts): what all share does not learn from it. */
  readonly isBeyond?: boolean
}

/** The adapter of somebody of whom nothing is known: it says nothing. */
export function emptyAdapter({ id, cells, rank }: FeatureSpace): Adapter {
  return {
    space: id,
    rank,
    values: new Float32Array(cells.length * rank),
    precisions: new Float32Array(cells.length * rank),
    gate: shutGate,
    sharedGate: shutGate,
    lessons: 0,
    learnedTo: -1,
  }
}
