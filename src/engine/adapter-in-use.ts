import type { Adapter } from '../adapters/adapter.js'
import { decodeAdapter } from '../adapters/codec.js'
import { describeAdapter, type Leaning } from '../adapters/describe.js'
import { SonaError } from '../domain/errors.js'
import type { Snapshot } from '../world/snapshot.js'

export interface AdapterInUse {
  readonly adapter?: Adapter
  /** Why the stored one is not in use, for the answer: a damaged adapter leaves the shared ranking. */
  readonly degraded: readonly string[]
}

/** A stored adapter as ranking takes it. */
export function adapterInUse(stored: Uint8Array | undefined): AdapterInUse {
  if (stored === undefined) return { degraded: [] }
  try {
    return { adapter: decodeAdapter(stored), degraded: [] }
  } catch (error) {
    if (!(error instanceof SonaError)) throw error
    return { degraded: ['adapter:corrupt'] }
  }
}

/** What a stored adapter lifts and lowers, strongest first. Nothing where no tier of its feature space is loaded. Throws ADAPTER_CORRUPT. */
export function leaningsOf(stored: Uint8Array, { tier, earlierTier }: Snapshot): readonly Leaning[] {
  const adapter = decodeAdapter(stored)
  const own = [tier, earlierTier].find((each) => each?.space.id === adapter.space)
  return own === undefined ? [] : describeAdapter(own, adapter)
}
