import type { Family } from './family.js'

/** The franchise, where the catalogue names one. */
export const franchise: Family = {
  name: 'franchise',
  size: 512,
  tells: true,
  hasStanding: true,
  read: ({ franchise }) => (franchise === undefined ? [] : [franchise]),
}
