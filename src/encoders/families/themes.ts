import type { Family } from './family.js'

/** Themes and moods: keywords of any kind. */
export const themes: Family = {
  name: 'themes',
  size: 1024,
  tells: true,
  hasStanding: true,
  read: (item) => [...item.themes, ...item.moods.map((mood) => `mood ${mood}`)],
}
