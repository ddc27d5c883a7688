import type { AdapterAnswer, AdapterVersionAnswer } from '../contract/adapter.js'
import { SonaError } from '../domain/errors.js'
import type { UserId } from '../domain/ids.js'
import type { AdapterVersion } from '../storage/adapter-store.js'
import type { Store } from '../storage/store.js'
import type { Ranking } from './ranking.js'

/** Users' adapters, as people and operators see them. Every method throws USER_NOT_FOUND for somebody nobody has heard of. */
export interface Adapters {
  /** What was learned, how far it is heard, and whether it is to be trained. */
  of(userId: UserId): Promise<AdapterAnswer>
  /** Puts the user before all others who are due. */
  train(userId: UserId): Promise<AdapterAnswer['due']>
  /** Forgets every version. Returns how many there were. */
  forget(userId: UserId): Promise<number>
  /** Those that are kept, newest first. */
  versions(userId: UserId): Promise<readonly AdapterVersionAnswer[]>
  /** Brings an earlier version back as a new one; by default the one before. Throws ADAPTER_NOT_FOUND. */
  rollback(userId: UserId, to?: number): Promise<AdapterVersionAnswer>
}

export function createAdapters(store: Pick<Store, 'users' | 'adapters'>, ranking: Pick<Ranking, 'leanings'>): Adapters {
  const { adapters } = store

  async function assertKnown(userId: UserId): Promise<void> {
    if ((await store.users.get(userId)) === undefined) throw new SonaError('USER_NOT_FOUND', 'No user has this id.')
  }

  async function dueOf(userId: UserId): Promise<AdapterAnswer['due']> {
    const due = await adapters.due.of(userId)
    return { events: due?.events ?? 0, ...(due?.reason && { reason: due.reason }) }
  }

  return {
    async of(userId) {
      await assertKnown(userId)
      const [stored, due] = await Promise.all([adapters.load(userId), dueOf(userId)])
      if (stored === undefined) return { userId, leanings: [], due }
      const { bytes, ...version } = stored
      const leanings = await ranking.leanings(bytes)
      return {
        userId,
        adapter: versionAnswer(version),
        leanings: leanings.map(({ cell, ...leaning }) => ({ when: cell, ...leaning })),
        due,
      }
    },

    async train(userId) {
      await assertKnown(userId)
      await adapters.due.request([userId])
      return dueOf(userId)
    },

    async forget(userId) {
      await assertKnown(userId)
      return adapters.delete(userId)
    },

    async versions(userId) {
      await assertKnown(userId)
      return (await adapters.versions(userId)).map(versionAnswer)
    },

    async rollback(userId, to) {
      await assertKnown(userId)
      const version = await adapters.rollback(userId, to === undefined ? {} : { to })
      if (version !== undefined) return versionAnswer(version)
      const which = to === undefined ? 'There is no earlier version' : `There is no version ${to}`
      throw new SonaError('ADAPTER_NOT_FOUND', `${which} of this user’s adapter to go back to.`)
    },
  }
}

function versionAnswer(kept: AdapterVersion): AdapterVersionAnswer {
  const { version, space, format, byteCount, lessons, gate, gain, restoredFrom, createdAt } = kept
  return {
    version,
    space,
    format,
    bytes: byteCount,
    lessons,
    gate,
    gain,
    ...(restoredFrom !== undefined && { restoredFrom }),
    createdAt: new Date(createdAt).toISOString(),
  }
}
