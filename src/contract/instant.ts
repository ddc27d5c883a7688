import type { EpochMs } from '../domain/time.js'

/** The last instant that is taken: four-digit years only. */
export const LATEST_MS: EpochMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** The first instant of year 1: works are older than streaming. */
export const FIRST_RELEASE_MS: EpochMs = new Date('0001-01-01T00:00:00Z').getTime()

const iso8601 = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,3})\d*)?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i

/**
 * The instant that an ISO 8601 date or date-time names; undefined when it is none, 30 February included. Years 1–9999.
 * Without a time it is midnight; without a zone it is UTC, so that one file means the same on every machine.
 */
export function parseInstant(text: string): EpochMs | undefined {
  const found = iso8601.exec(text.trim())
  if (found === null) return undefined
  const part = (group: number): number => Number(found[group] ?? 0)
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)]
  if (year === 0 || hour > 23 || minute > 59 || second > 59) return undefined
  const millisecond = Number((found[7] ?? '').padEnd(3, '0'))
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day) // unlike Date.UTC, takes the years 1–99 as they are
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return date.setUTCHours(hour, minute, second, millisecond) - zoneOffsetMs(found[8])
}

/** `+02:00`, `+0200` and `+02` alike. */
function zoneOffsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0')
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}
