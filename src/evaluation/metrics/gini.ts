import type { Exposures } from './exposures.js'
import type { MetricCard } from './metric.js'

export const giniCard: MetricCard = {
  name: 'gini',
  formula: 'Σ_i (2i − n − 1) · c_i / (n · Σ c), c ascending: how often each of the n titles was shown within k',
  source: 'Fleder & Hosanagar, "Blockbuster culture’s next rise or fall", Management Science 2009',
  range: '0 (all titles equally often) – 1 (one title only)',
  better: 'lower',
}

/** Gini index of exposure. Titles never shown count with 0. NaN when nothing was shown. */
export function gini(exposures: Exposures): number {
  const ascending = exposures.slice().sort()
  const n = ascending.length
  let weighted = 0
  let total = 0
  for (let i = 0; i < n; i++) {
    weighted += (2 * (i + 1) - n - 1) * ascending[i]
    total += ascending[i]
  }
  return weighted / (n * total)
}
