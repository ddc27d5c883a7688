import type { EntryDetails } from './entry-details.js'

/** What models learn from: who did what, in order. Pure numbers; no name of anybody in it. */
export interface Dataset {
  readonly userCount: number
  readonly itemCount: number
  /** Entries of user u are start[u] … start[u + 1] − 1, oldest first. Length userCount + 1. */
  readonly start: Uint32Array
  /** Item row of each entry, 0 … itemCount − 1. */
  readonly items: Uint32Array
  /** 0–1 of each entry. */
  readonly engagement: Float32Array
  /** When, in days since 1970 (with fraction), of each entry. Non-decreasing within a user. */
  readonly days: Float64Array
  /** What else is known of each entry. Undefined: nothing, or what was cut off for models to learn from. */
  readonly details?: EntryDetails
  /** The durable number of the item each row stands for, ascending. Length itemCount. */
  readonly itemNos: Int32Array
  /** Everything in it happened before this day. */
  readonly asOfDay: number
  /** Names the content: same data, same fingerprint. */
  readonly fingerprint: string
}
