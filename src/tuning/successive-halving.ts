/**
 * Successive halving — many candidates are measured cheaply, the better third more dearly, and so on: what is clearly bad costs little.
 *
 *   rung k asks users · 3^(k − last) users; of n candidates the best ⌈n / 3⌉ go on
 *
 * Jamieson & Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", AISTATS 2016; several brackets one
 * after the other as in Li et al., "Hyperband", JMLR 2018, with the factor 3 that they advise.
 *
 * Departs from both in what a bracket begins with: later ones look near the best that earlier ones found (see settings.ts), and every
 * bracket has the same rungs. And no rung asks fewer than 1,000 users, or all if there are fewer: on MovieLens-100K, what 314 users
 * liked best was not what all 943 did.
 */
export interface Rung {
  /** How many users are asked. Each rung asks all users of the rung below, and more. */
  readonly users: number
  /** `users` as a share of the last rung's; models that train in sweeps train this share of them. */
  readonly share: number
}

const FACTOR = 3
const MOST_RUNGS = 3
const LEAST_USERS = 1_000

/** From the cheapest to the one that counts. */
export function rungsFor(users: number): readonly Rung[] {
  const sizes = [users]
  while (sizes.length < MOST_RUNGS && sizes[0] / FACTOR >= LEAST_USERS) sizes.unshift(Math.round(sizes[0] / FACTOR))
  return sizes.map((size) => ({ users: size, share: size / users }))
}

/** What candidates are worth on a rung, in their order. Shorter than the candidates when time ran out: the first ones were measured. */
export type Measure<T> = (candidates: readonly T[], rung: Rung) => Promise<readonly number[]>

export interface Finalist<T> {
  readonly candidate: T
  /** On the last rung. */
  readonly value: number
}

/**
 * Those that were measured on the last rung, the first-born first. When the time of a rung runs out, the best of those that it could
 * measure go on. Of equals the first-born goes on.
 */
export async function successiveHalving<T>(
  candidates: readonly T[],
  rungs: readonly Rung[],
  measure: Measure<T>,
): Promise<readonly Finalist<T>[]> {
  let alive = candidates
  for (const rung of rungs.slice(0, -1)) {
    const values = await measure(alive, rung)
    alive = bestOf(alive.slice(0, values.length), values, Math.ceil(values.length / FACTOR))
    if (alive.length === 0) return []
  }
  const values = await measure(alive, rungs[rungs.length - 1])
  return values.map((value, at) => ({ candidate: alive[at], value }))
}

/** In their old order. A value that is not known is below all others. */
function bestOf<T>(candidates: readonly T[], values: readonly number[], count: number): readonly T[] {
  const worth = (at: number): number => (Number.isNaN(values[at]) ? Number.NEGATIVE_INFINITY : values[at])
  const order = [...candidates.keys()].sort((a, b) => worth(b) - worth(a) || a - b)
  const chosen = new Set(order.slice(0, count))
  return candidates.filter((_, at) => chosen.has(at))
}
