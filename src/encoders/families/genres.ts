import type { Family } from './family.js'

/** Genres, by their normalised names. */
export const genres: Family = { name: 'genres', size: 128, tells: true, hasStanding: true, read: (item) => item.genres }
