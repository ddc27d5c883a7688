import { SonaError } from '../domain/errors.js'
import type { Artifact } from '../models/artifact.js'
import { algorithms } from '../models/index.js'
import { type ModelSpec, modelName } from '../pipeline/train.js'
import { decodeArtifact } from '../storage/artifact-codec.js'
import type { ArtifactStore } from '../storage/artifact-store.js'

/**
 * The published models, by name, from which these can begin. One that cannot be read is left out, so that training mends it: the model
 * then begins anew, and its `warm` is false.
 */
export async function previousModels(store: ArtifactStore, specs: readonly ModelSpec[]): Promise<ReadonlyMap<string, Artifact>> {
  const wanted = new Set(specs.filter(({ algorithm }) => algorithms.get(algorithm)?.startsWarm === true).map(modelName))
  const previous = new Map<string, Artifact>()
  for (const { name, version } of await store.list()) {
    if (!wanted.has(name)) continue
    try {
      previous.set(name, decodeArtifact(await store.read(name, version)))
    } catch (error) {
      if (!(error instanceof SonaError && error.code === 'ARTIFACT_CORRUPT')) throw error
    }
  }
  return previous
}
