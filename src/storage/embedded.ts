import { Duplex } from 'node:stream'
import pg from 'pg'
import { startThread, type Thread } from '../threads/start.js'
import type { Database } from './database.js'
import type { EmbeddedApi, EmbeddedInit } from './embedded-thread.js'
import { lockHome } from './home-lock.js'
import { pooledDatabase, rowTypes } from './pooled.js'

/**
 * PostgreSQL inside this process: PGlite in a thread of its own, on the files of `home`. The same driver talks to it as to a
 * server, over a stream that ends in the thread, so that types, errors and prepared statements behave alike.
 * There is one connection; transactions wait for each other. A second process gets HOME_IN_USE.
 */
export async function openEmbedded(home: string): Promise<Database> {
  const lock = lockHome(home)
  let thread: Thread<EmbeddedApi> | undefined
  let isClosing = false

  /** The running thread, or a new one when the last has died: PostgreSQL then recovers what was committed from its log. */
  function running(): Thread<EmbeddedApi> {
    if (thread !== undefined) return thread
    const init: EmbeddedInit = { home }
    const fresh = startThread<EmbeddedApi>(new URL('./embedded-thread.js', import.meta.url), init, { name: 'embedded database' })
    fresh.ended.then(() => {
      if (thread === fresh) thread = undefined
    })
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
    stream: (() => new ThreadStream(running)) as unknown as NonNullable<pg.PoolConfig['stream']>,
  })

  return {
    kind: 'embedded',
    ...pooledDatabase(pool),
    durability: async () =>
      'Everything acknowledged is in the log on disk (fsync on): neither a crash nor a power cut costs any of it, as far as the disk keeps its word.',
    listen: async () => async () => {},
    async close() {
      if (isClosing) return
      isClosing = true
      await pool.end()
      try {
        await thread?.api.close()
        await thread?.terminate()
      } finally {
        lock.release()
      }
    },
  }
}

/** What `pg` takes for a socket: writes go to the thread in order, answers come back as data. */
class ThreadStream extends Duplex {
  readonly #running: () => Thread<EmbeddedApi>
  #thread: Thread<EmbeddedApi> | undefined

  constructor(running: () => Thread<EmbeddedApi>) {
    super({ decodeStrings: true })
    this.#running = running
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
    this.#thread!.api.exchange(bytes).then((answer) => {
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
