import type { Event } from '../domain/event.js'
import type { ItemId, ItemNo, RecommendationId, UserId, UserKey } from '../domain/ids.js'
import type { Item } from '../domain/item.js'
import type { EpochMs } from '../domain/time.js'
import type { Consent, Traits, User } from '../domain/user.js'
import type { ContentGraph, EdgeKind, NodeKind, PersonRole } from '../graph/content-graph.js'
import type { AdapterStore } from './adapter-store.js'
import type { ArtifactStore } from './artifact-store.js'
import type { Door } from './database.js'
import type { JobQueue } from './job-queue.js'

/**
 * Everything Sona remembers. One implementation in SQL; it runs on the embedded database and on a server alike.
 * Every method may fail with DATABASE_UNAVAILABLE or STORAGE_FULL; then all of that call was written or, nearly always, nothing.
 * Sending it again is safe: items, users and events have ids, and what did arrive is recognised.
 */
export interface Store {
  /** The embedded database belongs to this process alone. */
  readonly kind: 'embedded' | 'server'
  readonly items: ItemStore
  readonly users: UserStore
  readonly events: EventStore
  readonly artifacts: ArtifactStore
  readonly recommendations: RecommendationStore
  readonly graph: GraphStore
  readonly embeddings: EmbeddingStore
  readonly words: WordStore
  readonly jobs: JobQueue
  readonly adapters: AdapterStore
  /**
   * Calls the listener after users changed: by an append, a write, an erasure (then without a version), in this process at once
   * and in others on the same database some milliseconds later. These are hints, and may be lost when a process dies; the
   * version is the truth. `everybody` after bulk writes and whenever messages may have been missed. Returns what ends it.
   */
  onUserChanged(listener: (userId: UserId | 'everybody', version: number | undefined) => void): () => void
  /** Calls the listener when other models are live, as above: a hint. Returns what ends it. */
  onModelsChanged(listener: () => void): () => void
  /** Tells other processes on the same database that these items, or their vectors, are others now: a hint, which may be lost. */
  announceItems(itemNos: readonly number[]): void
  /** Hears what other processes announced. Returns what ends it. */
  onItemsAnnounced(listener: (itemNos: readonly number[]) => void): () => void
  /** For another thread of this process, which opens its own store with it. Absent where a thread can as well open the database itself. */
  openDoor?(): Promise<Door>
  counts(): Promise<StoreCounts>
  /** What differs between the live schema and the one this code expects, and what survives a power cut. Changes nothing. */
  diagnose(): Promise<Diagnosis>
  /** Finishes what was begun and lets go of the database. */
  close(): Promise<void>
}

export interface StoreCounts {
  readonly items: number
  readonly users: number
  readonly events: number
}

export interface Diagnosis {
  readonly database: 'embedded' | 'server'
  readonly version: string
  readonly pgvector: string | undefined
  readonly migration: { readonly applied: number; readonly expected: number }
  /** Sentences; empty when the schema is as expected. */
  readonly problems: readonly string[]
  /** What a process crash and a power cut would cost, in one sentence. */
  readonly durability: string
}

export interface StoredItem {
  readonly itemNo: ItemNo
  readonly item: Item
}

export interface ItemStore {
  /** Writes whole items (the last of a repeated id wins) in one transaction and gives new ones their durable number. */
  put(items: readonly Item[]): Promise<readonly (StoredItem & { readonly change: 'created' | 'updated' | 'unchanged' })[]>
  get(itemId: ItemId): Promise<StoredItem | undefined>
  numbersOf(itemIds: readonly ItemId[]): Promise<ReadonlyMap<ItemId, ItemNo>>
  /** Forgets an item. Its number is never used again; its events stay until their users go. False when there was none. */
  delete(itemId: ItemId): Promise<boolean>
  /** The items that have these numbers, ascending. */
  numbered(itemNos: readonly number[]): Promise<readonly StoredItem[]>
  /** Every item, ascending by number, in batches. */
  all(batch?: number): AsyncIterable<readonly StoredItem[]>
}

export interface UserStore {
  put(users: readonly User[]): Promise<readonly ('created' | 'updated' | 'unchanged')[]>
  get(userId: UserId): Promise<User | undefined>
  /** Erases the user, their events and what was served to them. Returns the number of events erased, undefined when unknown. */
  delete(userId: UserId): Promise<{ readonly events: number } | undefined>
  all(batch?: number): AsyncIterable<readonly User[]>
}

export interface EventReceipt {
  readonly result: 'accepted' | 'duplicate' | 'item-not-found'
}

export interface EventStore {
  /**
   * Writes events in one transaction, in the order given; users that are new are created. An event id that its user already has
   * is a duplicate and changes nothing. Per user, the sequence and the version move in the same transaction.
   * One receipt per event, in order. When this returns, what was accepted survives a crash of this process.
   */
  append(events: readonly Event[]): Promise<EventAppend>
  /** All that one request needs to know of a user, in one round trip: newest first, at most `limit` events and all items seen. */
  userState(userId: UserId, limit: number): Promise<UserState | undefined>
  /** One user's events, newest first. */
  ofUser(userId: UserId, options: { readonly limit: number; readonly before?: EventCursor }): Promise<readonly StoredEvent[]>
  /** Every event that may teach (consent is filtered here), grouped by user and oldest first within one, in column batches. */
  trainingColumns(options: { readonly before?: EpochMs; readonly batch?: number }): AsyncIterable<EventColumns>
  /** All that some users did, in one read: for lessons. Users in the order given; each one's events oldest first. */
  pastsOf(users: readonly { readonly userKey: UserKey; readonly after: number }[]): Promise<UserPasts>
  /** Every event with its names, for export. Grouped by user, oldest first. */
  all(batch?: number): AsyncIterable<readonly Event[]>
}

export interface EventAppend {
  readonly receipts: readonly EventReceipt[]
  /** The version each named user now has: one more than before if the user gained events, the same if all were duplicates. */
  readonly versions: ReadonlyMap<UserId, number>
}

export interface StoredEvent {
  readonly event: Event
  readonly itemNo: ItemNo
  /** Order of arrival within the user; breaks ties of `occurredAt`. */
  readonly sequence: number
}

export interface EventCursor {
  readonly occurredAt: EpochMs
  readonly sequence: number
}

export interface UserState {
  readonly userKey: UserKey
  /** Grows with every accepted event and every change of the user; says whether a cached state is current. */
  readonly version: number
  readonly traits: Traits
  readonly consent: Consent
  /** Newest first. */
  readonly events: readonly StoredEvent[]
  /** Every item the user has seen (countsAsSeen), however long ago. Ascending. */
  readonly seen: Int32Array
}

/** Events as columns, for training. All arrays have one length. */
export interface EventColumns {
  readonly userKey: Float64Array
  readonly itemNo: Int32Array
  /** Position in eventKinds. */
  readonly kind: Uint8Array
  /** NaN where absent. */
  readonly completion: Float32Array
  /** Normalised to 0–1; NaN where absent. */
  readonly rating: Float32Array
  readonly rewatch: Uint8Array
  readonly occurredAt: Float64Array
  /** Of the events' contexts; null where nobody said. */
  readonly device: readonly (string | null)[]
  readonly timeZone: readonly (string | null)[]
}

/** Whole pasts as columns. */
export interface UserPasts extends Omit<EventColumns, 'userKey' | 'completion' | 'rating' | 'device' | 'timeZone'> {
  /** Events of the n-th user are start[n] … start[n + 1] − 1. Length users + 1. */
  readonly start: Uint32Array
  /** Order of arrival within the user. */
  readonly sequence: Float64Array
  /** As columns of events, to the last digit: lessons must be what an answer would have been. */
  readonly completion: Float64Array
  readonly rating: Float64Array
  /** JSON, of events that came after the sequence that was given, and of some before; null where there is none. */
  readonly contexts: readonly (string | null)[]
}

/** An answer that was served, so that events can refer to it and quality can be measured. */
export interface ServedRecommendation {
  readonly recommendationId: RecommendationId
  readonly userId: UserId | undefined
  readonly servedAt: EpochMs
  readonly modelVersion: string
  readonly items: readonly { readonly itemNo: ItemNo; readonly score: number }[]
  readonly degraded: readonly string[]
}

export interface RecommendationStore {
  record(served: readonly ServedRecommendation[]): Promise<void>
  get(id: RecommendationId): Promise<ServedRecommendation | undefined>
  /** Forgets at most so many of what was served before then. Returns how many. */
  forget(before: EpochMs, most: number): Promise<number>
}

export interface GraphNode {
  readonly kind: NodeKind
  /** Of a person. */
  readonly role?: PersonRole
  /** An item's is its title. */
  readonly name: string
  /** Of an item. */
  readonly itemId?: ItemId
}

/** What a walk reached, and how: each step's edge and the node it led to. */
export interface GraphNeighbour {
  readonly node: GraphNode
  /** Edges on the path. */
  readonly depth: number
  /** 0–1: what the edges on the path say, multiplied. */
  readonly strength: number
  readonly path: readonly { readonly kind: EdgeKind; readonly weight: number; readonly node: GraphNode }[]
}

export interface GraphWalkOptions {
  /** The longest path, 1 to 4 edges. */
  readonly depth: number
  /** Only these edges. Empty: all. */
  readonly kinds: readonly EdgeKind[]
  readonly limit: number
}

export interface GraphWalk {
  readonly itemId: ItemId
  readonly title: string
  /** The nearest first; among these the strongest. */
  readonly reached: readonly GraphNeighbour[]
}

/**
 * The content graph at rest. What metadata says is kept with every write and deletion of an item, in the same transaction; what
 * training finds is replaced as a whole.
 */
export interface GraphStore {
  /**
   * Puts the edges that come from titles, events and content in place of those there were, some hundred items a transaction: each
   * item's edges change at once. Of each kind and origin the strongest ten an item.
   */
  replaceDerived(graph: ContentGraph): Promise<void>
  /** What lies around an item, each node once by its shortest and then strongest path. Undefined when there is no such item. */
  walk(itemId: ItemId, options: GraphWalkOptions): Promise<GraphWalk | undefined>
}

/** Numbers of a stored vector: the column is vector(512). */
export const EMBEDDING_DIMENSIONS = 512

/** Vectors of items as columns: row r of `values` belongs to itemNos[r]. */
export interface VectorColumns {
  readonly itemNos: Int32Array
  /** itemNos.length × 512, row-major, each of unit length. */
  readonly values: Float32Array
}

export interface NewVectors extends VectorColumns {
  /** Of all that the encoder read of each item: as long as it is the same, so is the vector. */
  readonly contentHashes: readonly Uint8Array[]
}

export interface EmbeddingVersion {
  readonly version: string
  readonly isCurrent: boolean
  readonly createdAt: EpochMs
}

/** Vectors at rest, one set for each version of the encoders. */
export interface EmbeddingStore {
  /** The newest first. */
  versions(): Promise<readonly EmbeddingVersion[]>
  /** The version in use, and when it was last said to be; undefined before the first. */
  current(): Promise<{ readonly version: string; readonly usedAt: EpochMs } | undefined>
  /** Writes vectors in one transaction, in place of those there were. Items that are gone are left out. */
  put(version: string, vectors: NewVectors): Promise<void>
  /** What the vectors of these items were made of. Items without one are absent. */
  contentHashes(version: string, itemNos: Int32Array): Promise<ReadonlyMap<number, Uint8Array>>
  /** Those of these items that there are, ascending by number. */
  of(version: string, itemNos: Int32Array): Promise<VectorColumns>
  /** Every vector of a version, ascending by number, in batches. */
  all(version: string, batch?: number): AsyncIterable<VectorColumns>
  /**
   * Puts a version in use, at once for everybody, or says anew that it is, so that others read its vectors again; on a server its graph index is made first, if it is not there. The newest `keep`
   * versions stay beside it (default 1), the others go. Those named in `beside` get their graphs too.
   */
  use(version: string, options?: { readonly keep?: number; readonly beside?: readonly string[] }): Promise<void>
  /** Whether `nearest` answers in milliseconds. */
  readonly hasGraph: boolean
  /** Forgets a version and its vectors. The one in use stays: false. */
  delete(version: string): Promise<boolean>
  /**
   * The items of a version nearest to a vector by inner product, which of unit vectors is the cosine, best first; with `among`, of these only. On a server by the graph
   * index, which finds nearly all of the true nearest; on the embedded database exactly, by reading them all.
   */
  nearest(
    version: string,
    vector: Float32Array,
    options: { readonly limit: number; readonly among?: Int32Array },
  ): Promise<readonly { readonly itemNo: ItemNo; readonly cosine: number }[]>
}

/** How one item's words answer a query. Shares are of the query's words, the rare ones counting more. */
export interface WordMatch {
  readonly itemNo: ItemNo
  /** How alike title and query are as a whole, by trigrams, 0–1. */
  readonly titleLikeness: number
  /** How nearly the whole title stands in the query, 0–1. */
  readonly titleWithin: number
  /** Share of the query's words in titles, people, franchise or year, 0–1; a corrected word counts by its likeness. */
  readonly named: number
  /** Share of the query's words in any text, by their stems, 0–1. */
  readonly told: number
  /** PostgreSQL's rank of the stems, title over people over labels over description. */
  readonly rank: number
}

/** The words of the catalogue, kept with every write and deletion of an item in the same transaction. */
export interface WordStore {
  /**
   * Items that answer a query by its words, mistyped ones corrected; in no particular order, some hundred at most. With `among`, of
   * these only. Whatever stands in the query is text: there are no operators.
   */
  find(query: string, options?: { readonly among?: Int32Array }): Promise<readonly WordMatch[]>
}
