import type { Family } from './family.js'

const STEP_MINUTES = 20
const LONGEST_STEP = 15

/** How long it takes, in steps of 20 minutes up to five hours. */
export const runtime: Family = {
  name: 'runtime',
  size: 16,
  tells: true,
  hasStanding: false,
  read: ({ durationMinutes }) =>
    durationMinutes === undefined ? [] : [String(Math.min(LONGEST_STEP, Math.floor(durationMinutes / STEP_MINUTES)))],
}
