import type PgBoss from 'pg-boss'
import type { Database, Queries, SqlValue } from './database.js'

/**
 * Our connections as pg-boss wants them. Its scripts of several statements bring their own transaction; they are run in one of ours,
 * which is rolled back when a statement fails: the connection goes back to others afterwards.
 */
export function bossPort(queries: Queries | Database): PgBoss.Db {
  return {
    async executeSql(text: string, values: readonly unknown[] = []) {
      const script = /^\s*BEGIN;([\s\S]*)COMMIT;\s*$/.exec(text)?.[1]
      if (script !== undefined && 'transaction' in queries) {
        await queries.transaction((transaction) => transaction.query({ text: script }))
        return { rows: [] }
      }
      // Lists and objects go to the driver as they are, which writes them as PostgreSQL reads them.
      const statement = { text, ...(values.length > 0 && { values: values as readonly SqlValue[] }) }
      return { rows: (await queries.query<object>(statement)) ?? [] }
    },
  }
}
