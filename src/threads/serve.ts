import { parentPort, type TransferListItem, workerData } from 'node:worker_threads'
import { assert } from '../domain/errors.js'
import { type CallMessage, flattenError, Moved, type ThreadMessage } from './messages.js'

/** What a thread can do: methods over structured-cloneable values, synchronous or not. */
export type ThreadApi = { readonly [Method: string]: (...args: never[]) => unknown }

/** Gives a result's buffers away instead of copying them: `return moved(columns, [columns.items.buffer])`. */
export function moved<T>(value: T, transfer: readonly TransferListItem[]): Moved<T> {
  return new Moved(value, transfer)
}

/**
 * The thread's side: builds the API once from what `startThread` was given as `init`, then answers calls. Synchronous methods are
 * answered in the order they came; asynchronous ones when they are done.
 */
export function serveThread<Init>(start: (init: Init) => ThreadApi | Promise<ThreadApi>): void {
  const port = parentPort
  assert(port !== null, 'serveThread runs in a worker thread')
  Promise.resolve()
    .then(() => start(workerData as Init))
    .then((api) => {
      // Calls that came earlier waited in the port: it is read from the first listener on.
      port.on('message', (call: CallMessage) => answer(api, call))
      post({ kind: 'started' })
    })
    .catch((error: unknown) => {
      post({ kind: 'failed', error: flattenError(error) })
    })
}

function answer(api: ThreadApi, call: CallMessage): void {
  try {
    const method = api[call.method]
    assert(method !== undefined, `a thread has no method '${call.method}'`)
    const value = method.apply(api, call.args as never[])
    if (value instanceof Promise) {
      value.then(
        (settled) => postResult(call.id, settled),
        (error: unknown) => post({ kind: 'error', id: call.id, error: flattenError(error) }),
      )
    } else {
      postResult(call.id, value)
    }
  } catch (error) {
    post({ kind: 'error', id: call.id, error: flattenError(error) })
  }
}

function postResult(id: number, value: unknown): void {
  try {
    if (value instanceof Moved) post({ kind: 'result', id, value: value.value }, value.transfer)
    else post({ kind: 'result', id, value })
  } catch (error) {
    // A result that cannot be cloned is our fault; the caller must hear of it rather than wait for ever.
    post({ kind: 'error', id, error: flattenError(error) })
  }
}

function post(message: ThreadMessage, transfer: readonly TransferListItem[] = []): void {
  parentPort?.postMessage(message, transfer)
}
