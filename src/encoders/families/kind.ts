import type { Family } from './family.js'

/** Film, series, track and so on. Alone it says nothing of what an item is like. */
export const kind: Family = { name: 'kind', size: 16, tells: false, hasStanding: false, read: (item) => [item.kind] }
