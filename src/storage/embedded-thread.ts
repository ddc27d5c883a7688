/** The thread that the embedded database lives in: bytes of PostgreSQL's protocol in, bytes out. */
import { existsSync, fdatasyncSync, fsyncSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MessagePort } from 'node:worker_threads'
import { PGlite, type postgresMod } from '@electric-sql/pglite'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { NodeFS } from '@electric-sql/pglite/nodefs'
import { vector } from '@electric-sql/pglite-pgvector'
import { flattenError } from '../threads/messages.js'
import { moved, serveThread } from '../threads/serve.js'
import type { DoorAnswer, DoorCall } from './embedded-door.js'
import { createTurns } from './embedded-turns.js'
import { createUpkeep } from './embedded-upkeep.js'
import { homeError } from './home-errors.js'
import { sync, syncTree } from './sync-tree.js'

export interface EmbeddedInit {
  /** Sona's home directory; the database is its subdirectory `database`. */
  readonly home: string
}

export type EmbeddedApi = Awaited<ReturnType<typeof embeddedApi>>

/** PGlite's own start parameters turn fsync off with `-F`. Emscripten's fdatasync does nothing, so the log uses fsync, see below. */
const startParams = [...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'), '-c', 'wal_sync_method=fsync']

async function embeddedApi({ home }: EmbeddedInit) {
  const database = await openDirectory(home)
  const upkeep = createUpkeep(database)

  async function exchange(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const answers: Uint8Array[] = []
    await database.execProtocolRawStream(bytes, {
      syncToFs: false, // nothing to do on a real file system
      onRawData: (answer) => answers.push(answer.slice()), // a view of PGlite's memory, good only now
    })
    await upkeep.afterExchange(bytes.length) // the client waits: nothing may come between
    return concatenate(answers)
  }

  const turns = createTurns(exchange)
  const owner = turns.join('first')

  return {
    /** One write of a client, which may hold several messages; all that the database answers to it. */
    async exchange(bytes: Uint8Array) {
      const answer = await owner.exchange(bytes)
      return moved(answer, [answer.buffer as ArrayBuffer])
    },

    /** Another thread's way in, behind whoever opened the database. It leaves when its end of the port closes. */
    letIn(port: MessagePort): void {
      const client = turns.join('after')
      port.on('message', ({ id, bytes }: DoorCall) => {
        client.exchange(bytes).then(
          (answer) => port.postMessage({ id, answer } satisfies DoorAnswer, [answer.buffer as ArrayBuffer]),
          (error: unknown) => port.postMessage({ id, error: flattenError(error) } satisfies DoorAnswer),
        )
      })
      port.on('close', () => client.leave())
    },

    /** Writes a checkpoint and closes the files, so that the next start has nothing to recover. */
    close: () => database.close(),
  }
}

async function openDirectory(home: string): Promise<PGlite> {
  const directory = join(home, 'database')
  // While this file exists the directory was never completed, so nothing in it was ever acknowledged.
  const unfinished = join(home, 'database.unfinished')
  const log = new LastLines()
  try {
    if (existsSync(unfinished)) rmSync(directory, { recursive: true, force: true })
    const isNew = !existsSync(directory)
    if (isNew) writeFileSync(unfinished, '')
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const database = await PGlite.create({
      fs: new DurableFiles(directory),
      extensions: { vector, pg_trgm },
      startParams,
      onStderr: (text) => log.add(text),
    })
    if (isNew) await finish(home, directory, unfinished)
    return database
  } catch (error) {
    throw homeError(home, error, log.problems())
  }
}

/** What PostgreSQL wrote to its log while it started: the reason, when it does not. */
class LastLines {
  readonly #lines: string[] = []

  /** Returns whether the text is also to be printed. */
  add(text: string): boolean {
    this.#lines.push(...text.split('\n'))
    this.#lines.splice(0, this.#lines.length - 50)
    return false
  }

  problems(): string | undefined {
    const problems = this.#lines.flatMap((line) => /(?:FATAL|PANIC|ERROR): +(.*)/.exec(line)?.[1] ?? [])
    return problems.length === 0 ? undefined : problems.join('; ')
  }
}

/** PGlite unpacked a new database past PostgreSQL, which therefore never synced it. */
async function finish(home: string, directory: string, unfinished: string): Promise<void> {
  await syncTree(directory)
  rmSync(unfinished)
  await sync(home)
}

/**
 * Files of the real file system whose fsync reaches the disk. PGlite's NODEFS has no fsync at all, so that PostgreSQL would
 * believe its log to be safe when it is not. A file's data and length are what must survive (fdatasync: 0.5–1 ms here,
 * against 5–15 ms for a whole fsync); a directory has no data, only entries.
 */
class DurableFiles extends NodeFS {
  override async init(pg: PGlite, options: Partial<postgresMod.PostgresMod>) {
    const { emscriptenOpts } = await super.init(pg, options)
    const makeDurable = ({ FS }: postgresMod.PostgresMod): void => {
      const files = FS as unknown as NodeFileSystem
      files.filesystems.NODEFS.stream_ops.fsync = ({ nfd, node }) => {
        try {
          if (files.isDir(node.mode)) fsyncSync(nfd)
          else fdatasyncSync(nfd)
          return 0
        } catch {
          throw new files.ErrnoError(EIO) // PostgreSQL stops at once, as it must when the log cannot be written
        }
      }
    }
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), makeDurable] } }
  }
}

/** What Emscripten's file system has and its types do not say. */
interface NodeFileSystem {
  readonly ErrnoError: new (errno: number) => Error
  readonly isDir: (mode: number) => boolean
  readonly filesystems: { readonly NODEFS: { readonly stream_ops: { fsync?: (stream: NodeFileStream) => number } } }
}

interface NodeFileStream {
  /** The file descriptor. */
  readonly nfd: number
  readonly node: { readonly mode: number }
}

/** WASI's number for an input/output error. */
const EIO = 29

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((size, { length }) => size + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

serveThread(embeddedApi)
