import type { Family } from './family.js'

/** Who plays, the first so many: the tail of a long list says little. */
export const cast: Family = {
  name: 'cast',
  size: 2048,
  tells: true,
  hasStanding: true,
  read: (item) => item.cast.slice(0, 10),
}
