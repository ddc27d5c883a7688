import type { Store } from '../storage/store.js'
import { startThread } from '../threads/start.js'
import type { GraphThreadApi, GraphThreadInit } from './graph-thread.js'

/** Builds the content graph in a thread of its own, and stores the edges that titles, events and content say in place of those before. */
export async function renewGraph(store: Store, data: GraphThreadInit): Promise<void> {
  const { dataset, catalogue } = data
  const thread = startThread<GraphThreadApi>(new URL('./graph-thread.js', import.meta.url), { dataset, catalogue })
  try {
    await store.graph.replaceDerived(await thread.api.build())
  } finally {
    await thread.terminate()
  }
}
