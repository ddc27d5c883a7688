import { Duplex } from 'node:stream'
import { BroadcastChannel } from 'node:worker_threads'
import pg from 'pg'
import type { Database } from './database.js'
import { pooledDatabase, rowTypes } from './pooled.js'

/** To the database's thread: PostgreSQL's protocol there and back. */
export interface Line {
  readonly started: Promise<void>
  /** Never rejects. */
  readonly ended: Promise<Error | undefined>
  exchange(bytes: Uint8Array): Promise<Uint8Array>
}

export interface EmbeddedClientOptions {
  /** Put before the names of prepared statements, where others use the same session. */
  readonly statements?: string
}

/**
 * The port over a line to the database's thread. The same driver talks to it as to a server, so that types, errors and prepared
 * statements behave alike. There is one connection; transactions wait for each other.
 */
export function embeddedDatabase(
  home: string,
  open: () => Line,
  options: EmbeddedClientOptions = {},
): Database & { readonly pool: pg.Pool } {
  const pool = new pg.Pool({
    user: 'postgres',
    database: 'postgres',
    types: rowTypes,
    max: 1,
    idleTimeoutMillis: 0,
    // The types know sockets only; what `pg` asks of one is in ThreadStream.
    stream: (() => new ThreadStream(open)) as unknown as NonNullable<pg.PoolConfig['stream']>,
  })
  return {
    kind: 'embedded',
    pool,
    ...pooledDatabase(pool, options),
    ...amongThreads(home),
    durability: async () =>
      'Everything acknowledged is in the log on disk (fsync on): neither a crash nor a power cut costs any of it, as far as the disk keeps its word.',
    close: () => pool.end(),
  }
}

/** No other process has the database open, but other threads of this one may. */
function amongThreads(home: string): Pick<Database, 'listen' | 'notify'> {
  const channelOf = (name: string): BroadcastChannel => {
    const channel = new BroadcastChannel(`${name} of ${home}`)
    channel.unref()
    return channel
  }
  return {
    async listen(name, onMessage) {
      const channel = channelOf(name)
      channel.onmessage = (message) => onMessage(String((message as { readonly data: unknown }).data))
      return async () => channel.close()
    },
    async notify(name, payload) {
      const channel = channelOf(name)
      channel.postMessage(payload)
      channel.close()
    },
  }
}

/** What `pg` takes for a socket: writes go to the thread in order, answers come back as data. */
class ThreadStream extends Duplex {
  readonly #open: () => Line
  #line: Line | undefined

  constructor(open: () => Line) {
    super({ decodeStrings: true })
    this.#open = open
  }

  connect(): this {
    this.#line = this.#open()
    this.#line.ended.then((reason) => this.destroy(reason))
    this.#line.started.then(
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
    this.#line!.exchange(bytes).then((answer) => {
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
