import { buildContentGraph } from '../../graph/build.js'
import { corpusFromStore } from '../corpus.js'
import type { JobKind } from './job-kind.js'

/** The edges that titles, events and content say. Training renews them too; this is for who wants them sooner. */
export const graph: JobKind<'graph'> = {
  name: 'graph',
  says: 'renews the edges of the content graph that titles, events and content say',
  lane: 'in-turn',
  line: { atOnce: 'one', retries: 3, retryDelaySeconds: 30, longestSeconds: 2 * 3_600 },

  async run(_, { store, progress, now }) {
    progress(0, 'Reading')
    const { dataset, catalogue } = await corpusFromStore(store, now())
    progress(0.3, 'Building')
    const built = buildContentGraph(dataset, catalogue)
    progress(0.6, 'Storing')
    await store.graph.replaceDerived(built)
    return { items: catalogue.count, events: dataset.items.length }
  },
}
