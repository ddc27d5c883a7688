/** The tiny port that all SQL goes through. Two drivers: `server.ts` and `embedded.ts`; both speak PostgreSQL's own protocol. */
import type { MessagePort } from 'node:worker_threads'

/** A value as PostgreSQL's parser or its binary receive functions take it: Buffers go as binary, everything else as text. */
export type SqlValue = string | number | boolean | Buffer | null

/** A statement is text and values; every hole is a parameter. */
export interface Statement {
  readonly text: string
  readonly values?: readonly SqlValue[]
  /** Statements with a name are prepared once per connection. For those that run all the time. */
  readonly name?: string
}

export interface Queries {
  /** Runs one statement. Rows are objects by column name; bigint comes as number, int4[] as Int32Array, json parsed. */
  query<Row extends object = Record<string, never>>(statement: Statement): Promise<Row[]>
}

/** Fails with DATABASE_UNAVAILABLE, STORAGE_FULL and the like; an error of ours (wrong SQL) comes through as it is. */
export interface Database extends Queries {
  readonly kind: 'embedded' | 'server'
  /** What a process crash and a power cut would cost. */
  durability(): Promise<string>
  /** Runs the body in one transaction: committed when it resolves, rolled back when it throws. Keep it short. */
  transaction<R>(body: (transaction: Queries) => Promise<R>): Promise<R>
  /** What `copy (query) to stdout (format binary)` sends, whole. The query takes no parameters: only numbers may be put into it. */
  copyOut(query: string): Promise<Uint8Array>
  /** Runs a script of several statements in one transaction that nobody else's script runs beside. For migrations. */
  exclusive<R>(lock: number, body: (transaction: ScriptQueries) => Promise<R>): Promise<R>
  /**
   * Hears what other processes `notify` on a channel. `onReconnect` is called whenever messages may have been missed.
   * Returns what ends it. The embedded database has no other processes: there it hears other threads.
   */
  listen(channel: string, onMessage: (payload: string) => void, onReconnect: () => void): Promise<() => Promise<void>>
  /** Tells whoever listens, this process too. Payloads of 8,000 bytes and more are refused. */
  notify(channel: string, payload: string): Promise<void>
  /** Of the embedded database, where it was opened: another thread's way in. What it asks waits for what is asked here. */
  openDoor?(): Promise<Door>
  close(): Promise<void>
}

/** A way to the embedded database for another thread of the process that has it open; to be handed over, not copied. */
export interface Door {
  readonly home: string
  readonly port: MessagePort
  /** Tells it from all other doors to one session. */
  readonly number: number
}

export interface ScriptQueries extends Queries {
  script(text: string): Promise<void>
}
