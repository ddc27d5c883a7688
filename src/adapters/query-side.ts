import { devices } from '../domain/context.js'
import { partOfDayAt, partsOfDay } from '../domain/part-of-day.js'
import type { FeatureSpace } from './tier.js'

/** The circumstances that an adapter may learn by. What is unknown is left out. */
export interface Circumstances {
  /** 0–23, on the viewer's own clock. */
  readonly localHour?: number
  readonly device?: string
}

/** The row that always speaks. */
export const ALWAYS = 'always'

/** All cells: the row that always speaks, one for each part of the day, one for each device. */
export const allCells: readonly string[] = [
  ALWAYS,
  ...partsOfDay.map((part) => `daypart:${part}`),
  ...devices.map((device) => `device:${device}`),
]

/** c_q: 1 for the row that always speaks and for each cell that the circumstances fall into, else 0. Length d_q. */
export function querySide({ cells }: Pick<FeatureSpace, 'cells'>, { localHour, device }: Circumstances): Float32Array {
  const inside = new Set([ALWAYS])
  if (localHour !== undefined) inside.add(`daypart:${partOfDayAt(localHour)}`)
  if (device !== undefined) inside.add(`device:${device}`)
  return Float32Array.from(cells, (cell) => (inside.has(cell) ? 1 : 0))
}
