/** What one user did, as it is remembered between questions: oldest first, one entry per visit to an item. One length. */
export interface Trail {
  /** Durable item numbers. */
  readonly itemNos: Int32Array
  /** 0–1. */
  readonly engagement: Float32Array
  /** Milliseconds since 1970, non-decreasing. */
  readonly occurredAt: Float64Array
}

export interface TrailEntry {
  readonly itemNo: number
  readonly engagement: number
  readonly occurredAt: number
}

export const emptyTrail: Trail = { itemNos: new Int32Array(0), engagement: new Float32Array(0), occurredAt: new Float64Array(0) }

/**
 * The trail with later entries at its end, and at most `limit` entries, the newest. Neighbours on the same item become one visit
 * (started, half-way, finished is one sitting): the latest time, the highest engagement. Entries must not be older than the
 * trail's last.
 */
export function extendTrail(trail: Trail, later: readonly TrailEntry[], limit: number): Trail {
  const entries: TrailEntry[] = Array.from(trail.itemNos, (itemNo, at) => ({
    itemNo,
    engagement: trail.engagement[at],
    occurredAt: trail.occurredAt[at],
  }))
  for (const entry of later) {
    const last = entries.at(-1)
    if (last?.itemNo !== entry.itemNo) entries.push(entry)
    else entries[entries.length - 1] = { ...entry, engagement: Math.max(last.engagement, entry.engagement) }
  }
  const kept = entries.slice(-limit)
  return {
    itemNos: Int32Array.from(kept, ({ itemNo }) => itemNo),
    engagement: Float32Array.from(kept, ({ engagement }) => engagement),
    occurredAt: Float64Array.from(kept, ({ occurredAt }) => occurredAt),
  }
}
