import { Duplex } from 'node:stream'
import pg from 'pg'
import { SonaError } from '../domain/errors.js'
import { startThread, type Thread } from '../threads/start.js'
import type { Database } from './database.js'
import type { EmbeddedApi, EmbeddedInit } from './embedded-thread.js'
import { lockHome } from './home-lock.js'
import { pooledDatabase, rowTypes } from './pooled.js'

export interface EmbeddedOptions {
  /** A statement that takes longer is taken to hang: the thread is ended, and the statement fails. Default 180,000. */
  readonly longestStatementMs?: number
}

/** Building an index over a large catalogue may take a minute or two. */
const LONGEST_STATEMENT_MS = 180_000

/**
 * PostgreSQL inside this process: PGlite in a thread of its own, on the files of `home`. The same driver talks to it as to a
 * server, over a stream that ends in the thread, so that types, errors and prepared statements behave alike.
 * There is one connection; transactions wait for each other. A second process gets HOME_IN_USE.
 */
export async function openEmbedded(home: string, options: EmbeddedOptions = {}): Promise<Database> {
  const { longestStatementMs = LONGEST_STATEMENT_MS } = options
  const lock = lockHome(home)
  let thread: Thread<EmbeddedApi> | undefined
  let isClosing = false

  /** The running thread, or a new one when the last has died: PostgreSQL then recovers what was committed from its log. */
  function running(): Thread<EmbeddedApi> {
    if (thread !== undefined) return thread
    const init: EmbeddedInit = { home }
    const fresh = startThread<EmbeddedApi>(new URL('./embedded-thread.js', import.meta.url), init, { name: 'embedded database' })
    const forget = (): void => {
      if (thread === fresh) thread = undefined
    }
    fresh.started.catch(forget)
    fresh.ended.then(forget)
    thread = fresh
    return fresh
  }

  try {
    await running().started
  } catch (error) {
    lock.release()
    throw error
  }

  const pool = new pg.Pool({
    user: 'postgres',
    database: 'postgres',
    types: rowTypes,
    max: 1,
    idleTimeoutMillis: 0,
    // The types know sockets only; what `pg` asks of one is in ThreadStream.
    stream: (() => new ThreadStream(running, longestStatementMs)) as unknown as NonNullable<pg.PoolConfig['stream']>,
  })
  const queries = pooledDatabase(pool)

  /**
   * When PGlite fails to write a file it keeps the lock it held, and the next statement waits for it for ever (seen on a full
   * disk). A thread in that state is ended; the next statement starts another, which recovers from the log.
   */
  async function restarting<R>(work: Promise<R>): Promise<R> {
    try {
      return await work
    } catch (error) {
      if (isFileFailure(error)) await thread?.terminate()
      throw error
    }
  }

  return {
    kind: 'embedded',
    query: (statement) => restarting(queries.query(statement)),
    transaction: (body) => restarting(queries.transaction(body)),
    copyOut: (query) => restarting(queries.copyOut(query)),
    exclusive: (number, body) => restarting(queries.exclusive(number, body)),
    durability: async () =>
      'Everything acknowledged is in the log on disk (fsync on): neither a crash nor a power cut costs any of it, as far as the disk keeps its word.',
    listen: async () => async () => {},
    async close() {
      if (isClosing) return
      isClosing = true
      await pool.end()
      // A thread that cannot close its files has nothing left to lose: the next start recovers from the log.
      await thread?.api.close().catch(() => {})
      await thread?.terminate()
      lock.release()
    },
  }
}

/** Disk full, and everything else that PostgreSQL says of its own files. */
function isFileFailure(error: unknown): boolean {
  const cause = error instanceof SonaError ? error.cause : error
  const code = String((cause as { code?: unknown } | undefined)?.code)
  return code === '53100' || code.startsWith('58') || code.startsWith('XX')
}

/** What `pg` takes for a socket: writes go to the thread in order, answers come back as data. */
class ThreadStream extends Duplex {
  readonly #running: () => Thread<EmbeddedApi>
  readonly #longestStatementMs: number
  #thread: Thread<EmbeddedApi> | undefined

  constructor(running: () => Thread<EmbeddedApi>, longestStatementMs: number) {
    super({ decodeStrings: true })
    this.#running = running
    this.#longestStatementMs = longestStatementMs
  }

  connect(): this {
    this.#thread = this.#running()
    this.#thread.ended.then((reason) => this.destroy(reason))
    this.#thread.started.then(
      () => this.emit('connect'),
      (error: Error) => this.destroy(error),
    )
    return this
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done)
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done)
  }

  #send(bytes: Buffer, done: (error?: Error | null) => void): void {
    const thread = this.#thread!
    const watch = setTimeout(() => void thread.terminate(), this.#longestStatementMs)
    thread.api
      .exchange(bytes)
      .finally(() => clearTimeout(watch))
      .then((answer) => {
        // A view, not a copy: the thread gave this memory away.
        if (answer.length > 0) this.push(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength))
        done()
      }, done)
  }

  override _read(): void {}

  override _final(done: (error?: Error | null) => void): void {
    this.push(null)
    done()
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
