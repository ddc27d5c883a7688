import { type TransferListItem, Worker } from 'node:worker_threads'
import { SonaError } from '../domain/errors.js'
import { compiledEntry } from './entry.js'
import { type CallMessage, type Moved, reviveError, type ThreadMessage } from './messages.js'
import type { ThreadApi } from './serve.js'

export interface ThreadOptions {
  /** Shown in messages. Default: the entry's file name. */
  readonly name?: string
  /** Buffers inside `init` to hand over instead of copying. Shared memory is shared without being listed. */
  readonly transfer?: readonly TransferListItem[]
  /** Most MiB for what was made lately. By itself V8 lets it grow to 48 over thousands of calls, and gives little of that back. */
  readonly youngGenerationMb?: number
}

type Result<Method> = Method extends (...args: never[]) => infer Value ? Unmoved<Awaited<Value>> : never
type Unmoved<Value> = Value extends Moved<infer Inner> ? Inner : Value
type Arguments<Method> = Method extends (...args: infer Args) => unknown ? Args : never

/** The thread's methods as they are called from outside: same names and arguments, and a promise for each result. */
export type Calls<Api> = {
  readonly [Name in keyof Api & string]: (...args: Arguments<Api[Name]>) => Promise<Result<Api[Name]>>
}

/** A worker thread that is called like an object whose methods return promises. */
export interface Thread<Api extends ThreadApi> {
  /** Errors come back with their code. A call fails with THREAD_DIED when the thread ends before it answered. */
  readonly api: Calls<Api>
  /** Resolves when the thread's API stands; rejects with what its start threw, or with THREAD_DIED. */
  readonly started: Promise<void>
  /** Resolves when the thread has ended, with what ended it, or undefined after `terminate`. Never rejects. */
  readonly ended: Promise<Error | undefined>
  /** As `api`, and hands the listed buffers over instead of copying them. */
  moving(transfer: readonly TransferListItem[]): Calls<Api>
  /** Stops the thread wherever it is. Calls that have no answer yet fail with THREAD_DIED. */
  terminate(): Promise<void>
}

/**
 * Starts a thread whose entry calls `serveThread`. `entry` is written as `new URL('./some-thread.js', import.meta.url)`;
 * from TypeScript sources the compiled file under dist/ is taken. Calls may be made at once; they wait for the start.
 */
export function startThread<Api extends ThreadApi>(entry: URL, init: unknown, options: ThreadOptions = {}): Thread<Api> {
  const name = options.name ?? entry.pathname.replace(/^.*\/|\.[jt]s$/g, '')
  const worker = new Worker(compiledEntry(entry), {
    name,
    workerData: init,
    transferList: [...(options.transfer ?? [])],
    ...(options.youngGenerationMb !== undefined && {
      resourceLimits: { maxYoungGenerationSizeMb: options.youngGenerationMb },
    }),
  })

  const pending = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  const started = deferred<void>()
  const ended = deferred<Error | undefined>()
  started.promise.catch(() => {}) // an owner that only makes calls hears of a failed start from these
  let nextId = 0
  let lastError: Error | undefined
  let over: SonaError | undefined
  let terminating = false

  worker.on('message', (message: ThreadMessage) => {
    switch (message.kind) {
      case 'started':
        return started.resolve()
      case 'failed':
        lastError = reviveError(message.error)
        started.reject(lastError)
        return void worker.terminate()
      case 'result': {
        const call = pending.get(message.id)
        pending.delete(message.id)
        return call?.resolve(message.value as never)
      }
      case 'error': {
        const call = pending.get(message.id)
        pending.delete(message.id)
        return call?.reject(reviveError(message.error))
      }
    }
  })
  worker.on('error', (error) => {
    lastError = error instanceof Error ? error : new Error(String((error as { message?: unknown })?.message ?? error))
  })
  worker.on('exit', (exitCode) => {
    const reason = lastError?.message ?? (terminating ? 'it was stopped' : `it ended with exit code ${exitCode}`)
    over = new SonaError('THREAD_DIED', `The thread '${name}' is gone: ${reason}.`, { cause: lastError })
    // A start that failed for a reason of its own (HOME_UNUSABLE, say) says so to everyone who waits for it.
    const error = lastError instanceof SonaError ? lastError : over
    started.reject(error)
    for (const { reject } of pending.values()) reject(error)
    pending.clear()
    ended.resolve(terminating ? undefined : (lastError ?? over))
  })

  function post(transfer: readonly TransferListItem[], method: string, args: readonly unknown[]): Promise<never> {
    if (over) return Promise.reject(over)
    return new Promise((resolve, reject) => {
      const id = nextId++
      const message: CallMessage = { id, method, args }
      worker.postMessage(message, transfer) // throws what cannot be cloned into this promise
      pending.set(id, { resolve, reject })
    })
  }

  function calls(transfer: readonly TransferListItem[]): Calls<Api> {
    const known = new Map<string | symbol, unknown>()
    return new Proxy({} as Calls<Api>, {
      get(_, method) {
        // A thread's api is no promise: `await` asks for `then`, and must not be sent to the thread.
        if (typeof method === 'symbol' || method === 'then') return undefined
        if (!known.has(method)) known.set(method, (...args: readonly unknown[]) => post(transfer, method, args))
        return known.get(method)
      },
    })
  }

  return {
    started: started.promise,
    ended: ended.promise,
    api: calls([]),
    moving: calls,
    async terminate() {
      terminating = true
      await worker.terminate()
      await ended.promise
    },
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void
  let reject!: (error: Error) => void
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
