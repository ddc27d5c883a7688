import { afterAll, beforeAll, describe, it, onTestFailed } from 'vitest'
import type { Database } from '../../src/storage/database.js'
import { migrate } from '../../src/storage/migrate.js'
import { sqlStore } from '../../src/storage/sql-store.js'
import type { Store } from '../../src/storage/store.js'
import { benchFor, type StoreCase } from './bench.js'
import { adapterCases } from './cases/adapters.js'
import { adaptersDueCases } from './cases/adapters-due.js'
import { artifactCases } from './cases/artifacts.js'
import { bulkCases } from './cases/bulk.js'
import { embeddingCases } from './cases/embeddings.js'
import { appendCases } from './cases/events.js'
import { graphCases } from './cases/graph.js'
import { itemCases } from './cases/items.js'
import { jobCases } from './cases/jobs.js'
import { readCases } from './cases/reads.js'
import { userCases } from './cases/users.js'
import { wordCases } from './cases/words.js'

/** What every Store must do. Each case is checked on its own names; faults.test.ts proves that they notice planted faults. */
export const storeCases: readonly StoreCase[] = [
  ...itemCases,
  ...userCases,
  ...appendCases,
  ...readCases,
  ...artifactCases,
  ...graphCases,
  ...embeddingCases,
  ...wordCases,
  ...jobCases,
  ...adapterCases,
  ...adaptersDueCases,
  ...bulkCases,
]

/** A database of its own for one suite. */
export interface Opened {
  readonly database: Database
  /** Removes it; not called when something failed, so that it can be looked at. */
  remove(): Promise<void>
}

export async function openForTests(opener: () => Promise<Opened>): Promise<Opened & { readonly store: Store }> {
  const opened = await opener()
  await migrate(opened.database)
  return { ...opened, store: sqlStore(opened.database) }
}

/** Runs the whole suite on one freshly opened database. */
export function describeStore(name: string, opener: () => Promise<Opened>): void {
  describe(name, () => {
    let opened: Awaited<ReturnType<typeof openForTests>>
    let isGreen = true
    beforeAll(async () => {
      opened = await openForTests(opener)
    })
    afterAll(async () => {
      await opened?.store.close()
      if (isGreen) await opened?.remove()
    })
    for (const [at, { name: sentence, check }] of storeCases.entries()) {
      it(sentence, async () => {
        onTestFailed(() => {
          isGreen = false
        })
        await check(benchFor(opened.store, opened.database, `case ${at}`))
      })
    }
  })
}
