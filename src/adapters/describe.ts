import type { Adapter } from './adapter.js'
import type { FeatureSpace, SharedTier } from './tier.js'

/** One thing that an adapter does: titles of which the feature is a deviation higher are lifted (or lowered) by so much, in log-odds. */
export interface Leaning {
  /** When: 'always', or a cell of the query, e.g. `device:phone`. */
  readonly cell: string
  readonly feature: string
  /** Above 0: lifted. As it would be at full voice. */
  readonly lift: number
}

/** Leanings weaker than this are not worth a line: odds that differ by a fiftieth. */
const LEAST_LIFT = 0.02

/** What an adapter lifts and lowers, by feature and cell, strongest first; at most `limit`. */
export function describeAdapter({ space }: SharedTier, adapter: Adapter, limit = 20): readonly Leaning[] {
  return leaningsOf(space, adapter.values)
    .filter(({ lift }) => Math.abs(lift) >= LEAST_LIFT)
    .slice(0, limit)
}

/**
 * How a candidate's effect goes with each feature: cov(effect, feature) = Σ_j B_kj cov(z_j, x_f), features being of deviation 1. Weights
 * would mislead where features go together: one of two equal features may carry the whole weight, or more than the whole.
 */
function leaningsOf({ cells, features, rank, loadings }: FeatureSpace, values: Float32Array): Leaning[] {
  const leanings = cells.flatMap((cell, k) =>
    features.map((feature, f): Leaning => {
      let lift = 0
      for (let j = 0; j < rank; j++) lift += values[k * rank + j] * loadings[j * features.length + f]
      return { cell, feature, lift }
    }),
  )
  return leanings.sort((a, b) => Math.abs(b.lift) - Math.abs(a.lift))
}
