import type { ClockOffset } from '../domain/clock.js'
import type { Random } from '../domain/random.js'
import { type EpochMs, MS_PER_DAY, MS_PER_HOUR } from '../domain/time.js'
import { type AudienceOptions, spanStart } from './audience-options.js'
import { cumulate, drawIndex } from './cumulative.js'
import { daypartAt } from './dayparts.js'
import type { Viewer } from './viewer.js'

/** When a viewer sits down to watch, in order. */
interface Sittings {
  readonly startsAt: Float64Array
  /** How many events the viewer means to have had by the end of each sitting. */
  readonly eventsBy: Uint32Array
}

/** Spread of activity: with 0.9, the most active tenth of users has about a third of all events. */
const ACTIVITY_SIGMA = 0.9

// When people sit down, by local hour from midnight: weekday evenings, and weekends all day. Our own reading, not measured.
const weekdayHours = cumulate([
  1.2, 0.7, 0.4, 0.2, 0.2, 0.4, 1, 1.6, 1.5, 1.2, 1.2, 1.3, 1.8, 1.7, 1.4, 1.5, 1.9, 2.8, 4, 5.5, 6.5, 6, 4, 2.2,
])
const weekendHours = cumulate([
  2.2, 1.4, 0.8, 0.4, 0.2, 0.3, 0.8, 1.8, 2.8, 3.4, 3.6, 3.4, 3.2, 3.6, 4, 4, 4, 4.2, 4.6, 5.4, 6, 5.6, 4.4, 3,
])
/** A weekday sees this share of a weekend day's sittings. */
const WEEKDAY_SHARE = 0.7

/** The sittings of one viewer, who may have come late to the service or left it early. */
export function drawSittings(viewer: Viewer, options: AudienceOptions, random: Random): Sittings {
  const mean = Math.log(options.meanEvents) - ACTIVITY_SIGMA ** 2 / 2 // so that exp(mean + σξ) averages meanEvents
  const events = Math.floor(Math.exp(mean + ACTIVITY_SIGMA * random.normal()) + random.next())
  const eventsBy: number[] = []
  for (let planned = 0; planned < events; ) {
    planned = Math.min(events, planned + geometric(viewer.sittingLength, random))
    eventsBy.push(planned)
  }
  const stay = drawStay(options, random)
  const startsAt = Float64Array.from(eventsBy, () => drawStart(viewer, stay, random)).sort()
  return { startsAt, eventsBy: Uint32Array.from(eventsBy) }
}

/** From joining the service to leaving it, both inclusive. */
interface Stay {
  readonly from: EpochMs
  readonly to: EpochMs
}

/** Half of the users were there before the span; one in five leaves before its end. */
function drawStay(options: AudienceOptions, random: Random): Stay {
  const start = spanStart(options)
  const from = random.next() < 0.5 ? start : Math.floor(start + 0.6 * random.next() * (options.until - start))
  const to = random.next() < 0.8 ? options.until : Math.floor(from + (0.3 + 0.7 * random.next()) * (options.until - from))
  return { from, to }
}

/** A moment of the stay at which this viewer sits down. Where the stay is too short for habits, any moment of it. */
function drawStart({ clock, hoursLate }: Viewer, { from, to }: Stay, random: Random): EpochMs {
  for (let attempt = 0; attempt < 8; attempt++) {
    const someday = from + random.next() * (to - from)
    const localDay = Math.floor((someday + clock(someday)) / MS_PER_DAY)
    const isFree = isWeekend(localDay)
    if (!isFree && random.next() > WEEKDAY_SHARE) continue
    const usualHour = drawIndex(isFree ? weekendHours : weekdayHours, random)
    const hour = (usualHour + hoursLate + 24) % 24
    const local = localDay * MS_PER_DAY + (hour + random.next()) * MS_PER_HOUR
    const at = Math.floor(local - clock(someday))
    if (at >= from && at <= to) return at
  }
  return Math.floor(from + random.next() * (to - from))
}

/** The part of the week that a viewer's own clocks show. */
export function daypartOf(clock: ClockOffset, at: EpochMs): number {
  const local = at + clock(at)
  const day = Math.floor(local / MS_PER_DAY)
  return daypartAt((local - day * MS_PER_DAY) / MS_PER_HOUR, isWeekend(day))
}

/** Days since 1970-01-01, which was a Thursday. */
function isWeekend(day: number): boolean {
  const weekday = (((day + 4) % 7) + 7) % 7 // 0 is Sunday
  return weekday === 0 || weekday === 6
}

/** A whole number ≥ 1 with the given mean. */
function geometric(mean: number, random: Random): number {
  if (mean <= 1) return 1
  return 1 + Math.floor(Math.log(1 - random.next()) / Math.log(1 - 1 / mean))
}
