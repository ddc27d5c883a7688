import { MS_PER_DAY } from '../../domain/time.js'
import type { Family } from './family.js'

const DAYS_PER_YEAR = 365.2425
const YEARS = 5

/** When it was released: its decade, and the span of five years it belongs to. */
export const era: Family = {
  name: 'era',
  size: 64,
  tells: true,
  hasStanding: false,
  read({ releasedAt }) {
    if (releasedAt === undefined) return []
    const year = Math.floor(1970 + releasedAt / MS_PER_DAY / DAYS_PER_YEAR)
    return [`decade ${Math.floor(year / 10)}`, `span ${Math.floor(year / YEARS)}`]
  },
}
