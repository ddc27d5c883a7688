import { SonaError } from '../domain/errors.js'
import { type Arena, MemoryBudgetExceeded } from '../math/memory.js'
import type { Artifact } from '../models/artifact.js'
import { decodeArtifact } from '../storage/artifact-codec.js'

/** A stored model with its numbers in the arena. Throws ARTIFACT_CORRUPT, and MEMORY_BUDGET_EXCEEDED when it does not fit. */
export function placeArtifact(bytes: Uint8Array, arena: Arena): Artifact {
  try {
    return decodeArtifact(bytes, (type, length) => arena[type](length))
  } catch (error) {
    if (error instanceof MemoryBudgetExceeded) throw new SonaError(error.code, error.message, { cause: error })
    throw error
  }
}
