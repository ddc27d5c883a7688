import type { Family } from './family.js'

/** Who directs, writes it for the page, or sings: whatever the catalogue calls directors. */
export const directors: Family = {
  name: 'directors',
  size: 1024,
  tells: true,
  hasStanding: true,
  read: (item) => item.directors,
}
