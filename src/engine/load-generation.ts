import type { NumberedItem } from '../features/catalogue.js'
import { createCatalogue } from '../features/catalogue.js'
import { createArena } from '../math/memory.js'
import type { Artifact } from '../models/artifact.js'
import { decodeArtifact } from '../storage/artifact-codec.js'
import type { Store } from '../storage/store.js'
import { createGeneration, type Generation } from './generation.js'

export interface LoadOptions {
  /** Ranking threads that will share it. */
  readonly threads: number
  /** What models and scratch of one generation may take together. Two generations live side by side while they are swapped. */
  readonly memoryBudgetBytes: number
}

/** The newest published models and all items, with numbers in shared memory. Without any published model the version is `none`. */
export async function loadGeneration(
  store: Store,
  options: LoadOptions,
): Promise<{ readonly generation: Generation; readonly items: readonly NumberedItem[] }> {
  const arena = createArena(options.memoryBudgetBytes)
  const published = await store.artifacts.list()
  const artifacts: Artifact[] = []
  for (const { name, version } of published) {
    artifacts.push(decodeArtifact(await store.artifacts.read(name, version), (type, length) => arena[type](length)))
  }
  const items: NumberedItem[] = []
  for await (const batch of store.items.all()) items.push(...batch)
  const version = published.length === 0 ? 'none' : String(published[0].version)
  return { generation: createGeneration(version, arena, artifacts, createCatalogue(items), options.threads), items }
}
