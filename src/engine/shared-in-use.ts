import { decodeShared } from '../adapters/shared-codec.js'
import { restoreTier, tierNames } from '../adapters/tier-artifact.js'
import { SonaError } from '../domain/errors.js'
import type { AdapterTierStore } from '../storage/adapter-store.js'
import type { Generation } from './generation.js'
import type { Ranking } from './ranking.js'

/** Keeps what all adapters share as new as it was published. */
export interface SharedInUse {
  /** The generation that ranks from now on. */
  loaded(generation: Generation): void
  /** Hands ranking what was published since, if anything was. A damaged one is left out: the next takes its place. */
  refresh(): Promise<void>
}

export function sharedInUse(tiers: Pick<AdapterTierStore, 'newest'>, ranking: Pick<Ranking, 'share'>): SharedInUse {
  let known: { readonly space: string; readonly version: number } | undefined
  return {
    loaded({ models }) {
      const published = models.find(({ name }) => name === tierNames.current)
      const tier = published && restoreTier(published.artifact)
      known = tier && { space: tier.space.id, version: tier.version }
    },

    async refresh() {
      const before = known
      if (before === undefined) return
      const newest = await tiers.newest(before.space)
      if (newest === undefined || newest.version <= before.version || known !== before) return
      known = { ...before, version: newest.version }
      try {
        await ranking.share(decodeShared(newest.bytes, newest.version))
      } catch (error) {
        if (!(error instanceof SonaError) || error.code !== 'ADAPTER_CORRUPT') throw error
      }
    },
  }
}
