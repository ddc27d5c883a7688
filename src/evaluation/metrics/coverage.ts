import type { Exposures } from './exposures.js'
import type { MetricCard } from './metric.js'

export const coverageCard: MetricCard = {
  name: 'coverage',
  formula: 'titles in at least one list of k / titles in the catalogue',
  source: 'Ge, Delgado-Battenfeld & Jannach, "Beyond accuracy", RecSys 2010 (catalogue coverage)',
  range: '0–1',
  better: 'higher',
}

/** Catalogue coverage — the share of the catalogue that anybody was shown. NaN for an empty catalogue. */
export function coverage(exposures: Exposures): number {
  return exposures.reduce((shown, count) => shown + (count > 0 ? 1 : 0), 0) / exposures.length
}
