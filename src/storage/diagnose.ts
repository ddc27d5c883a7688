import { SonaError } from '../domain/errors.js'
import type { Database, Queries } from './database.js'
import { expectedSchema } from './expected-schema.js'
import { appliedMigrations, knownMigrations } from './migrate.js'
import type { Diagnosis } from './store.js'
import { requireSuitable, versionsOf } from './suitability.js'

/** Reads the catalogue of the live database and says what differs from the schema this code was written for. */
export async function diagnose(database: Database): Promise<Diagnosis> {
  const versions = await versionsOf(database)
  const problems: string[] = []
  try {
    requireSuitable(versions)
  } catch (error) {
    if (!(error instanceof SonaError)) throw error
    problems.push(error.message)
  }
  if (versions.pgvector === undefined) problems.push('The extension vector is not installed in this database.')

  const known = knownMigrations()
  const applied = await appliedMigrations(database)
  const expected = known.at(-1)?.number ?? 0
  const last = applied.at(-1)?.number ?? 0
  if (last < expected) problems.push(`Migration ${expected} is known and ${last} is applied; a start applies the rest.`)
  if (last > expected) problems.push(`The database has migration ${last} of a newer Sona; this one knows ${expected}.`)

  const live = new Set(await schemaLines(database))
  const wanted = new Set(expectedSchema)
  for (const line of wanted) if (!live.has(line)) problems.push(`Missing or changed: ${line}.`)
  for (const line of live) if (!wanted.has(line)) problems.push(`Not Sona's, or changed: ${line}.`)

  return {
    database: database.kind,
    version: versions.postgresql,
    pgvector: versions.pgvector,
    migration: { applied: last, expected },
    problems,
    durability: await database.durability(),
  }
}

/** Every column, index and function of the schema as one line each, in order. Partitions are as their parent says. */
export async function schemaLines(queries: Queries): Promise<readonly string[]> {
  const rows = await queries.query<{ line: string }>({
    text: `
      select line
      from (
        select format('column %s.%s %s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
          case when a.attnotnull then ' not null' else '' end) as line
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        where c.relnamespace = to_regnamespace('sona') and c.relkind in ('r', 'p') and not c.relispartition
          and a.attnum > 0 and not a.attisdropped
        union all
        select format('index %s on %s %s', i.relname, t.relname, regexp_replace(pg_get_indexdef(x.indexrelid), '^.* USING ', ''))
        from pg_index x
        join pg_class i on i.oid = x.indexrelid
        join pg_class t on t.oid = x.indrelid
        where t.relnamespace = to_regnamespace('sona') and not t.relispartition and x.indisvalid
        union all
        select format('function %s(%s)', p.proname, pg_get_function_arguments(p.oid))
        from pg_proc p
        where p.pronamespace = to_regnamespace('sona')
      ) lines
      order by line collate "C"`,
  })
  return rows.map(({ line }) => line)
}
