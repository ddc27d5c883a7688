import type { RecommendationAnswer, RecommendationRequest } from '../../src/contract/recommendation.js'
import { SonaError } from '../../src/domain/errors.js'
import type { Event } from '../../src/domain/event.js'
import type { Item } from '../../src/domain/item.js'
import { fullConsent, noTraits, type User } from '../../src/domain/user.js'
import type { Sona, SonaHealth } from '../../src/sona.js'
import type { Store } from '../../src/storage/store.js'

/** A Sona for tests of the protocol alone, with switches for what a real one does only when something is broken. */
export interface ProtocolSona extends Sona {
  /** Every batch that was put, in order. */
  readonly itemBatches: (readonly Item[])[]
  /** Awaited before anything is done. Replace it to make the Sona slow, or to make it fail. */
  before: (what: 'recommend' | 'append' | 'put' | 'get') => Promise<void>
  vitals: SonaHealth
}

/** It keeps items, users and event ids in memory and recommends nothing. Whoever tests more than HTTP takes `createSona`. */
export function protocolSona(): ProtocolSona {
  const items = new Map<string, Item>()
  const users = new Map<string, User>()
  const eventIds = new Map<string, Set<string>>()

  function put<T>(kept: Map<string, T>, rows: readonly T[], idOf: (row: T) => string) {
    return rows.map((row) => {
      const before = kept.get(idOf(row))
      kept.set(idOf(row), row)
      if (before === undefined) return 'created' as const
      return JSON.stringify(before) === JSON.stringify(row) ? ('unchanged' as const) : ('updated' as const)
    })
  }

  function append(event: Event) {
    if (!items.has(event.itemId)) return { result: 'item-not-found' as const }
    const known = eventIds.get(event.userId) ?? new Set()
    if (!users.has(event.userId)) users.set(event.userId, { userId: event.userId, traits: noTraits, consent: fullConsent })
    eventIds.set(event.userId, known)
    if (known.has(event.eventId)) return { result: 'duplicate' as const }
    known.add(event.eventId)
    return { result: 'accepted' as const }
  }

  const sona: ProtocolSona = {
    itemBatches: [],
    before: async () => {},
    vitals: { ready: true, modelVersion: 'none', items: 0, degraded: [] },
    encoders: undefined,
    listenToEncoders: () => () => {},
    get store(): Store {
      throw new Error('The protocol tests have no store.')
    },
    async recommend(request: RecommendationRequest): Promise<RecommendationAnswer> {
      await sona.before('recommend')
      return {
        recommendationId: `for ${request.userId}`,
        items: [],
        sources: [],
        degraded: [],
        plan: 'none',
        modelVersion: sona.vitals.modelVersion,
        userVersion: eventIds.get(request.userId)?.size ?? 0,
        tookMs: 1,
      }
    },
    search: async () => ({ items: [], degraded: [], modelVersion: sona.vitals.modelVersion, tookMs: 1 }),
    events: {
      async append(events) {
        await sona.before('append')
        const receipts = events.map(append)
        return { receipts, versions: new Map(events.map(({ userId }) => [userId, eventIds.get(userId)?.size ?? 0])) }
      },
    },
    items: {
      async put(rows) {
        await sona.before('put')
        sona.itemBatches.push(rows)
        return put(items, rows, (row) => row.itemId)
      },
      async get(itemId) {
        await sona.before('get')
        return items.get(itemId)
      },
      delete: async (itemId) => items.delete(itemId),
      async graph(itemId, { kinds }) {
        const item = items.get(itemId)
        const path = kinds.map((kind) => ({ kind, weight: 1, node: { kind: 'genre' as const, name: 'asked for' } }))
        const reached = path.map((step) => ({ node: step.node, depth: 1, strength: 1, path: [step] }))
        return item && { itemId, title: item.title, reached }
      },
      async similar(itemId) {
        const item = items.get(itemId)
        return item && { itemId, title: item.title, items: [], degraded: [], modelVersion: sona.vitals.modelVersion }
      },
    },
    users: {
      put: async (rows) => put(users, rows, (row) => row.userId),
      get: async (userId) => users.get(userId),
      async profile(userId, { limit }) {
        const user = users.get(userId)
        if (user === undefined) throw new SonaError('USER_NOT_FOUND', 'No user has this id.')
        const none = { directors: [], cast: [], franchise: [], themes: [], languages: [], countries: [] }
        const genres = [{ name: 'thriller', share: 0.5, lift: 2, titles: 3 }].slice(0, limit)
        return { userId, userVersion: 1, personalisation: true, entries: 3, weight: 1.5, affinities: { genres, ...none } }
      },
      async delete(userId) {
        if (!users.delete(userId)) return undefined
        return { events: eventIds.get(userId)?.size ?? 0 }
      },
    },
    adapters: {
      of: async (userId) => ({ userId, leanings: [], due: { events: eventIds.get(userId)?.size ?? 0 } }),
      train: async (userId) => ({ events: eventIds.get(userId)?.size ?? 0, reason: 'request' }),
      forget: async () => 0,
      versions: async () => [],
      async rollback() {
        throw new SonaError('ADAPTER_NOT_FOUND', 'There is no earlier version of this user’s adapter to go back to.')
      },
    },
    reload: async () => ({ modelVersion: sona.vitals.modelVersion }),
    health: () => sona.vitals,
    close: async () => {},
  }
  return sona
}
