import type { Context } from './context.js'
import type { Filter } from './filter.js'
import type { ItemIndex } from './ids.js'
import type { ItemKind } from './item.js'

/** What is asked of `recommend()`, after the edge has resolved names to rows. Who asks, and when, is the Visit's. */
export interface Query {
  /** How many items to answer with. 1–MAX_COUNT. */
  readonly count: number
  readonly context: Context
  /** Only these kinds. Empty: all. */
  readonly kinds: readonly ItemKind[]
  readonly filter?: Filter
  /** Items the caller does not want now. */
  readonly exclude: readonly ItemIndex[]
  /** Say why for each item. Costs a little per answered item. */
  readonly reasons: boolean
}

export const MAX_COUNT = 500
