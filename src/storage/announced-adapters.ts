import type { UserId } from '../domain/ids.js'
import type { AdapterStore } from './adapter-store.js'
import type { Changes } from './changes.js'

/** The store of adapters, with everybody told whose adapter is another one now: what is remembered of these users is out of date. */
export function announcedAdapters(adapters: AdapterStore, changes: Pick<Changes, 'changed'>): AdapterStore {
  const announce = (userIds: readonly UserId[]): void => changes.changed(new Map(userIds.map((userId) => [userId, undefined])))
  return {
    ...adapters,
    async rollback(userId, options) {
      const version = await adapters.rollback(userId, options)
      if (version !== undefined) announce([userId])
      return version
    },
    async delete(userId, name) {
      const versions = await adapters.delete(userId, name)
      if (versions > 0) announce([userId])
      return versions
    },
    due: {
      ...adapters.due,
      async finish(claim, trainings, options) {
        const finished = await adapters.due.finish(claim, trainings, options)
        announce(claim.users.flatMap(({ userKey, userId }) => ((finished.get(userKey) ?? 0) > 0 ? [userId] : [])))
        return finished
      },
    },
  }
}
