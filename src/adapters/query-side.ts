import { type ClockOffset, clockOf } from '../domain/clock.js'
import { devices } from '../domain/context.js'
import { partOfDayAt, partsOfDay } from '../domain/part-of-day.js'
import { type EpochMs, MS_PER_DAY } from '../domain/time.js'
import type { FeatureSpace } from './tier.js'

/** The circumstances that an adapter may learn by. What is unknown is left out. */
export interface Circumstances {
  /** 0–23, on the viewer's own clock. */
  readonly localHour?: number
  readonly device?: string
}

const MS_PER_HOUR = MS_PER_DAY / 24

/** Clocks by zone: making one costs as much as scoring a hundred candidates. */
const clocks = new Map<string, ClockOffset>()
const MOST_CLOCKS = 2_000 // spellings differ in case; a caller must not fill the memory with them

/** The circumstances of a request or an event at an instant. Throws INVALID_REQUEST for a time zone that nobody knows. */
export function circumstancesOf(
  { timeZone, device }: { readonly timeZone?: string; readonly device?: string },
  at: EpochMs,
): Circumstances {
  return {
    ...(timeZone !== undefined && { localHour: Math.floor(((at + offsetOf(timeZone, at)) % MS_PER_DAY) / MS_PER_HOUR) }),
    ...(device !== undefined && { device }),
  }
}

function offsetOf(timeZone: string, at: EpochMs): number {
  const clock = clocks.get(timeZone) ?? clockOf(timeZone)
  if (clocks.size >= MOST_CLOCKS) clocks.clear()
  clocks.set(timeZone, clock)
  return clock(at)
}

/** The row that always speaks. */
export const ALWAYS = 'always'

/** All cells: the row that always speaks, one for each part of the day, one for each device. */
export const allCells: readonly string[] = [
  ALWAYS,
  ...partsOfDay.map((part) => `daypart:${part}`),
  ...devices.map((device) => `device:${device}`),
]

/** c_q where nothing is known of the circumstances: the row that always speaks, alone. */
export function everybody(space: Pick<FeatureSpace, 'cells'>): Float32Array {
  return querySide(space, {})
}

/** c_q: 1 for the row that always speaks and for each cell that the circumstances fall into, else 0. Length d_q. */
export function querySide({ cells }: Pick<FeatureSpace, 'cells'>, { localHour, device }: Circumstances): Float32Array {
  const inside = new Set([ALWAYS])
  if (localHour !== undefined) inside.add(`daypart:${partOfDayAt(localHour)}`)
  if (device !== undefined) inside.add(`device:${device}`)
  return Float32Array.from(cells, (cell) => (inside.has(cell) ? 1 : 0))
}
