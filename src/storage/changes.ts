import type { UserId } from '../domain/ids.js'
import type { Database } from './database.js'

/** Hears that what is remembered of a user may be out of date; `everybody` after messages may have been missed. */
export type UserListener = (userId: UserId | 'everybody', version: number | undefined) => void

/**
 * Tells listeners in this process, and in others on the same database, which users changed and that other models are live. Hints only, sent after the commit:
 * one may be lost when a process dies, so the version in the database stays the truth.
 */
export interface Changes {
  /** Users with their new version, undefined when they are erased. */
  changed(users: ReadonlyMap<UserId, number | undefined>): void
  onUserChanged(listener: UserListener): () => void
  /** Another version of the models is live. */
  modelsChanged(version: number): void
  onModelsChanged(listener: () => void): () => void
  close(): Promise<void>
}

const CHANNEL = 'sona_users'
/** A few milliseconds gather what many requests changed into one notification: each takes a lock that all of a server's share. */
const GATHER_MS = 5
/** PostgreSQL refuses payloads of 8,000 bytes and more. Beyond either limit the message is that everybody changed. */
const MOST_USERS = 100
const MOST_BYTES = 7_500

type Message =
  | { readonly from: string; readonly users: readonly (readonly [UserId, number | null])[] | 'everybody' }
  | { readonly from: string; readonly models: number }

export function createChanges(database: Database, instance: string): Changes {
  const listeners = new Set<UserListener>()
  const modelListeners = new Set<() => void>()
  let gathered = new Map<UserId, number | undefined>()
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<unknown> = Promise.resolve()
  let stopListening: Promise<() => Promise<void>> | undefined

  const tell: UserListener = (userId, version) => {
    for (const listener of listeners) listener(userId, version)
  }

  function receive(payload: string): void {
    const message = JSON.parse(payload) as Message
    if (message.from === instance) return // told already, when it happened
    if ('models' in message) tellOfModels()
    else if (message.users === 'everybody') tell('everybody', undefined)
    else for (const [userId, version] of message.users) tell(userId, version ?? undefined)
  }

  function tellOfModels(): void {
    for (const listener of modelListeners) listener()
  }

  /** A hint that cannot be sent is dropped: if the database is gone, its listeners are told so when they reconnect. */
  function notify(payload: string): void {
    const sent = database.notify(CHANNEL, payload)
    sending = Promise.all([sending, sent.catch(() => {})])
  }

  function send(): void {
    timer = undefined
    notify(payloadOf(instance, gathered))
    gathered = new Map()
  }

  /** Messages may have been missed, of whatever kind. */
  function reconnected(): void {
    tell('everybody', undefined)
    tellOfModels()
  }

  function listen(): void {
    stopListening ??= database.listen(CHANNEL, receive, reconnected)
    // A listener that never got through hears nothing from others; versions still tell.
    stopListening.catch(() => {
      stopListening = undefined
    })
  }

  return {
    changed(users) {
      if (users.size === 0) return
      if (users.size > MOST_USERS) tell('everybody', undefined)
      else for (const [userId, version] of users) tell(userId, version)
      for (const [userId, version] of users) gathered.set(userId, version)
      timer ??= setTimeout(send, GATHER_MS)
    },

    onUserChanged(listener) {
      listeners.add(listener)
      listen()
      return () => listeners.delete(listener)
    },

    modelsChanged(version) {
      tellOfModels()
      notify(JSON.stringify({ from: instance, models: version } satisfies Message))
    },

    onModelsChanged(listener) {
      modelListeners.add(listener)
      listen()
      return () => modelListeners.delete(listener)
    },

    async close() {
      if (timer !== undefined) {
        clearTimeout(timer)
        send()
      }
      await sending
      const stop = await stopListening?.catch(() => undefined)
      await stop?.()
    },
  }
}

function payloadOf(from: string, users: ReadonlyMap<UserId, number | undefined>): string {
  const everybody = JSON.stringify({ from, users: 'everybody' } satisfies Message)
  if (users.size > MOST_USERS) return everybody
  const entries = [...users].map(([userId, version]): readonly [UserId, number | null] => [userId, version ?? null])
  const payload = JSON.stringify({ from, users: entries } satisfies Message)
  return Buffer.byteLength(payload) > MOST_BYTES ? everybody : payload
}
