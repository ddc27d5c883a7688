import type { Database } from './database.js'

/**
 * Which items, or their vectors, are others now: told to other processes on the same database, that read them anew. Hints: one that is lost
 * leaves them with what they had until they load everything anew.
 */
export interface ItemNews {
  /** Returns at once. */
  announce(itemNos: readonly number[]): void
  /** Calls with what other processes announced. Returns what ends it. */
  listen(listener: (itemNos: readonly number[]) => void): () => void
  close(): Promise<void>
}

const CHANNEL = 'sona_items'
/** Numbers in one notification, whose payload PostgreSQL bounds at 8,000 bytes. */
const MOST_AT_ONCE = 500

type Message = { readonly from: string; readonly itemNos: readonly number[] }

export function createItemNews(database: Database, instance: string): ItemNews {
  const listeners = new Set<(itemNos: readonly number[]) => void>()
  let sending: Promise<unknown> = Promise.resolve()
  let stopListening: Promise<() => Promise<void>> | undefined

  function receive(payload: string): void {
    const { from, itemNos } = JSON.parse(payload) as Message
    if (from !== instance) for (const listener of listeners) listener(itemNos)
  }

  function send(itemNos: readonly number[]): Promise<unknown> {
    const payload = JSON.stringify({ from: instance, itemNos } satisfies Message)
    return database.notify(CHANNEL, payload).catch(() => {}) // a hint that cannot be sent is dropped
  }

  return {
    announce(itemNos) {
      for (let from = 0; from < itemNos.length; from += MOST_AT_ONCE) {
        const some = itemNos.slice(from, from + MOST_AT_ONCE)
        sending = sending.then(() => send(some))
      }
    },
    listen(listener) {
      listeners.add(listener)
      stopListening ??= database.listen(CHANNEL, receive, () => {})
      stopListening.catch(() => {
        stopListening = undefined
      })
      return () => listeners.delete(listener)
    },
    async close() {
      await sending
      const stop = await stopListening?.catch(() => undefined)
      await stop?.()
    },
  }
}
