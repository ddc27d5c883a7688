import type { SonaError } from '../domain/errors.js'
import type { Store } from '../storage/store.js'
import { reviveError } from '../threads/messages.js'
import { startThread } from '../threads/start.js'
import { type LoadedGeneration, type LoadOptions, loadGeneration } from './load-generation.js'
import type { LoadingApi, LoadingInit } from './loading-thread.js'

/**
 * As `loadGeneration`, and on the embedded database in a thread of its own: this one has answers to give meanwhile. On a server the bytes
 * come over the network a piece at a time.
 */
export async function loadBeside(store: Store, options: LoadOptions): Promise<LoadedGeneration> {
  if (store.openDoor === undefined) return loadGeneration(store, options)
  const door = await store.openDoor()
  const init: LoadingInit = { door }
  const thread = startThread<LoadingApi>(new URL('./loading-thread.js', import.meta.url), init, { transfer: [door.port] })
  try {
    const { corrupt, vectorProblem, ...loaded } = await thread.api.load(options)
    return {
      ...loaded,
      corrupt: corrupt.map((error) => reviveError(error) as SonaError),
      ...(vectorProblem && { vectorProblem: reviveError(vectorProblem) }),
    }
  } finally {
    await thread.terminate()
  }
}
