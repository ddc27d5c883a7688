import { SonaError } from '../domain/errors.js'
import type { Queries } from './database.js'

const LEAST_POSTGRESQL = 15
/** Iterative scans, which keep a filtered search from returning too few rows, came with it. */
const LEAST_PGVECTOR = [0, 8] as const

export interface Versions {
  readonly postgresql: string
  readonly major: number
  /** Of the extension as it is installed in this database; undefined when it is not. */
  readonly pgvector: string | undefined
  /** That could be installed. */
  readonly pgvectorAvailable: string | undefined
  /** Whether pg_trgm is installed, or could be. */
  readonly trigrams: boolean
}

export async function versionsOf(queries: Queries): Promise<Versions> {
  const [row] = await queries.query<{
    version: string
    number: number
    installed: string | null
    available: string | null
    trigrams: boolean
  }>({
    text: `
      select
        current_setting('server_version') as version,
        current_setting('server_version_num')::integer as number,
        (select extversion from pg_extension where extname = 'vector') as installed,
        (select default_version from pg_available_extensions where name = 'vector') as available,
        exists (select from pg_available_extensions where name = 'pg_trgm') as trigrams`,
  })
  return {
    postgresql: row!.version,
    major: Math.floor(row!.number / 10_000),
    pgvector: row!.installed ?? undefined,
    pgvectorAvailable: row!.available ?? undefined,
    trigrams: row!.trigrams,
  }
}

/** Throws DATABASE_UNSUITABLE with what to install when the database is too old or has no recent pgvector. */
export function requireSuitable(versions: Versions): void {
  if (versions.major < LEAST_POSTGRESQL) {
    throw new SonaError(
      'DATABASE_UNSUITABLE',
      `Sona needs PostgreSQL ${LEAST_POSTGRESQL} or newer; this server is ${versions.postgresql}.`,
    )
  }
  if (!versions.trigrams) {
    throw new SonaError(
      'DATABASE_UNSUITABLE',
      'The server has no pg_trgm. Install PostgreSQL’s contrib modules (Debian has them in the server package) and start again.',
    )
  }
  const pgvector = versions.pgvector ?? versions.pgvectorAvailable
  if (pgvector === undefined) {
    throw new SonaError('DATABASE_UNSUITABLE', 'The server has no pgvector. Install it (0.8 or newer) and start again.')
  }
  if (!isRecent(pgvector)) {
    throw new SonaError(
      'DATABASE_UNSUITABLE',
      `Sona needs pgvector 0.8 or newer; this database has ${pgvector}. Install it and run \`alter extension vector update\`.`,
    )
  }
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > LEAST_PGVECTOR[0] || (major === LEAST_PGVECTOR[0] && minor >= LEAST_PGVECTOR[1])
}
