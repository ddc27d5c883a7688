import type { Connection, PoolClient, QueryResultRow, Submittable } from 'pg'
import pg from 'pg'
import type { Database, Queries, ScriptQueries, Statement } from './database.js'
import { databaseError, isConnectionLost } from './database-errors.js'

/**
 * The part of the port that both drivers share: everything that is done over a pool of connections.
 *
 * @param statements put before the names of prepared statements
 */
export function pooledDatabase(
  pool: pg.Pool,
  { statements = '' }: { readonly statements?: string } = {},
): Pick<Database, 'query' | 'transaction' | 'copyOut' | 'exclusive'> {
  // A connection that breaks while nobody waits for it, idle or between two statements of a transaction, must not end the process.
  // Its next statement fails, or the pool opens another one.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))

  /** `pool.query` would close the connection after any failed statement; only a lost connection deserves that. */
  async function withClient<R>(work: (client: PoolClient) => Promise<R>): Promise<R> {
    let client: PoolClient
    try {
      client = await pool.connect()
    } catch (error) {
      throw databaseError(error)
    }
    try {
      const result = await work(client)
      client.release()
      return result
    } catch (error) {
      client.release(isConnectionLost(error))
      throw databaseError(error)
    }
  }

  async function transaction<R>(client: PoolClient, body: () => Promise<R>): Promise<R> {
    await client.query('begin')
    try {
      const result = await body()
      await client.query('commit')
      return result
    } catch (error) {
      if (!isConnectionLost(error)) await client.query('rollback')
      throw error
    }
  }

  async function run<Row extends object>(client: PoolClient, { text, values, name }: Statement): Promise<Row[]> {
    const { rows } = await client.query<QueryResultRow>({
      text,
      ...(values === undefined ? {} : { values: [...values] }),
      ...(name === undefined ? {} : { name: statements + name }),
    })
    return rows as Row[] // the statement's text says what its rows look like
  }

  const queriesOn = (client: PoolClient): Queries => ({ query: (statement) => run(client, statement) })

  return {
    query: (statement) => withClient((client) => run(client, statement)),

    transaction: (body) => withClient((client) => transaction(client, () => body(queriesOn(client)))),

    copyOut: (query) =>
      withClient(async (client) => {
        const copy = new CopyOut(`copy (${query}) to stdout (format binary)`)
        client.query(copy)
        return copy.finished
      }),

    exclusive: (lock, body) =>
      withClient((client) =>
        transaction(client, async () => {
          await client.query('select pg_advisory_xact_lock($1)', [lock])
          const queries: ScriptQueries = {
            ...queriesOn(client),
            async script(text) {
              await client.query(text)
            },
          }
          return body(queries)
        }),
      ),
  }
}

/** Collects what COPY sends; `pg` itself drops these messages. */
class CopyOut implements Submittable {
  readonly finished: Promise<Uint8Array>
  readonly #text: string
  #bytes = Buffer.allocUnsafe(2 ** 16)
  #length = 0
  #resolve!: (bytes: Uint8Array) => void
  #reject!: (error: Error) => void

  constructor(text: string) {
    this.#text = text
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  submit(connection: Connection): void {
    connection.query(this.#text)
  }

  handleCopyData(message: { readonly chunk: Uint8Array }): void {
    // A copy: the chunk is a view of the driver's read buffer, which the next read overwrites.
    const { chunk } = message
    if (this.#length + chunk.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * (this.#length + chunk.length))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    this.#bytes.set(chunk, this.#length)
    this.#length += chunk.length
  }

  handleError(error: Error): void {
    this.#reject(error)
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#bytes.subarray(0, this.#length))
  }

  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleEmptyQuery(): void {}
}

const typeOid = { int8: 20, int4Array: 1007, int8Array: 1016, jsonb: 3802, json: 114, bytea: 17, float4Array: 1021 } as const

/** How values come out of rows: see `Queries.query`. */
export const rowTypes: pg.CustomTypesConfig = {
  getTypeParser(oid: number) {
    switch (oid) {
      case typeOid.int8:
        return Number
      case typeOid.int4Array:
        return (text: string) => Int32Array.from(numbersOf(text))
      case typeOid.int8Array:
      case typeOid.float4Array:
        return numbersOf
      default:
        return pg.types.getTypeParser(oid)
    }
  },
}

/** `{1,2,3}`, without nulls. */
function numbersOf(text: string): number[] {
  return text.length <= 2 ? [] : text.slice(1, -1).split(',').map(Number)
}
