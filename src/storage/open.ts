import type { Database, Door } from './database.js'
import { openEmbedded } from './embedded.js'
import { openThroughDoor } from './embedded-door.js'
import { migrate } from './migrate.js'
import { openServer } from './server.js'
import { sqlStore } from './sql-store.js'
import type { Store } from './store.js'

/** A directory for the embedded database, made when it does not exist, or the address of a PostgreSQL server. */
export type StoreLocation =
  | { readonly home: string }
  /** A way to the embedded database that another thread has open: what `Store.openDoor` gave there. */
  | { readonly door: Door }
  | {
      readonly databaseUrl: string
      /** Connections at most. Default 10. */
      readonly connections?: number
    }

/**
 * Opens the database and brings its schema up to date. Throws HOME_IN_USE or HOME_UNUSABLE for a directory, DATABASE_UNAVAILABLE
 * or DATABASE_UNSUITABLE for a server, SCHEMA_MISMATCH for either.
 */
export async function openStore(location: StoreLocation): Promise<Store> {
  const database = await openDatabase(location)
  try {
    await migrate(database)
  } catch (error) {
    await database.close()
    throw error
  }
  return sqlStore(database)
}

export async function openDatabase(location: StoreLocation): Promise<Database> {
  if ('door' in location) return openThroughDoor(location.door)
  if ('home' in location) return openEmbedded(location.home)
  const { databaseUrl, connections } = location
  return openServer(databaseUrl, connections === undefined ? {} : { connections })
}
