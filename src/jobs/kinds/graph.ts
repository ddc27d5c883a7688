import { corpusFromStore } from '../corpus.js'
import { renewGraph } from '../renew-graph.js'
import type { JobKind } from './job-kind.js'

/** The edges that titles, events and content say. Training renews them too; this is for who wants them sooner. */
export const graph: JobKind<'graph'> = {
  name: 'graph',
  says: 'renews the edges of the content graph that titles, events and content say',
  lane: 'in-turn',
  line: { atOnce: 'one', retries: 3, retryDelaySeconds: 30, longestSeconds: 2 * 3_600 },

  async run(_, { store, progress, now }) {
    progress(0, 'Reading')
    const corpus = await corpusFromStore(store, now())
    const { dataset, catalogue } = corpus
    progress(0.3, 'Building')
    await renewGraph(store, corpus)
    return { items: catalogue.count, events: dataset.items.length }
  },
}
