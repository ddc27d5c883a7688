import type { Adapter } from '../adapters/adapter.js'
import type { SharedBase } from '../adapters/tier.js'
import type { Query } from '../domain/query.js'
import type { EpochMs } from '../domain/time.js'
import type { Traits } from '../domain/user.js'
import type { History } from '../features/history.js'
import type { Bitmap } from '../math/bitmap.js'
import type { Kernels } from '../math/kernels.js'
import { admissibleItems } from './admissible.js'
import { createScoreMemo, type ScoreMemo } from './score-memo.js'
import type { Snapshot } from './snapshot.js'

/** Who asks and when, as loaded before the first source runs. */
export interface Visitor {
  readonly now: EpochMs
  readonly traits: Traits
  /** In rows of the snapshot's catalogue, oldest first. Its arrays live in the kernels' memory. */
  readonly history: History
  /** Rows the user has seen, however long ago. */
  readonly seen: Uint32Array
  /** What was learned of this user alone. */
  readonly adapter?: Adapter
  /** B₀ as it is now, where it has moved on since the snapshot was published. */
  readonly shared?: SharedBase
}

/** Whether there is still time. Checked between stages; nothing is interrupted. */
export interface Budget {
  spent(): boolean
}

/** What one question knows beside the snapshot. Lives as long as the question. */
export interface Visit extends Visitor {
  readonly budget: Budget
  /** The only items any source may propose: all that excludes an item is in here before the first source runs. */
  readonly admissible: Bitmap
  /** Every model's scores, computed at most once. */
  readonly scores: ScoreMemo
}

/** All that ranking may look at. */
export interface World {
  readonly snapshot: Snapshot
  readonly visit: Visit
}

export const unlimited: Budget = { spent: () => false }

/** Puts a question's world together: what is admissible is decided here, once. */
export function createWorld(query: Query, snapshot: Snapshot, visitor: Visitor, budget: Budget, kernels: Kernels): World {
  const admissible = admissibleItems(query, snapshot.catalogue, visitor)
  return {
    snapshot,
    visit: { ...visitor, budget, admissible, scores: createScoreMemo(snapshot, visitor.history, admissible, kernels) },
  }
}
