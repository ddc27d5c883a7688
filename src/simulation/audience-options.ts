import { SonaError } from '../domain/errors.js'
import { EARLIEST_MS, type EpochMs, MS_PER_DAY } from '../domain/time.js'
import { MAX_REGIONS } from './offer-windows.js'
import { type Place, somePlaces } from './places.js'

/** What an audience is like. Every field but `until` has a default; `audienceOptions` fills them in. */
export interface AudienceOptions {
  /** How many users to make. */
  readonly users: number
  /** The number of the first one: [firstUser, firstUser + users) of an audience without end. */
  readonly firstUser: number
  /** Events per user, on average, everything counted. Few have many: log-normal with σ = 0.9. */
  readonly meanEvents: number
  /** How many days the events span. */
  readonly days: number
  /** The end of the span; no event is later. */
  readonly until: EpochMs
  /** Length of the vectors of taste. 8–32; more make tastes harder to tell apart from few events. */
  readonly tasteDimensions: number
  /** Share of a title's character that its metadata does not tell, 0–1: what content alone can never learn. */
  readonly hiddenShare: number
  /** Each interest is given up for a new one at this rate: 0.004 keeps half of them for 173 days. 0: never. */
  readonly driftPerDay: number
  /** No interest is given up in the first so many days of the span. */
  readonly steadyDays: number
  /** Share of accounts that two people use: each with interests, a device and hours of their own, 0–1. */
  readonly householdShare: number
  /** Zipf exponent of how well known titles are. 0: all alike; 1: a few hits take most. */
  readonly popularitySkew: number
  /** Chance that a finished episode is followed by the next; a film's sequel follows half as often. 0–1. */
  readonly followShare: number
  /** Chance that the next title is looked for among those related to the last one, 0–1. */
  readonly relatedShare: number
  /** How much weekday and hour decide what is watched. 0: nothing; 1: as in the table of dayparts. */
  readonly habitStrength: number
  /** Share of viewings that have nothing to do with the user's taste (somebody else held the remote), 0–1. */
  readonly noise: number
  /** How many titles that were looked over before a viewing are told as impressions, with a click on the chosen one. 0–8. */
  readonly impressionsPerView: number
  /** Where users live; one is drawn by share for each. */
  readonly places: readonly Place[]
}

const audienceDefaults: Omit<AudienceOptions, 'until'> = {
  users: 1_000,
  firstUser: 0,
  meanEvents: 40,
  days: 180,
  tasteDimensions: 16,
  hiddenShare: 0.35,
  driftPerDay: 0.004,
  steadyDays: 0,
  householdShare: 0,
  popularitySkew: 0.8,
  followShare: 0.7,
  relatedShare: 0.35,
  habitStrength: 1,
  noise: 0.1,
  impressionsPerView: 0,
  places: somePlaces,
}

/** The options with defaults filled in. Throws INVALID_REQUEST, naming the field, for one outside its range. */
export function audienceOptions(given: Partial<AudienceOptions> & Pick<AudienceOptions, 'until'>): AudienceOptions {
  const options = { ...audienceDefaults, ...given }
  const whole = ['users', 'firstUser', 'until', 'tasteDimensions', 'impressionsPerView'] as const
  for (const field of whole) demand(Number.isInteger(options[field]), field, 'a whole number')
  demand(options.users >= 0, 'users', 'at least 0')
  demand(options.firstUser >= 0, 'firstUser', 'at least 0')
  demand(options.meanEvents > 0 && options.meanEvents <= 100_000, 'meanEvents', 'above 0 and at most 100,000')
  demand(options.days > 0 && options.days <= 36_525, 'days', 'above 0 and at most 36,525')
  demand(options.until - options.days * MS_PER_DAY >= EARLIEST_MS, 'until', 'at least `days` after 1970')
  demand(options.tasteDimensions >= 2 && options.tasteDimensions <= 256, 'tasteDimensions', '2–256')
  demand(options.impressionsPerView >= 0 && options.impressionsPerView <= 8, 'impressionsPerView', '0–8')
  demand(options.driftPerDay >= 0 && options.driftPerDay <= 10, 'driftPerDay', '0–10')
  demand(options.steadyDays >= 0, 'steadyDays', 'at least 0')
  demand(options.popularitySkew >= 0 && options.popularitySkew <= 3, 'popularitySkew', '0–3')
  demand(options.habitStrength >= 0 && options.habitStrength <= 10, 'habitStrength', '0–10')
  const shares = ['hiddenShare', 'followShare', 'relatedShare', 'noise', 'householdShare'] as const
  for (const field of shares) demand(options[field] >= 0 && options[field] <= 1, field, '0–1')
  const totalShare = options.places.reduce((sum, { share }) => sum + share, 0)
  demand(totalShare > 0 && options.places.every(({ share }) => share >= 0), 'places', 'places with shares above 0')
  demand(regionsOf(options).length <= MAX_REGIONS, 'places', `at most ${MAX_REGIONS} different regions`)
  return options
}

/** The regions that users live in. */
export function regionsOf({ places }: AudienceOptions): string[] {
  return [...new Set(places.map(({ region }) => region))]
}

/** The first moment of the span. */
export function spanStart({ until, days }: AudienceOptions): EpochMs {
  return Math.ceil(until - days * MS_PER_DAY)
}

function demand(holds: boolean, field: string, expected: string): void {
  if (!holds) throw new SonaError('INVALID_REQUEST', `A simulated audience needs ${field}: ${expected}.`)
}
