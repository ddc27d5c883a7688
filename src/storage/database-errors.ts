import { type ErrorCode, SonaError } from '../domain/errors.js'

/** What PostgreSQL (by SQLSTATE) and the network (by errno) say, as a row of the error table. Longest prefix first. */
const meanings: readonly (readonly [prefix: string, code: ErrorCode, advice: string])[] = [
  ['53100', 'STORAGE_FULL', 'The disk of the database is full. Nothing was written; free space and send it again.'],
  ['ENOSPC', 'STORAGE_FULL', 'The disk is full. Nothing was written; free space and send it again.'],
  ['EDQUOT', 'STORAGE_FULL', 'The disk quota is used up. Nothing was written; free space and send it again.'],
  ['22021', 'INVALID_REQUEST', 'A text contains a character that PostgreSQL cannot hold, such as U+0000.'],
  ['22P05', 'INVALID_REQUEST', 'A text contains a character that PostgreSQL cannot hold, such as U+0000.'],
  ['22P02', 'INVALID_REQUEST', 'A value is not in the form that PostgreSQL expects.'],
  ['54000', 'INVALID_REQUEST', 'A value is larger than PostgreSQL can hold.'],
  [
    'ERR_INVALID_URL',
    'DATABASE_UNSUITABLE',
    'DATABASE_URL is not an address. It looks like postgres://user:password@host:5432/database.',
  ],
  ['28', 'DATABASE_UNSUITABLE', 'The database refuses this user or password. Correct DATABASE_URL.'],
  ['3D000', 'DATABASE_UNSUITABLE', 'The server has no database of this name. Create it, or correct DATABASE_URL.'],
  ['42501', 'DATABASE_UNSUITABLE', 'The database user lacks a privilege that Sona needs.'],
  ['25006', 'DATABASE_UNAVAILABLE', 'The database accepts no writes now (a standby, or read-only mode).'],
  [
    '40',
    'DATABASE_UNAVAILABLE',
    'The database gave this transaction up in favour of another. Nothing was written; send it again.',
  ],
  ['42P01', 'SCHEMA_MISMATCH', 'A table that Sona expects is missing. Run `sona doctor`.'],
  ['42703', 'SCHEMA_MISMATCH', 'A column that Sona expects is missing. Run `sona doctor`.'],
  ['42883', 'SCHEMA_MISMATCH', 'A function that Sona expects is missing. Run `sona doctor`.'],
  ['3F000', 'SCHEMA_MISMATCH', 'The schema that Sona expects is missing. Run `sona doctor`.'],
  [
    '08',
    'DATABASE_UNAVAILABLE',
    'The connection to the database is lost. Send it again later: what did arrive is not written twice.',
  ],
  ['53200', 'DATABASE_UNAVAILABLE', 'The database is out of memory. Nothing was written; send less at once, or again later.'],
  ['53', 'DATABASE_UNAVAILABLE', 'The database has no room for another connection. Send it again later.'],
  ['55P03', 'DATABASE_UNAVAILABLE', 'The database waited too long for a lock. Nothing was written; send it again later.'],
  [
    '57',
    'DATABASE_UNAVAILABLE',
    'The database stopped the statement or is shutting down. Send it again later: what did arrive is not written twice.',
  ],
  ['58', 'DATABASE_UNAVAILABLE', 'The database cannot read or write its own files. Look into its log.'],
  ['XX001', 'DATABASE_UNAVAILABLE', 'The database found damaged data. Look into its log, and restore a backup.'],
]

const networkErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'THREAD_DIED',
])

/** `pg` has no codes for its own complaints. */
const lostConnection =
  /connection terminated|timeout exceeded when trying to connect|connection error and is not queryable|Client was closed|Cannot use a pool after|Query read timeout|connection timeout/i

/** The world's faults as SonaErrors that say what to do; anything else unchanged, since it is ours. */
export function databaseError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const code = codeOf(error)
  if (error instanceof SonaError && code !== 'THREAD_DIED') return error
  if (networkErrors.has(code) || lostConnection.test(error.message)) {
    // Connecting to several addresses fails with an empty message and one error for each.
    const reason = error.message || (error instanceof AggregateError ? String(error.errors[0]?.message) : code)
    return new SonaError(
      'DATABASE_UNAVAILABLE',
      `The database does not answer (${reason}). Send it again later: what did arrive is not written twice.`,
      {
        cause: error,
      },
    )
  }
  const meaning = meanings.find(([prefix]) => code.startsWith(prefix))
  if (meaning === undefined) return error
  return new SonaError(meaning[1], `${meaning[2]} (${error.message})`, { cause: error })
}

/** Is the connection gone for good, so that it must not go back to the pool? */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return true
  const code = codeOf(error)
  return networkErrors.has(code) || lostConnection.test(error.message) || /^(08|57P0)/.test(code)
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown }
  if (typeof code === 'string') return code
  // Node tries every address of a name and reports all failures in one.
  const first = error instanceof AggregateError ? error.errors[0] : undefined
  return first instanceof Error && first !== error ? codeOf(first) : ''
}
