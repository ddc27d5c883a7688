import { ADAPTER_TIER, restoreTier, tierNames } from '../adapters/tier-artifact.js'
import { assert, SonaError } from '../domain/errors.js'
import { type Catalogue, type NumberedItem, patchCatalogue } from '../features/catalogue.js'
import { createKernels, type Kernels } from '../math/kernels.js'
import { type Arena, attachArena, type SharedMemory } from '../math/memory.js'
import type { Artifact, NumberArray } from '../models/artifact.js'
import { algorithms } from '../models/index.js'
import type { Model } from '../models/model.js'
import { alignModel } from '../world/aligned.js'
import { RANKING, restoreRanking } from '../world/ranking-model.js'
import { rowVectorsOver } from '../world/row-vectors.js'
import type { Snapshot } from '../world/snapshot.js'
import type { ByteVectors } from '../world/vector-scan.js'
import { overWhole, type VectorRoom } from './vector-room.js'

/**
 * One published state of the world, as it travels to threads: trained numbers in one shared memory, the catalogue in shared
 * columns, and for each thread a region of the memory to work in. Nothing is copied when it is posted.
 */
export interface Generation {
  readonly version: string
  readonly memory: SharedMemory
  readonly models: readonly NamedArtifact[]
  readonly catalogue: Catalogue
  /** Absent where no encoder was run, or its vectors do not fit. */
  readonly vectors?: VectorRoom
  readonly scratch: readonly Region[]
}

/** A trained model under the name that plans use. */
export interface NamedArtifact {
  readonly name: string
  readonly artifact: Artifact
}

interface Region {
  readonly from: number
  readonly to: number
}

/** A generation as one thread uses it. */
export interface OpenGeneration {
  readonly kernels: Kernels
  /** The snapshot with the items as they are now. */
  snapshot(): Snapshot
  /** What search compares with a query, a row for each of the snapshot's; undefined where there is none. */
  texts(): ByteVectors | undefined
  /** Items written since: they are in the very next snapshot. */
  patch(changes: readonly NumberedItem[]): void
}

/** Room that the scores of one question may take, per catalogue row: a dozen scorers and what alignment needs beside them. */
const SCRATCH_BYTES_PER_ITEM = 4 * 32
const SCRATCH_BYTES_AT_LEAST = 8 * 2 ** 20

/** Takes each thread's scratch from the arena that holds the artifacts. */
export function createGeneration(
  version: string,
  arena: Arena,
  models: readonly NamedArtifact[],
  catalogue: Catalogue,
  threads: number,
  vectors?: VectorRoom,
): Generation {
  const bytes = Math.max(SCRATCH_BYTES_AT_LEAST, catalogue.count * SCRATCH_BYTES_PER_ITEM)
  const scratch = Array.from({ length: threads }, () => {
    const region = arena.u8(bytes)
    return { from: region.byteOffset, to: region.byteOffset + bytes }
  })
  const placed = models.map(({ name, artifact }) => ({ name, artifact: artifactOverWhole(artifact, arena) }))
  const { memory } = arena
  return { version, memory, models: placed, catalogue, scratch, ...(vectors && { vectors: overWhole(vectors, memory) }) }
}

/** A growing memory has a new buffer object for each size. Threads get views of the last, which spans everything. */
function artifactOverWhole(artifact: Artifact, { memory, holds }: Arena): Artifact {
  const arrays = Object.entries(artifact.arrays).map(([name, array]) => {
    assert(holds(array), `the array ${name} of ${artifact.header.algorithm} lies in the generation's memory`)
    const View = array.constructor as new (buffer: SharedArrayBuffer, byteOffset: number, length: number) => NumberArray
    return [name, new View(memory.buffer, array.byteOffset, array.length)] as const
  })
  return { header: artifact.header, arrays: Object.fromEntries(arrays) }
}

/** Opens a generation in the thread that owns scratch region number `thread`. */
export function openGeneration(generation: Generation, thread: number): OpenGeneration {
  const { from, to } = generation.scratch[thread]
  const kernels = createKernels(attachArena(generation.memory, from, to))
  const isRanking = ({ artifact }: NamedArtifact): boolean => artifact.header.algorithm === RANKING
  const isTier = ({ artifact }: NamedArtifact): boolean => artifact.header.algorithm === ADAPTER_TIER
  const models = generation.models
    .filter((each) => !isRanking(each) && !isTier(each))
    .map(({ name, artifact }) => ({ name, ...restore(artifact, kernels) }))
  const rankings = new Map(
    generation.models.filter(isRanking).map(({ name, artifact }) => [name, restoreRanking(artifact, kernels)]),
  )
  const tiers = new Map(generation.models.filter(isTier).map(({ name, artifact }) => [name, restoreTier(artifact)]))
  const [tier, earlierTier] = [tiers.get(tierNames.current), tiers.get(tierNames.earlier)]
  const snapshotOver = (catalogue: Catalogue): Snapshot => ({
    version: generation.version,
    catalogue,
    ...vectorsOf(generation.vectors, catalogue),
    rankings,
    ...(tier && { tier }),
    ...(earlierTier && { earlierTier }),
    models: new Map(models.map(({ name, model, itemNos }) => [name, alignModel(model, itemNos, catalogue, kernels)])),
  })
  let current = snapshotOver(generation.catalogue)

  return {
    kernels,
    snapshot: () => current,
    texts: () => textsOf(generation.vectors, current.catalogue),
    patch(changes) {
      current = snapshotOver(patchCatalogue(current.catalogue, changes))
    },
  }
}

/** The vectors of the catalogue's rows. When more items came than there was room for, none: the next generation has it. */
function vectorsOf(room: VectorRoom | undefined, { count }: Catalogue): Pick<Snapshot, 'vectors'> {
  if (room === undefined || count > room.capacity) return {}
  const { version, dimensions, items } = room
  const rows = items instanceof Float32Array ? items.subarray(0, count * dimensions) : upTo(count, items, dimensions)
  return { vectors: rowVectorsOver({ version, dimensions, rows }) }
}

function textsOf(room: VectorRoom | undefined, { count }: Catalogue): ByteVectors | undefined {
  if (room === undefined || count > room.capacity) return undefined
  return upTo(count, room.texts, room.dimensions)
}

function upTo(count: number, { bytes, scales }: ByteVectors, dimensions: number): ByteVectors {
  return { bytes: bytes.subarray(0, count * dimensions), scales: scales.subarray(0, count) }
}

function restore(artifact: Artifact, kernels: Kernels): { readonly model: Model; readonly itemNos: Int32Array } {
  const { algorithm } = artifact.header
  const { itemNos } = artifact.arrays
  const known = algorithms.get(algorithm)
  if (known === undefined || !(itemNos instanceof Int32Array)) {
    throw new SonaError('ARTIFACT_CORRUPT', `A stored model says it is ${algorithm}, which this Sona does not know. Train again.`)
  }
  return { model: known.restore(artifact, kernels), itemNos }
}
