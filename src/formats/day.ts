import type { EpochMs } from '../domain/time.js'

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** The day that `22 Nov 1995`, `22-Nov-1995` or `Nov 22 1995` names, in UTC; undefined when it names none. */
export function parseDay(text: string): EpochMs | undefined {
  const found = /^(?:(\d{1,2})[ -]([a-z]{3})|([a-z]{3})[ -](\d{1,2}))[ -](\d{4})$/i.exec(text.trim())
  if (found === null) return undefined
  const month = months.indexOf((found[2] ?? found[3] ?? '').toLowerCase())
  return month === -1 ? undefined : dayOf(Number(found[5]), month + 1, Number(found[1] ?? found[4]))
}

/** Midnight in UTC; undefined for 30 February. */
export function dayOf(year: number, month: number, day: number): EpochMs | undefined {
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined
}
