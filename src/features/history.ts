/** What a user did, oldest first, one entry per visit to an item. All arrays have one length. */
export interface History {
  /** Rows of the catalogue (or of a dataset, where a dataset is at hand). */
  readonly items: Uint32Array
  /** 0–1; see engagement.ts. */
  readonly engagement: Float32Array
  /** Age at the time of the question, in days, never negative. */
  readonly ageDays: Float32Array
}

/** A history as models read it: each entry with the weight it has now. Oldest first. */
export interface WeightedHistory {
  readonly items: Uint32Array
  readonly weights: Float32Array
}

/** How the past fades. Both half-lives may be given: their factors multiply. Neither: nothing fades. */
export interface Recency {
  /** An entry this many places before the last one counts half. */
  readonly halfLifePositions?: number
  /** An entry this many days old counts half. */
  readonly halfLifeDays?: number
  /** Older entries than this many are left out. Default: all. */
  readonly maxEntries?: number
}

export const noRecency: Recency = {}

/** Where fading by place leaves less than a thousandth of the newest entry's weight, older entries are left out. */
const NEGLIGIBLE = 2 ** -10

/**
 * Writes the last entries of a history with their weights into `into`, whose arrays must hold `history.items.length` entries.
 * Weight = engagement · 2^(−places/halfLifePositions) · 2^(−ageDays/halfLifeDays); entries of negligible weight are left out.
 */
export function weighHistory(history: History, recency: Recency, into: WeightedHistory): WeightedHistory {
  const { halfLifePositions = Number.POSITIVE_INFINITY, halfLifeDays = Number.POSITIVE_INFINITY } = recency
  const length = history.items.length
  const reach = Math.ceil(-Math.log2(NEGLIGIBLE) * halfLifePositions)
  const first = Math.max(0, length - Math.min(recency.maxEntries ?? length, reach))
  for (let entry = first; entry < length; entry++) {
    const fade = 2 ** (-(length - 1 - entry) / halfLifePositions - history.ageDays[entry] / halfLifeDays)
    into.items[entry - first] = history.items[entry]
    into.weights[entry - first] = history.engagement[entry] * fade
  }
  return { items: into.items.subarray(0, length - first), weights: into.weights.subarray(0, length - first) }
}
