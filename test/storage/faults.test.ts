import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEmbedded } from '../../src/storage/embedded.js'
import { benchFor } from './bench.js'
import { faults } from './faults.js'
import { freshHome } from './fresh-home.js'
import { openForTests, storeCases } from './store.conformance.js'

describe('the conformance suite of Store', () => {
  let opened: Awaited<ReturnType<typeof openForTests>>
  beforeAll(async () => {
    opened = await openForTests(async () => {
      const { home, remove } = await freshHome()
      return { database: await openEmbedded(home), remove: async () => remove() }
    })
  })
  afterAll(async () => {
    await opened?.store.close()
    await opened?.remove()
  })

  for (const [at, { name, noticedBy, plant }] of faults.entries()) {
    it(`notices a store that ${name}`, async () => {
      const found = storeCases.filter((storeCase) => storeCase.name.startsWith(noticedBy))
      expect(found.map((storeCase) => storeCase.name)).toHaveLength(1)
      const { store, database } = opened
      // The same case passes without the fault: what fails is the fault, not the case on this database.
      await found[0]!.check(benchFor(store, database, `sound ${at}`))
      await expect(found[0]!.check(benchFor(plant(store, database), database, `faulty ${at}`))).rejects.toMatchObject({
        name: 'AssertionError',
      })
    })
  }
})
