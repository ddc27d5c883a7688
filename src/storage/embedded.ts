import { MessageChannel } from 'node:worker_threads'
import { SonaError } from '../domain/errors.js'
import { startThread, type Thread } from '../threads/start.js'
import type { Database } from './database.js'
import { embeddedDatabase, type Line } from './embedded-client.js'
import type { EmbeddedApi, EmbeddedInit } from './embedded-thread.js'
import { lockHome } from './home-lock.js'

export interface EmbeddedOptions {
  /** A statement that takes longer is taken to hang: the thread is ended, and the statement fails. Default 180,000. */
  readonly longestStatementMs?: number
}

/** Building an index over a large catalogue may take a minute or two. */
const LONGEST_STATEMENT_MS = 180_000

/**
 * PostgreSQL inside this process: PGlite in a thread of its own, on the files of `home`. A second process gets HOME_IN_USE; other threads
 * of this one come in by doors.
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

  /** A statement that hangs is ended with its thread; another one is started for the next. */
  function line(): Line {
    const current = running()
    return {
      started: current.started,
      ended: current.ended,
      exchange(bytes) {
        const watch = setTimeout(() => void current.terminate(), longestStatementMs)
        return current.api.exchange(bytes).finally(() => clearTimeout(watch))
      },
    }
  }

  const { pool, ...queries } = embeddedDatabase(home, line)
  let doors = 0

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
    ...queries,
    query: (statement) => restarting(queries.query(statement)),
    transaction: (body) => restarting(queries.transaction(body)),
    copyOut: (query) => restarting(queries.copyOut(query)),
    exclusive: (number, body) => restarting(queries.exclusive(number, body)),
    async openDoor() {
      const { port1, port2 } = new MessageChannel()
      const current = running()
      await current.started
      await current.moving([port1]).letIn(port1)
      return { home, port: port2, number: ++doors }
    },
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
