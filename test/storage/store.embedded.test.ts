import { openEmbedded } from '../../src/storage/embedded.js'
import { freshHome } from './fresh-home.js'
import { describeStore } from './store.conformance.js'

describeStore('the store on the embedded database', async () => {
  const { home, remove } = await freshHome()
  return { database: await openEmbedded(home), remove: async () => remove() }
})
