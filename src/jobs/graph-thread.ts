/** The thread that a content graph is built in: seconds of sums, which nobody who serves should wait for. */
import type { Catalogue } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import { buildContentGraph } from '../graph/build.js'
import { serveThread } from '../threads/serve.js'

export interface GraphThreadInit {
  readonly dataset: Dataset
  readonly catalogue: Catalogue
}

export type GraphThreadApi = ReturnType<typeof graphThreadApi>

function graphThreadApi({ dataset, catalogue }: GraphThreadInit) {
  return { build: () => buildContentGraph(dataset, catalogue) }
}

serveThread(graphThreadApi)
