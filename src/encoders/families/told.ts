import type { Described } from '../described.js'
import type { Family } from './family.js'

const fields = ['genres', 'cast', 'directors', 'themes', 'languages', 'countries', 'releasedAt', 'durationMinutes'] as const

/** Which fields are filled at all: what nobody cared to describe, few care to watch. */
export const told: Family = {
  name: 'told',
  size: 16,
  tells: false,
  hasStanding: false,
  read: (item) => fields.filter((field) => isTold(item[field])),
}

function isTold(value: Described[(typeof fields)[number]]): boolean {
  return typeof value === 'object' ? value.length > 0 : value !== undefined
}
