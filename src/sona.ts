import type { RecommendationAnswer, RecommendationRequest } from './contract/recommendation.js'
import type { Event } from './domain/event.js'
import type { ItemId, UserId } from './domain/ids.js'
import type { Item } from './domain/item.js'
import type { User } from './domain/user.js'
import type { EventAppend, Store } from './storage/store.js'

/** Everything a running Sona does, behind one name. The HTTP server and the command line call nothing else. */
export interface Sona {
  /** For what has no method here: exports, training, evaluation. */
  readonly store: Store
  /** What should this user see now, and why. Unknown users are cold-start users. */
  recommend(request: RecommendationRequest): Promise<RecommendationAnswer>
  readonly events: {
    /** When it resolves, every accepted event is stored and the user's next answer knows it. */
    append(events: readonly Event[]): Promise<EventAppend>
  }
  readonly items: {
    /** When it resolves, new items can be recommended and changed ones are judged anew. */
    put(items: readonly Item[]): Promise<readonly ('created' | 'updated' | 'unchanged')[]>
    get(itemId: ItemId): Promise<Item | undefined>
    delete(itemId: ItemId): Promise<boolean>
  }
  readonly users: {
    put(users: readonly User[]): Promise<readonly ('created' | 'updated' | 'unchanged')[]>
    get(userId: UserId): Promise<User | undefined>
    delete(userId: UserId): Promise<{ readonly events: number } | undefined>
  }
  /** Loads the newest published models, when there are newer ones. Requests in flight finish on the old ones. */
  reload(): Promise<{ readonly modelVersion: string }>
  health(): SonaHealth
  /** Finishes what was begun: answers in flight, events being written, answers being recorded. */
  close(): Promise<void>
}

export interface SonaHealth {
  /** Ranking threads are up and have a snapshot. */
  readonly ready: boolean
  readonly modelVersion: string
  readonly items: number
  /** What does not work as it should; empty when all does. */
  readonly degraded: readonly string[]
}
