/** The thread that reads a generation out of the embedded database: bytes, numbers and columns are put in their places off the one that answers. */
import type { Door } from '../storage/database.js'
import { openStore } from '../storage/open.js'
import { flattenError } from '../threads/messages.js'
import { serveThread } from '../threads/serve.js'
import { type LoadOptions, loadGeneration } from './load-generation.js'

export interface LoadingInit {
  readonly door: Door
}

export type LoadingApi = ReturnType<typeof loadingApi>

function loadingApi({ door }: LoadingInit) {
  return {
    async load(options: LoadOptions) {
      const store = await openStore({ door })
      try {
        const { corrupt, vectorProblem, ...loaded } = await loadGeneration(store, options)
        return {
          ...loaded,
          corrupt: corrupt.map(flattenError),
          ...(vectorProblem && { vectorProblem: flattenError(vectorProblem) }),
        }
      } finally {
        await store.close()
      }
    },
  }
}

serveThread(loadingApi)
