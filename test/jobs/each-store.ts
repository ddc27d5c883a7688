import { openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { freshDatabase, serverUrl } from '../storage/fresh-database.js'
import { freshHome } from '../storage/fresh-home.js'

export interface Opened {
  readonly store: Store
  /** What `sona` is told to find it, and `openStore`. */
  readonly where: { readonly home: string } | { readonly databaseUrl: string }
  close(): Promise<void>
}

/** Both databases, or the embedded one alone where there is no server. */
export const databases: readonly { readonly name: string; open(): Promise<Opened> }[] = [
  {
    name: 'the embedded database',
    async open() {
      const { home, remove } = await freshHome()
      const store = await openStore({ home })
      const close = async (): Promise<void> => {
        await store.close()
        remove()
      }
      return { store, where: { home }, close }
    },
  },
  ...(serverUrl === undefined
    ? []
    : [
        {
          name: 'a PostgreSQL server',
          async open() {
            const { url, drop } = await freshDatabase()
            const store = await openStore({ databaseUrl: url })
            const close = async (): Promise<void> => {
              await store.close()
              await drop()
            }
            return { store, where: { databaseUrl: url }, close }
          },
        },
      ]),
]
