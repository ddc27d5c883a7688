import type { Family } from './family.js'

/** Languages, as BCP 47 tags. */
export const languages: Family = {
  name: 'languages',
  size: 64,
  tells: true,
  hasStanding: false,
  read: (item) => item.languages,
}
