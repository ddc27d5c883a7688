import type { Query } from '../domain/query.js'
import type { Ranked } from '../domain/recommendation.js'
import type { World } from '../world/visit.js'
import type { Rule } from './rule.js'

/**
 * Maximal marginal relevance: the list is built from the top, each time with the title of the highest
 *
 *   λ · relevance − (1 − λ) · highest cosine to a title that already stands above
 *
 * Relevance is the rank score brought to 0–1 over the pool, which is `POOL` times as long as the answer: a pool no longer than the
 * answer would only be shuffled. A title without a vector is like nothing. Without vectors the order stays.
 *
 * Carbonell & Goldstein, "The use of MMR, diversity-based reranking for reordering documents and producing summaries", SIGIR 1998.
 * Cost: count · pool · dimensions.
 *
 * @param lambda 1: relevance alone; 0: unlikeness alone
 */
export function diversity(lambda: number): Rule {
  return {
    name: 'diversity',

    apply(query: Query, ranked: readonly Ranked[], { snapshot }: World): readonly Ranked[] {
      const { vectors } = snapshot
      if (vectors === undefined || ranked.length < 2) return ranked
      const pool = ranked.slice(0, POOL * query.count)
      const own = pool.map(({ item }) => vectors.of(item))
      const relevance = between0And1(pool)
      const likeness = new Float64Array(pool.length) // to the most alike title above
      const isTaken = new Uint8Array(pool.length)
      const order: number[] = []
      for (let place = 0; place < Math.min(query.count, pool.length); place++) {
        const worth = (k: number): number => lambda * relevance[k] - (1 - lambda) * likeness[k]
        let best = -1
        for (let k = 0; k < pool.length; k++) if (isTaken[k] === 0 && (best < 0 || worth(k) > worth(best))) best = k
        isTaken[best] = 1
        order.push(best)
        const chosen = own[best]
        if (chosen === undefined) continue
        for (let k = 0; k < pool.length; k++) {
          const other = isTaken[k] === 1 ? undefined : own[k]
          if (other !== undefined) likeness[k] = Math.max(likeness[k], dot(chosen, other))
        }
      }
      return [...order.map((k) => pool[k]), ...pool.filter((_, k) => isTaken[k] === 0), ...ranked.slice(pool.length)]
    },
  }
}

const POOL = 5

/** 1 for the best score, 0 for the lowest; all 1 where they are equal. */
function between0And1(pool: readonly Ranked[]): Float64Array {
  const scores = Float64Array.from(pool, ({ score }) => score)
  const low = scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY)
  const high = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY)
  return scores.map((score) => (high > low ? (score - low) / (high - low) : 1))
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let d = 0; d < a.length; d++) sum += a[d] * b[d]
  return sum
}
