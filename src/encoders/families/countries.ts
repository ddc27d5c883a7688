import type { Family } from './family.js'

/** Countries of origin. */
export const countries: Family = {
  name: 'countries',
  size: 64,
  tells: true,
  hasStanding: true,
  read: (item) => item.countries,
}
