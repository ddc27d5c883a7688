import { type Artifact, arrayOf, assertArtifact } from '../models/artifact.js'
import type { Gate } from './gate.js'
import type { FeatureSpace, Practice, SharedTier } from './tier.js'

/** The algorithm that the artifact of a shared tier names. */
export const ADAPTER_TIER = 'adapter-tier'

/** What the tier that serves is published as, and the one before where its feature space was another. */
export const tierNames = { current: 'adapter-tier', earlier: 'adapter-tier-earlier' } as const

interface TierHeader
  extends Pick<FeatureSpace, 'id' | 'features' | 'rank' | 'cells' | 'shape'>,
    Pick<SharedTier, 'scale' | 'version'> {
  readonly gate: Gate
  readonly practice: Practice
}

/** A tier at rest. It knows no items: `itemNos` is empty. */
export function tierArtifact({ space, scale, base, precisions, gate, practice, version }: SharedTier): Artifact {
  const { id, features, rank, cells, shape, mean, deviation, directions, loadings, priors } = space
  const options: TierHeader = { id, features, rank, cells, shape, scale, version, gate, practice }
  return {
    header: { format: 1, algorithm: ADAPTER_TIER, options: { ...options }, fingerprint: id, asOfDay: 0, users: 0, events: 0 },
    arrays: { itemNos: new Int32Array(0), mean, deviation, directions, loadings, priors, base, precisions },
  }
}

/** Throws ARTIFACT_CORRUPT when arrays are missing or do not fit together. */
export function restoreTier(artifact: Artifact): SharedTier {
  const { id, features, rank, cells, shape, scale, version, gate, practice } = artifact.header.options as unknown as TierHeader
  assertArtifact(artifact, scale > 0 && rank >= 1 && features.length > 0 && cells.length > 0, 'it says nothing of its shape')
  const array = (name: string, length: number): Float32Array => arrayOf(artifact, name, Float32Array, length)
  const space: FeatureSpace = {
    id,
    features,
    mean: array('mean', features.length),
    deviation: array('deviation', features.length),
    rank,
    directions: array('directions', rank * features.length),
    loadings: array('loadings', rank * features.length),
    cells,
    shape,
    priors: array('priors', cells.length * rank),
  }
  const [base, precisions] = [array('base', cells.length * rank), array('precisions', cells.length * rank)]
  return { space, scale, base, precisions, gate, practice, version }
}
