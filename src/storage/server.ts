import pg from 'pg'
import type { Database } from './database.js'
import { databaseError } from './database-errors.js'
import { pooledDatabase, rowTypes } from './pooled.js'

export interface ServerOptions {
  /** Connections at most; a server behind a connection pooler may want fewer. */
  readonly connections?: number
}

const CONNECT_TIMEOUT_MS = 5_000
/** A connection that comes back to life has its statements to prepare again; a quiet minute is not worth that. */
const IDLE_TIMEOUT_MS = 60_000
/** Nothing Sona asks takes minutes; what does is stuck, and must not hold a connection for ever. */
const STATEMENT_TIMEOUT_MS = 60_000
const RECONNECT_EVERY_MS = 1_000

/** A PostgreSQL server, through a pool of connections. */
export function openServer(url: string, options: ServerOptions = {}): Database {
  const settings: pg.PoolConfig = {
    connectionString: url,
    types: rowTypes,
    keepAlive: true,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    application_name: 'sona',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
  }
  const pool = new pg.Pool({ ...settings, max: options.connections ?? 10 })
  const queries = pooledDatabase(pool)

  return {
    kind: 'server',
    ...queries,
    async durability() {
      const [row] = await queries.query<{ fsync: string; commit: string }>({
        text: "select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit",
      })
      return durabilityOf(row!.fsync, row!.commit)
    },
    listen: (channel, onMessage, onReconnect) => listen(settings, channel, onMessage, onReconnect),
    async notify(channel, payload) {
      await queries.query({ text: 'select pg_notify($1, $2)', values: [channel, payload], name: 'sona-notify' })
    },
    close: () => pool.end(),
  }
}

function durabilityOf(fsync: string, commit: string): string {
  if (fsync !== 'on')
    return 'The server runs with fsync off: a crash of its machine or a power cut may damage the whole database.'
  if (commit === 'off' || commit === 'local') {
    return `The server runs with synchronous_commit ${commit}: a crash of this process costs nothing, a power cut the last moments' writes.`
  }
  return 'Everything acknowledged is on disk (fsync on): neither a crash nor a power cut of the server costs any of it.'
}

/** A connection of its own that listens, and is opened again whenever it breaks. */
async function listen(
  settings: pg.ClientConfig,
  channel: string,
  onMessage: (payload: string) => void,
  onReconnect: () => void,
): Promise<() => Promise<void>> {
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined
  let isOver = false

  async function connect(): Promise<void> {
    const fresh = new pg.Client(settings)
    fresh.on('error', () => {}) // 'end' follows, and reconnects
    fresh.on('notification', ({ payload }) => onMessage(payload ?? ''))
    await fresh.connect()
    await fresh.query(`listen ${pg.escapeIdentifier(channel)}`)
    fresh.once('end', again)
    client = fresh
  }

  function again(): void {
    if (isOver) return
    client = undefined
    retry = setTimeout(() => {
      connect().then(onReconnect, again)
    }, RECONNECT_EVERY_MS)
    retry.unref()
  }

  try {
    await connect()
  } catch (error) {
    throw databaseError(error)
  }
  return async () => {
    isOver = true
    clearTimeout(retry)
    await client?.end()
  }
}
