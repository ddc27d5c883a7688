import { SonaError } from '../domain/errors.js'
import { type ErrorOnTheWire, reviveError } from '../threads/messages.js'
import type { Database, Door } from './database.js'
import { embeddedDatabase } from './embedded-client.js'

export interface DoorCall {
  readonly id: number
  readonly bytes: Uint8Array
}

export type DoorAnswer =
  | { readonly id: number; readonly answer: Uint8Array }
  | { readonly id: number; readonly error: ErrorOnTheWire }

/**
 * The embedded database, from another thread than the one that opened it. What it asks waits for what that one asks. It does not come back
 * when the database's thread dies: everything then fails with DATABASE_UNAVAILABLE.
 */
export function openThroughDoor({ home, port, number }: Door): Database {
  const pending = new Map<number, { resolve: (answer: Uint8Array) => void; reject: (error: Error) => void }>()
  let nextId = 0
  let over: SonaError | undefined

  port.on('message', (message: DoorAnswer) => {
    const call = pending.get(message.id)
    pending.delete(message.id)
    if ('error' in message) call?.reject(reviveError(message.error))
    else call?.resolve(message.answer)
  })
  const ended = new Promise<Error>((resolve) => {
    port.on('close', () => {
      over = new SonaError('DATABASE_UNAVAILABLE', 'The embedded database was closed, or its thread died.')
      for (const { reject } of pending.values()) reject(over)
      pending.clear()
      resolve(over)
    })
  })

  const line = {
    started: Promise.resolve(),
    ended,
    exchange: (bytes: Uint8Array) =>
      new Promise<Uint8Array>((resolve, reject) => {
        if (over !== undefined) return reject(over)
        const id = nextId++
        pending.set(id, { resolve, reject })
        port.postMessage({ id, bytes } satisfies DoorCall)
      }),
  }
  const { pool, ...database } = embeddedDatabase(home, () => line, { statements: `door-${number}-` })
  return {
    ...database,
    async close() {
      await pool.end()
      port.close()
    },
  }
}
