import { SonaError } from './errors.js'
import { type EpochMs, MS_PER_DAY } from './time.js'

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
