import type { Adapter } from '../adapters/adapter.js'
import type { SharedTier } from '../adapters/tier.js'
import type { World } from './visit.js'

/** The tier and the adapter that fit each other, for one question. */
export interface Personal {
  readonly tier: SharedTier
  readonly adapter?: Adapter
}

/**
 * What the snapshot and the visit know of this user's leanings: the adapter with the tier of its own feature space. One of a space that is
 * gone is left out. Undefined where nothing was fitted yet.
 */
export function personalOf({ snapshot: { tier, earlierTier }, visit: { adapter, shared } }: World): Personal | undefined {
  if (tier === undefined) return undefined
  if (adapter !== undefined && adapter.space !== tier.space.id) {
    return adapter.space === earlierTier?.space.id ? { tier: earlierTier, adapter } : { tier }
  }
  const isNewer = shared !== undefined && shared.version > tier.version && shared.base.length === tier.base.length
  return { tier: isNewer ? { ...tier, ...shared } : tier, ...(adapter && { adapter }) }
}
