/** What one user's adapter has learned. Never changes; a lesson makes a new one. */
export interface Adapter {
  /** The id of the feature space that it was learned in. */
  readonly space: string
  /** B_u: d_q × rank, row-major. Begins at zero. */
  readonly values: Float32Array
  /** How sure each number is: the curvature of what it was learned from, beside the prior's. d_q × rank. */
  readonly precisions: Float32Array
  readonly gate: Gate
  /** Lessons learned. */
  readonly lessons: number
  /** Sequence, within the user, of the last event it learned from; −1 before the first. */
  readonly learnedTo: number
}

/** Whether the adapter may speak: it is heard as far as it predicted its user's events better than the base did. */
export interface Gate {
  /** Discounted sum of log-likelihood with the adapter less without it, each event predicted before it was learned from. */
  readonly gain: number
  /** Discounted number of those events. */
  readonly weight: number
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
}
