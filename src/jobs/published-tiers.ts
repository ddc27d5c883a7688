import type { SharedTier } from '../adapters/tier.js'
import { restoreTier, tierArtifact, tierNames } from '../adapters/tier-artifact.js'
import { SonaError } from '../domain/errors.js'
import { decodeArtifact, encodeArtifact } from '../storage/artifact-codec.js'
import type { ArtifactStore } from '../storage/artifact-store.js'

/** The shared tiers that are published: the one that serves, and the one before where its feature space was another. */
export interface PublishedTiers {
  readonly current?: SharedTier
  readonly earlier?: SharedTier
}

/** Those of the live version, or of another. One that cannot be read is left out: the next training makes a new one. */
export async function publishedTiers(store: ArtifactStore, of?: number): Promise<PublishedTiers> {
  const tiers: { current?: SharedTier; earlier?: SharedTier } = {}
  for (const { name, version } of await store.list(of)) {
    const place = name === tierNames.current ? 'current' : name === tierNames.earlier ? 'earlier' : undefined
    if (place === undefined) continue
    try {
      tiers[place] = restoreTier(decodeArtifact(await store.read(name, version)))
    } catch (error) {
      if (!(error instanceof SonaError && error.code === 'ARTIFACT_CORRUPT')) throw error
    }
  }
  return tiers
}

/**
 * What is published beside a ranker that brought this tier: with a new feature space, the old one stays for adapters that were not moved yet, until
 * the space changes once more.
 */
export function tiersToPublish(tier: SharedTier, before: PublishedTiers): ReadonlyMap<string, Uint8Array> {
  const isSame = before.current?.space.id === tier.space.id
  const earlier = isSame ? before.earlier : before.current
  const bytes = (each: SharedTier): Uint8Array => encodeArtifact(tierArtifact(each))
  return new Map([[tierNames.current, bytes(tier)], ...(earlier ? [[tierNames.earlier, bytes(earlier)] as const] : [])])
}
