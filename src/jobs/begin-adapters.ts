import type { Beginnings } from '../adapters/beginnings.js'
import type { UserKey } from '../domain/ids.js'
import type { AdapterStore } from '../storage/adapter-store.js'
import { newAdapter } from './new-adapter.js'

const BATCH = 1_000

/**
 * Gives users who never had an adapter the one that the training brought them; all others go on with their own. Their events stay unused: those
 * that came after the training are learned from as always. Returns how many adapters were saved.
 */
export async function beginAdapters(store: AdapterStore, beginnings: Beginnings): Promise<number> {
  const adapters = [...beginnings].map(([userKey, adapter]) => ({
    userKey: userKey as UserKey,
    ...newAdapter(adapter, 'f16'),
  }))
  let saved = 0
  for (let from = 0; from < adapters.length; from += BATCH) {
    saved += (await store.begin(adapters.slice(from, from + BATCH))).length
  }
  return saved
}
