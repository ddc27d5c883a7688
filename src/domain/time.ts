/** Milliseconds since 1970-01-01T00:00:00Z, as `Date.now()` gives them. */
export type EpochMs = number

export const MS_PER_SECOND = 1_000
export const MS_PER_HOUR = 3_600_000
export const MS_PER_DAY = 86_400_000

/** The earliest instant an event or an offer may carry: before it there was nothing to stream. */
export const EARLIEST_MS: EpochMs = Date.UTC(1970, 0, 1)

/** How far in the future an event may claim to be before it is refused: clocks differ, by minutes and not by days. */
export const FUTURE_TOLERANCE_MS = 24 * MS_PER_HOUR
