import type { Writable } from 'node:stream'
import { eventToJson } from '../contract/event.js'
import { itemToJson } from '../contract/item.js'
import type { Event } from '../domain/event.js'
import type { Item } from '../domain/item.js'
import type { User } from '../domain/user.js'
import { unwritable } from './unwritable.js'

type Batches<T> = AsyncIterable<readonly T[]>

/** Writes items as NDJSON in the API's own shape; `openTable` reads them back to the same state. Returns their number. */
export const exportItems = (items: Batches<Item>, out: Writable): Promise<number> => writeLines(items, itemToJson, out)

/** Writes users as NDJSON in the API's own shape. Returns their number. */
export const exportUsers = (users: Batches<User>, out: Writable): Promise<number> => writeLines(users, (user) => user, out)

/** Writes events as NDJSON in the API's own shape, with their ids. Returns their number. */
export const exportEvents = (events: Batches<Event>, out: Writable): Promise<number> => writeLines(events, eventToJson, out)

/** A batch at a time, waiting whenever the reader of `out` is slower. `out` stays open. */
async function writeLines<T>(batches: Batches<T>, toJson: (row: T) => object, out: Writable): Promise<number> {
  let failure: Error | undefined
  const failed = (error: Error): void => {
    failure = error
  }
  out.on('error', failed)
  try {
    let count = 0
    for await (const batch of batches) {
      const text = batch.map((row) => `${JSON.stringify(toJson(row))}\n`).join('')
      if (!out.write(text) && !out.destroyed) await drained(out)
      if (failure !== undefined || out.destroyed)
        throw failure ?? new Error('The stream was closed before everything was written.')
      count += batch.length
    }
    // What is still on its way may fail too: an empty write comes back when everything before it has gone.
    await new Promise<void>((resolve, reject) => out.write('', (error) => (error ? reject(error) : resolve())))
    return count
  } catch (error) {
    throw unwritable('The export', error)
  } finally {
    out.off('error', failed)
  }
}

/** Until there is room again, or nothing will ever be. */
function drained(out: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      out.off('drain', done).off('close', done)
      resolve()
    }
    out.on('drain', done).on('close', done)
  })
}
