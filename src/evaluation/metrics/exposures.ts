/** How often each title of the catalogue was shown, counted over all lists of a row. */
export type Exposures = Uint32Array

/** Adds the first k titles of a list. In place; the counts of several threads may simply be added up. */
export function countExposures(exposures: Exposures, ranked: ArrayLike<number>, k: number): void {
  for (let place = 0; place < Math.min(k, ranked.length); place++) exposures[ranked[place]]++
}
