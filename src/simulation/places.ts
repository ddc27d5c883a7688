import { SonaError } from '../domain/errors.js'
import { type EpochMs, MS_PER_DAY } from '../domain/time.js'

/** Where a part of the audience lives. */
export interface Place {
  /** ISO 3166 alpha-2. */
  readonly region: string
  /** IANA name. */
  readonly timeZone: string
  /** BCP 47. */
  readonly language: string
  /** Share of the audience, up to a factor. */
  readonly share: number
}

/** Eleven places on five continents, so that what is local is not the server's. The shares are ours. */
export const somePlaces: readonly Place[] = [
  { region: 'US', timeZone: 'America/New_York', language: 'en', share: 0.18 },
  { region: 'US', timeZone: 'America/Chicago', language: 'en', share: 0.1 },
  { region: 'US', timeZone: 'America/Los_Angeles', language: 'en', share: 0.1 },
  { region: 'GB', timeZone: 'Europe/London', language: 'en', share: 0.12 },
  { region: 'DE', timeZone: 'Europe/Berlin', language: 'de', share: 0.12 },
  { region: 'FR', timeZone: 'Europe/Paris', language: 'fr', share: 0.1 },
  { region: 'BR', timeZone: 'America/Sao_Paulo', language: 'pt', share: 0.08 },
  { region: 'IN', timeZone: 'Asia/Kolkata', language: 'en', share: 0.08 },
  { region: 'JP', timeZone: 'Asia/Tokyo', language: 'ja', share: 0.06 },
  { region: 'NG', timeZone: 'Africa/Lagos', language: 'en', share: 0.03 },
  { region: 'AU', timeZone: 'Australia/Sydney', language: 'en', share: 0.03 },
]

/** What a place's clocks are ahead of UTC, in milliseconds. */
export type ClockOffset = (at: EpochMs) => number

/**
 * The clock of a time zone, as it stands at noon UTC of each day and remembered by day: on the two days a year when clocks are
 * changed, it is an hour off for half of the day. Throws INVALID_REQUEST for a zone that nobody knows.
 */
export function clockOf(timeZone: string): ClockOffset {
  const format = formatOf(timeZone)
  const byDay = new Map<number, number>()
  return (at) => {
    const day = Math.floor(at / MS_PER_DAY)
    const known = byDay.get(day)
    if (known !== undefined) return known
    const noon = (day + 0.5) * MS_PER_DAY
    const offset = localAsUtc(format, noon) - noon
    byDay.set(day, offset)
    return offset
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch (cause) {
    throw new SonaError('INVALID_REQUEST', `No time zone is called ${timeZone}. Use an IANA name, e.g. Europe/Berlin.`, { cause })
  }
}

/** The instant at which UTC clocks show what the local ones show at `at`. */
function localAsUtc(format: Intl.DateTimeFormat, at: EpochMs): EpochMs {
  const shown = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const part = (type: Intl.DateTimeFormatPartTypes): number => shown.get(type)!
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}
