import { SonaError } from '../domain/errors.js'
import type { NumberedItem } from '../features/catalogue.js'
import { createCatalogue } from '../features/catalogue.js'
import { createArena } from '../math/memory.js'
import type { EmbeddingStore, Store } from '../storage/store.js'
import { createGeneration, type Generation, type NamedArtifact } from './generation.js'
import { placeArtifact } from './place-artifact.js'
import { placeVectors, type VectorLimits } from './place-vectors.js'

export interface LoadOptions {
  /** Ranking threads that will share it. */
  readonly threads: number
  /** What models and scratch of one generation may take together. Two generations live side by side while they are swapped. */
  readonly memoryBudgetBytes: number
  readonly vectorLimits?: VectorLimits
}

export interface LoadedGeneration {
  readonly generation: Generation
  readonly items: readonly NumberedItem[]
  /** Why models that were published are not in it. */
  readonly corrupt: readonly SonaError[]
  /** Which vectors it was loaded with, see `embeddingsMark`. */
  readonly embeddings?: string
  /** Why there are vectors, and it has none: they do not fit. */
  readonly vectorProblem?: Error
}

/** The newest published models and all items, with numbers in shared memory. Without any published model the version is `none`. */
export async function loadGeneration(store: Store, options: LoadOptions): Promise<LoadedGeneration> {
  const arena = createArena(options.memoryBudgetBytes)
  const published = await store.artifacts.list()
  const models: NamedArtifact[] = []
  const corrupt: SonaError[] = []
  for (const { name, version } of published) {
    try {
      models.push({ name, artifact: placeArtifact(await store.artifacts.read(name, version), arena) })
    } catch (error) {
      // One damaged model must not take the others down with it: its sources will say that they have none.
      if (!(error instanceof SonaError) || error.code !== 'ARTIFACT_CORRUPT') throw error
      corrupt.push(error)
    }
  }
  const items: NumberedItem[] = []
  for await (const batch of store.items.all()) items.push(...batch)
  const version = published.length === 0 ? 'none' : String(published[0].version)
  const catalogue = createCatalogue(items)
  const embeddings = await embeddingsMark(store.embeddings)
  const { room, problem } = await placeVectors(store.embeddings, catalogue, arena, options.vectorLimits)
  return {
    generation: createGeneration(version, arena, models, catalogue, options.threads, room),
    items,
    corrupt,
    ...(embeddings && { embeddings }),
    ...(problem && { vectorProblem: problem }),
  }
}

/** Changes whenever other vectors are to be read. Undefined while there are none. */
export async function embeddingsMark(embeddings: EmbeddingStore): Promise<string | undefined> {
  const current = await embeddings.current()
  return current && `${current.version} ${current.usedAt}`
}
