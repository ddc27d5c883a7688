/**
 * Where users' adapters begin: with what the lists teach that the shared tier was fitted to. Each was ranked by models and a ranker that had not seen its
 * answer, so that it says what a lesson says of an event that arrives; whoever has watched for months need not wait for the next ten
 * events. Predicted, then learned from, in the order of time: the gates open as far as that went well.
 *
 * Cost    one lesson a list, some tens of microseconds.
 */
import { type Artifact, arrayOf, assertArtifact } from '../models/artifact.js'
import { type Adapter, emptyAdapter } from './adapter.js'
import { decodeAdapter, encodeAdapter } from './codec.js'
import type { TierList } from './fit-tier.js'
import { learnFrom, study } from './learn.js'
import { everybody } from './query-side.js'
import type { SharedTier } from './tier.js'

/** By user: a number that the caller has for each. */
export type Beginnings = ReadonlyMap<number, Adapter>

/** @param lists those of one user together, oldest first */
export function beginningsOf(lists: readonly TierList[], tier: SharedTier): Beginnings {
  const adapters = new Map<number, Adapter>()
  for (const list of lists) {
    const { user, liking = 1, query = everybody(tier.space) } = list
    if (liking === 0) continue
    const before = adapters.get(user) ?? emptyAdapter(tier.space)
    adapters.set(user, learnFrom(before, study({ ...list, liking, query }, tier), tier, 0))
  }
  return adapters
}

const ALGORITHM = 'adapter-beginnings'

/** At rest, in 16 bits. Knows no items: `itemNos` is empty. */
export function beginningsArtifact(beginnings: Beginnings): Artifact {
  const encoded = [...beginnings.values()].map((adapter) => encodeAdapter(adapter, 'f16'))
  const length = encoded[0]?.length ?? 0 // of all, for they are of one space
  const adapters = new Uint8Array(encoded.length * length)
  encoded.forEach((bytes, at) => {
    adapters.set(bytes, at * length)
  })
  const header = {
    format: 1,
    algorithm: ALGORITHM,
    options: {},
    fingerprint: '',
    asOfDay: 0,
    users: encoded.length,
    events: 0,
  } as const
  return { header, arrays: { itemNos: new Int32Array(0), users: Float64Array.from(beginnings.keys()), adapters } }
}

/** Throws ARTIFACT_CORRUPT when the arrays do not fit together, ADAPTER_CORRUPT when an adapter cannot be read. */
export function restoreBeginnings(artifact: Artifact): Beginnings {
  const users = arrayOf(artifact, 'users', Float64Array)
  const adapters = arrayOf(artifact, 'adapters', Uint8Array)
  if (users.length === 0) return new Map()
  const length = adapters.length / users.length
  assertArtifact(artifact, Number.isInteger(length), 'its adapters are not of one length')
  return new Map(Array.from(users, (user, at) => [user, decodeAdapter(adapters.subarray(at * length, (at + 1) * length))]))
}
