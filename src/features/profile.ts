import type { ClockOffset } from '../domain/clock.js'
import { MS_PER_DAY, MS_PER_HOUR } from '../domain/time.js'
import type { Catalogue } from './catalogue.js'
import type { History } from './history.js'
import type { LabelColumn } from './labels.js'

/**
 * What somebody's past says of their taste. Every entry weighs
 *
 *   engagement · 2^(−age in days / halfLifeDays)
 *
 * so that what was dismissed (engagement 0) says nothing, and what was seen again (engagement + 0.2, features/engagement.ts) says more.
 * Without an entry of positive weight everything is unknown: undefined or empty, never NaN.
 */
export interface Profile {
  /** Entries of positive weight. */
  readonly entries: number
  /** Sum of all weights. */
  readonly weight: number
  /** Direction of taste, see `preferenceVector`. Undefined when no entry has a vector. */
  readonly preference: Float32Array | undefined
  readonly affinities: Readonly<Record<AffinityField, readonly Affinity[]>>
  readonly pattern: Pattern | undefined
}

export const affinityFields = ['genres', 'directors', 'cast', 'franchise', 'themes', 'languages', 'countries'] as const
export type AffinityField = (typeof affinityFields)[number]

export interface Affinity {
  readonly name: string
  /** Share of the weight that lies on titles with this name, 0–1. */
  readonly share: number
  /** `share` beside the share of the catalogue's titles that have the name: 2 is twice as often as chance would have it. */
  readonly lift: number
  /** Different titles behind it. */
  readonly titles: number
}

/** When somebody watches: shares of the weight, each list adding up to 1. */
export interface Pattern {
  /** Of the hours 0 … 23 by the clock on the wall. */
  readonly hours: Float64Array
  /** Of the days of the week, Monday first. */
  readonly weekdays: Float64Array
}

export interface ProfileOptions {
  /** An entry this many days old counts half. */
  readonly halfLifeDays: number
  /** Most names per field. */
  readonly limit: number
}

export const profileDefaults: ProfileOptions = { halfLifeDays: 30, limit: 10 }

/** When each entry happened, by the clock on the wall. */
export interface LocalTimes {
  /** 0–23. */
  readonly hours: Uint8Array
  /** 0 (Monday) – 6. */
  readonly weekdays: Uint8Array
}

/** @param times one for each entry of the history */
export function profileOf(
  history: History,
  times: LocalTimes,
  catalogue: Catalogue,
  vectors: VectorsByRow | undefined,
  options: ProfileOptions,
): Profile {
  const weights = fadingWeights(history, options.halfLifeDays)
  const weight = weights.reduce((sum, each) => sum + each, 0)
  const affinity = (field: AffinityField): Affinity[] =>
    affinitiesOf(catalogue.labels[field], catalogue.count, history.items, weights, weight).slice(0, options.limit)
  return {
    entries: weights.filter((each) => each > 0).length,
    weight,
    preference: vectors && preferenceVector(vectors, history.items, weights),
    affinities: Object.fromEntries(affinityFields.map((field) => [field, affinity(field)])) as Record<AffinityField, Affinity[]>,
    pattern: weight > 0 ? patternOf(times, weights, weight) : undefined,
  }
}

/** The weight of each entry. */
export function fadingWeights({ engagement, ageDays }: History, halfLifeDays: number): Float64Array {
  return Float64Array.from(engagement, (value, entry) => value * 2 ** (-ageDays[entry] / halfLifeDays))
}

/**
 * The weighted mean of the entries' vectors, brought to unit length. Entries of weight 0 and items without a vector are left out.
 * Undefined when nothing is left, or when what is left cancels out.
 */
export function preferenceVector(
  { dimensions, of }: VectorsByRow,
  items: Uint32Array,
  weights: ArrayLike<number>,
): Float32Array | undefined {
  const sum = new Float64Array(dimensions)
  let total = 0
  for (let entry = 0; entry < items.length; entry++) {
    const vector = weights[entry] > 0 ? of(items[entry]) : undefined
    if (vector === undefined) continue
    total += weights[entry]
    for (let d = 0; d < dimensions; d++) sum[d] += weights[entry] * vector[d]
  }
  const length = Math.sqrt(sum.reduce((squares, value) => squares + (value / total) ** 2, 0))
  return length > CANCELLED ? Float32Array.from(sum, (value) => value / total / length) : undefined
}

/** The items' vectors by row of the catalogue. */
export interface VectorsByRow {
  readonly dimensions: number
  /** Of unit length; undefined where the item has none. */
  of(row: number): Float32Array | undefined
}

/** Of the length of the mean vector, which is 1 where all agree. */
const CANCELLED = 1e-6

/** By share, then by name. */
function affinitiesOf(
  { start, codes, names }: LabelColumn,
  count: number,
  items: Uint32Array,
  weights: Float64Array,
  total: number,
): Affinity[] {
  const found = new Map<number, { weight: number; readonly titles: Set<number> }>()
  items.forEach((item, entry) => {
    if (!(weights[entry] > 0)) return
    for (let at = start[item]; at < start[item + 1]; at++) {
      const known = found.get(codes[at]) ?? { weight: 0, titles: new Set<number>() }
      known.weight += weights[entry]
      known.titles.add(item)
      found.set(codes[at], known)
    }
  })
  const rows = new Uint32Array(names.length)
  for (const code of codes) rows[code]++
  return Array.from(found, ([code, { weight, titles }]) => {
    const share = weight / total
    return { name: names[code], share, lift: share / (rows[code] / count), titles: titles.size }
  }).sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1))
}

function patternOf({ hours, weekdays }: LocalTimes, weights: Float64Array, total: number): Pattern {
  const pattern = { hours: new Float64Array(24), weekdays: new Float64Array(7) }
  weights.forEach((weight, entry) => {
    pattern.hours[hours[entry]] += weight / total
    pattern.weekdays[weekdays[entry]] += weight / total
  })
  return pattern
}

const MONDAY_OFFSET = 3 // 1970-01-01 was a Thursday

/**
 * The hour and the day of each instant.
 *
 * @param occurredAt milliseconds since 1970
 * @param clock what the clock on the wall is ahead of UTC; see domain/clock.ts
 */
export function localTimes(occurredAt: ArrayLike<number>, clock: ClockOffset): LocalTimes {
  const wall = Float64Array.from(occurredAt, (instant) => instant + clock(instant))
  return {
    hours: Uint8Array.from(wall, (ms) => Math.floor((((ms % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY) / MS_PER_HOUR)),
    weekdays: Uint8Array.from(wall, (ms) => (((Math.floor(ms / MS_PER_DAY) + MONDAY_OFFSET) % 7) + 7) % 7),
  }
}
