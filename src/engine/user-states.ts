import { LRUCache } from 'lru-cache'
import { countsAsSeen, type Event } from '../domain/event.js'
import type { ItemNo, UserId } from '../domain/ids.js'
import { type Consent, fullConsent, noTraits, type Traits } from '../domain/user.js'
import { engagementOf } from '../features/engagement.js'
import { emptyTrail, extendTrail, type Trail, type TrailEntry } from '../features/trail.js'
import type { AdapterStore, StoredAdapter } from '../storage/adapter-store.js'
import type { EventStore, UserState } from '../storage/store.js'

/** What an answer needs to know of a user. Never changes; an event makes a new one. */
export interface KnownUser {
  /** 0 for a user nobody knows yet. */
  readonly version: number
  readonly traits: Traits
  readonly consent: Consent
  readonly trail: Trail
  /** Durable numbers of all items the user has seen. */
  readonly seen: Int32Array
  /** The newest version of the user's adapter, as stored. */
  readonly adapter?: Pick<StoredAdapter, 'version' | 'bytes'>
}

export const unknownUser: KnownUser = {
  version: 0,
  traits: noTraits,
  consent: fullConsent,
  trail: emptyTrail,
  seen: new Int32Array(0),
}

/** Users' recent past and their adapters, in memory as long as there is room, else read from the store: one statement each, side by side. */
export interface UserStates {
  /** The user as of now; never older than what this process wrote, nor than `minVersion`. */
  get(userId: UserId, minVersion?: number): Promise<KnownUser>
  /** Writes events through that the store has accepted; `version` is what the store says the user has now. */
  accepted(userId: UserId, version: number, events: readonly AcceptedEvent[]): void
  /** The store says that the user now has this version: what is older is read again when it is next asked for. */
  noticed(userId: UserId, version: number): void
  /** What is remembered of this user, or of everybody, may be out of date or erased. */
  forget(userId: UserId | 'everybody'): void
}

export interface AcceptedEvent {
  readonly event: Event
  readonly itemNo: ItemNo
}

export interface UserStateOptions {
  /** Most entries of a user's past that ranking looks at. */
  readonly historyLimit: number
  /** Most users remembered. */
  readonly maxUsers: number
}

export interface UserStateStore {
  readonly events: Pick<EventStore, 'userState'>
  readonly adapters: Pick<AdapterStore, 'load'>
}

export function createUserStates({ events, adapters }: UserStateStore, options: UserStateOptions): UserStates {
  const states = new LRUCache<UserId, KnownUser>({ max: options.maxUsers })
  const loads = new Map<UserId, Promise<KnownUser>>()
  // Versions outlive states: a load that began before a write must not be taken for what came after it.
  const versions = new LRUCache<UserId, number>({ max: options.maxUsers * 4 })

  async function read(userId: UserId): Promise<KnownUser> {
    const [stored, adapter] = await Promise.all([events.userState(userId, options.historyLimit), adapters.load(userId)])
    if (stored === undefined) return unknownUser
    return {
      ...knownUser(stored, options.historyLimit),
      ...(adapter && { adapter: { version: adapter.version, bytes: adapter.bytes } }),
    }
  }

  /** What was forgotten while it was being read is not remembered. */
  function load(userId: UserId): Promise<KnownUser> {
    const own = read(userId)
      .then((known) => {
        if (loads.get(userId) === own && known.version >= (versions.get(userId) ?? 0)) states.set(userId, known)
        return known
      })
      .finally(() => {
        if (loads.get(userId) === own) loads.delete(userId)
      })
    loads.set(userId, own)
    return own
  }

  return {
    async get(userId, minVersion = 0) {
      const needed = Math.max(minVersion, versions.get(userId) ?? 0)
      const remembered = states.get(userId)
      if (remembered !== undefined && remembered.version >= needed) return remembered
      const running = loads.get(userId)
      const shared = running === undefined ? undefined : await running
      if (shared !== undefined && shared.version >= needed) return shared
      return load(userId)
    },

    accepted(userId, version, accepted) {
      versions.set(userId, Math.max(version, versions.get(userId) ?? 0))
      const before = states.get(userId)
      if (before === undefined) return
      const after = before.version === version - 1 ? withEvents(before, version, accepted, options.historyLimit) : undefined
      if (after === undefined) states.delete(userId)
      else states.set(userId, after)
    },

    noticed(userId, version) {
      versions.set(userId, Math.max(version, versions.get(userId) ?? 0))
    },

    forget(userId) {
      if (userId === 'everybody') {
        states.clear()
        loads.clear()
      } else {
        states.delete(userId)
        loads.delete(userId)
        versions.delete(userId) // an erased user begins again at 0
      }
    },
  }
}

function knownUser(stored: UserState, historyLimit: number): KnownUser {
  const oldestFirst = [...stored.events].reverse()
  return {
    version: stored.version,
    traits: stored.traits,
    consent: stored.consent,
    trail: extendTrail(emptyTrail, oldestFirst.flatMap(trailEntry), historyLimit),
    seen: stored.seen,
  }
}

/** Undefined when the events came out of order: then the store must say what the past looks like. */
function withEvents(
  before: KnownUser,
  version: number,
  accepted: readonly AcceptedEvent[],
  historyLimit: number,
): KnownUser | undefined {
  const entries = accepted.flatMap(trailEntry)
  const times = [before.trail.occurredAt.at(-1) ?? Number.NEGATIVE_INFINITY, ...entries.map(({ occurredAt }) => occurredAt)]
  if (times.some((time, at) => at > 0 && time < times[at - 1])) return undefined
  const seenNow = accepted.filter(({ event }) => countsAsSeen(event.kind, event.completion)).map(({ itemNo }) => itemNo)
  return {
    ...before,
    version,
    trail: entries.length === 0 ? before.trail : extendTrail(before.trail, entries, historyLimit),
    seen: seenNow.length === 0 ? before.seen : Int32Array.from(new Set([...before.seen, ...seenNow])),
  }
}

function trailEntry({ event, itemNo }: AcceptedEvent): TrailEntry | [] {
  const engagement = engagementOf(event)
  return engagement === undefined ? [] : { itemNo, engagement, occurredAt: event.occurredAt }
}
