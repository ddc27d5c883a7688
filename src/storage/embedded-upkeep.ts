import type { PGlite } from '@electric-sql/pglite'

/**
 * What a PostgreSQL server does in the background and a single-user one, which PGlite is, never does by itself: checkpoints, without
 * which the log grows for ever and a start after a crash takes minutes (417 MiB of log: 15 s), and vacuuming before transaction
 * numbers run out.
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
      if (age > VACUUM_AT_AGE) await database.exec('vacuum')
      if (log > CHECKPOINT_EVERY_BYTES) await database.exec('checkpoint')
    },
  }
}
