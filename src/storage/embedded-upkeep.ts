import type { PGlite } from '@electric-sql/pglite'

/**
 * What a PostgreSQL server does in the background and a single-user one, which PGlite is, never does by itself: checkpoints, without
 * which the log grows for ever and a start after a crash takes minutes (417 MiB of log: 15 s), and vacuuming before transaction
 * numbers run out, and counting what tables hold, without which the planner takes full tables for empty ones (linking 500 items into
 * a catalogue of 36,000: 9.3 s, and 0.16 s once counted).
 */
export interface Upkeep {
  /** To be called after each exchange of a client; does something once in a while. */
  afterExchange(bytes: number): Promise<void>
}

/** Log written between two checkpoints, at most about. Recovering this much takes two to three seconds. */
const CHECKPOINT_EVERY_BYTES = 64 * 2 ** 20
/** Asking how much was written costs a millisecond, so it is not done each time. */
const ASK_EVERY_EXCHANGES = 200
const ASK_EVERY_BYTES = 4 * 2 ** 20
/** PostgreSQL stops taking writes at 2,000 million; its own autovacuum begins at 200. */
const VACUUM_AT_AGE = 200_000_000

/** Tables that have doubled, or more, since they were last counted. */
const GROWN_TABLES = `
  select c.oid::regclass::text as name
  from pg_class c
  where c.relnamespace = to_regnamespace('sona') and c.relkind = 'r'
    and pg_relation_size(c.oid) / current_setting('block_size')::integer > 2 * greatest(c.relpages, 16)`

export function createUpkeep(database: PGlite): Upkeep {
  let exchanges = 0
  let bytes = 0

  return {
    async afterExchange(received) {
      exchanges++
      bytes += received
      if (exchanges < ASK_EVERY_EXCHANGES && bytes < ASK_EVERY_BYTES) return
      if (database.isInTransaction()) return
      exchanges = 0
      bytes = 0
      const { rows } = await database.query<{ log: number; age: number }>(`
        select
          pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::double precision as log,
          (select age(datfrozenxid) from pg_database where datname = current_database()) as age
        from pg_control_checkpoint()`)
      const { log, age } = rows[0]!
      const { rows: grown } = await database.query<{ name: string }>(GROWN_TABLES)
      if (grown.length > 0) await database.exec(`analyze ${grown.map(({ name }) => name).join(', ')}`)
      if (age > VACUUM_AT_AGE) await database.exec('vacuum')
      if (log > CHECKPOINT_EVERY_BYTES) await database.exec('checkpoint')
    },
  }
}
