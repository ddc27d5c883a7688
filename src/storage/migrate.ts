import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { SonaError } from '../domain/errors.js'
import type { Database, Queries } from './database.js'
import { requireSuitable, versionsOf } from './suitability.js'

/** One numbered step of the schema. Once released it never changes; the next change is the next number. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

export interface AppliedMigration {
  readonly number: number
  readonly name: string
  readonly checksum: string
}

/** Any number that no other program on the same server uses for an advisory lock: 'sona' in ASCII. */
const MIGRATION_LOCK = 0x736f6e61

/** The migrations this code knows, in order. The build copies them beside the compiled files. */
export function knownMigrations(): readonly Migration[] {
  const folder = new URL('./migrations/', import.meta.url)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const sql = readFileSync(new URL(file, folder), 'utf8')
      return {
        number: Number(file.slice(0, 4)),
        name: file.slice(5, -'.sql'.length),
        sql,
        checksum: createHash('sha256').update(sql).digest('hex'),
      }
    })
}

/**
 * Brings the schema up to what this code expects: all missing steps in one transaction, while no other process migrates.
 * Throws SCHEMA_MISMATCH when the database is newer, or was migrated by other files than these.
 */
export async function migrate(database: Database, migrations: readonly Migration[] = knownMigrations()): Promise<void> {
  // The usual start: nothing to do, and nothing to lock.
  if ((await compare(database, migrations)).length === 0) return
  await database.exclusive(MIGRATION_LOCK, async (transaction) => {
    requireSuitable(await versionsOf(transaction))
    await transaction.script(`
      create extension if not exists vector;
      create schema if not exists sona;
      create table if not exists sona.migrations (
        number integer primary key,
        name text not null,
        checksum text not null,
        applied_at timestamptz not null default now()
      );
    `)
    for (const { number, name, checksum, sql } of await compare(transaction, migrations)) {
      await transaction.script(sql)
      await transaction.query({
        text: 'insert into sona.migrations (number, name, checksum) values ($1, $2, $3)',
        values: [number, name, checksum],
      })
    }
  })
}

/** The steps this database already has. */
export async function appliedMigrations(queries: Queries): Promise<readonly AppliedMigration[]> {
  const [found] = await queries.query<{ found: boolean }>({ text: "select to_regclass('sona.migrations') is not null as found" })
  if (found?.found !== true) return []
  return queries.query<AppliedMigration>({ text: 'select number, name, checksum from sona.migrations order by number' })
}

/** The steps that are missing. */
async function compare(queries: Queries, migrations: readonly Migration[]): Promise<readonly Migration[]> {
  const applied = await appliedMigrations(queries)
  for (const { number, name, checksum } of applied) {
    const known = migrations.find((migration) => migration.number === number)
    if (known === undefined) {
      throw new SonaError(
        'SCHEMA_MISMATCH',
        `The database has migration ${number} (${name}), which this Sona does not know: a newer one wrote it. Use that version.`,
      )
    }
    if (known.checksum !== checksum) {
      throw new SonaError(
        'SCHEMA_MISMATCH',
        `Migration ${number} (${name}) of the database differs from this Sona's file of that number. Use the version that wrote the database, or a fresh one.`,
      )
    }
  }
  const last = applied.at(-1)?.number ?? 0
  return migrations.filter(({ number }) => number > last)
}
