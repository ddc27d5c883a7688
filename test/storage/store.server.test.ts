import { describe, it } from 'vitest'
import { openServer } from '../../src/storage/server.js'
import { freshDatabase, serverUrl, whySkipped } from './fresh-database.js'
import { describeStore } from './store.conformance.js'

if (serverUrl === undefined) {
  describe.skip(`the store on a PostgreSQL server: ${whySkipped}`, () => {
    it('runs the conformance suite', () => {})
  })
} else {
  describeStore('the store on a PostgreSQL server', async () => {
    const { url, drop } = await freshDatabase()
    return { database: openServer(url), remove: drop }
  })
}
