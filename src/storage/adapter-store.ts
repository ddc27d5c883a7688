import type { UserId, UserKey } from '../domain/ids.js'
import type { EpochMs } from '../domain/time.js'
import type { Consent, Traits } from '../domain/user.js'

/** How an adapter's numbers are written down: the codec's formats (src/adapters/codec.ts). Storage does not look inside. */
export type AdapterFormat = 'f32' | 'f16' | 'int8'

/** The adapter that answers use, where no other name is given. */
export const DEFAULT_ADAPTER = 'default'

/** What is kept of an adapter beside its bytes. */
export interface AdapterFacts {
  /** The id of the feature space it was learned in. */
  readonly space: string
  readonly format: AdapterFormat
  /** Events it has learned from. */
  readonly lessons: number
  /** Sequence, within the user, of the last of them. */
  readonly learnedTo: number
  /** How far it may speak, 0–1. */
  readonly gate: number
  /** Discounted sum of log-likelihood with it less without it. */
  readonly gain: number
}

export interface NewAdapter extends AdapterFacts {
  readonly bytes: Uint8Array
}

export interface AdapterVersion extends AdapterFacts {
  /** Grows by one with every save, rollback and deletion of this user's adapter of this name; never given twice. */
  readonly version: number
  readonly byteCount: number
  /** The version it brought back, when it came from a rollback. */
  readonly restoredFrom?: number
  readonly createdAt: EpochMs
}

export interface StoredAdapter extends AdapterVersion {
  readonly bytes: Uint8Array
}

export interface AdapterChoice {
  /** Default: `default`. */
  readonly name?: string
  /** The newest version in this feature space. Default: the newest. */
  readonly space?: string
}

/**
 * Users' adapters at rest: versions of each user and name, the last three of each feature space. Whatever changes an adapter moves the
 * user's version (UserState), and listeners hear of it as of an event.
 */
export interface AdapterStore {
  /** The newest version. Undefined where there is none, or the user is unknown. */
  load(userId: UserId, choice?: AdapterChoice): Promise<StoredAdapter | undefined>
  /** The newest version of each of these users who have one, in one read. */
  loadMany(userIds: readonly UserId[], choice?: AdapterChoice): Promise<ReadonlyMap<UserId, StoredAdapter>>
  /** Saves new versions, of each user once, in one write. Returns their numbers; users who are unknown are absent. */
  save(
    adapters: readonly (NewAdapter & { readonly userKey: UserKey })[],
    options?: { readonly name?: string },
  ): Promise<ReadonlyMap<UserKey, number>>
  /**
   * Saves the first version of each of these users who never had one, and whose consents allow it, in one write. Returns the users whose adapters
   * were saved.
   */
  begin(
    adapters: readonly (NewAdapter & { readonly userKey: UserKey })[],
    options?: { readonly name?: string },
  ): Promise<readonly UserKey[]>
  /** The versions that are kept, newest first. */
  versions(userId: UserId, name?: string): Promise<readonly AdapterVersion[]>
  /**
   * Brings an earlier version back, as a new one: by default the one before the newest, or, where that was itself brought back, the one
   * before the version it came from. Events learned from since are not learned from again. Undefined when there is no such version.
   */
  rollback(userId: UserId, options?: { readonly name?: string; readonly to?: number }): Promise<AdapterVersion | undefined>
  /** Forgets all versions, of one name or of every one; later events begin a new adapter. Returns how many there were. */
  delete(userId: UserId, name?: string): Promise<number>
  /** The newest version of every user who has one, by user, in batches. */
  list(options?: {
    readonly name?: string
    readonly batch?: number
  }): AsyncIterable<readonly (AdapterVersion & { readonly userId: UserId })[]>
  stats(name?: string): Promise<AdapterStats>
  /** Forgets versions of all feature spaces but these, some thousand a transaction. Returns how many. */
  keepSpaces(spaces: readonly string[]): Promise<number>
  readonly due: AdaptersDue
  readonly tiers: AdapterTierStore
}

/** What the newest versions are like, of everybody who has one. */
export interface AdapterStats {
  readonly adapters: number
  /** All that are kept. */
  readonly versions: number
  /** Of the adapters' own bytes, all versions. */
  readonly bytes: number
  /** On disk, with row headers, indexes and dead rows. */
  readonly bytesOnDisk: number
  readonly spaces: readonly { readonly space: string; readonly adapters: number }[]
  /** Adapters by gate: shut, then up to 0.1, 0.2 … 1. */
  readonly gates: readonly number[]
  /** By lessons learned from, in powers of two: from 1, 2, 4, 8 … */
  readonly byLessons: readonly GainOfGroup[]
  /** By events of the user, in the same steps. */
  readonly byEvents: readonly GainOfGroup[]
}

export interface GainOfGroup {
  /** The least of the group. */
  readonly from: number
  readonly adapters: number
  /** Whose gate is open. */
  readonly open: number
  readonly lessons: number
  readonly meanGate: number
  readonly meanGain: number
}

/** Why a user is due: when there is time, enough events, a strong signal, somebody asked for it. */
export type DueReason = 'pass' | 'events' | 'signal' | 'request'

export interface ClaimedUser {
  readonly userKey: UserKey
  readonly userId: UserId
  readonly traits: Traits
  readonly consent: Consent
  readonly reason: DueReason
  readonly dueSince: EpochMs
  /** Events that teach and have not been used, as of the claim. */
  readonly events: number
  /** Sequence of the last event that was used; 0 before the first. */
  readonly learnedTo: number
  /** The version that a new one has to follow; 0 before the first. */
  readonly base: number
  /** The newest, of whatever space. */
  readonly adapter?: StoredAdapter
}

export interface Claim {
  readonly id: string
  readonly users: readonly ClaimedUser[]
}

export interface Training {
  readonly userKey: UserKey
  /** Events that teach, after `learnedTo` of the claim and up to `learnedTo` of this. */
  readonly taught: number
  /** Sequence of the last event that was used. */
  readonly learnedTo: number
  /** What was learned on top of the claim's `base`. Absent: the events are used up, and the adapter stays. */
  readonly adapter?: NewAdapter
}

export interface DueState {
  /** Events that teach and have not been used. */
  readonly events: number
  /** Why the adapter is to be trained; undefined: it is not. */
  readonly reason: DueReason | undefined
}

export interface DuePolicy {
  /** So many new events that teach make a user due. */
  readonly leastEvents: number
  /** At least this long between two trainings of one user, unless asked for. */
  readonly pauseMs: number
}

export interface DueCounts {
  /** Users with events that have not been used and are not enough yet. */
  readonly gathering: number
  readonly due: number
  /** Of the due, those whom somebody trains now. */
  readonly claimed: number
  readonly oldestDueSince: EpochMs | undefined
}

/**
 * Whose adapter is to be trained. A user becomes due in the transaction that writes the event. Trainers claim users for a while, each
 * user for one trainer; a trainer that dies leaves the claim to run out.
 */
export interface AdaptersDue {
  /** Makes these users due at once. Unknown ones are left out; returns how many there were. */
  request(userIds: readonly UserId[]): Promise<number>
  /**
   * Makes everybody due who has unused events, and, with a space, everybody whose newest adapter is of another one; behind those who
   * are due already. Returns how many were added.
   */
  requestAll(options?: { readonly space?: string; readonly name?: string }): Promise<number>
  /** Takes up to `limit` due users whom nobody else has: asked for, then strong signals, then the most recently active. */
  claim(options: {
    readonly limit: number
    readonly leaseMs: number
    readonly name?: string
    /** Only these. */
    readonly among?: readonly UserId[]
  }): Promise<Claim>
  /** Keeps the claim for another while. False when some of its users are lost already. */
  extend(claim: Claim, leaseMs: number): Promise<boolean>
  /**
   * In one transaction and for each user in one piece: saves what was learned, and takes exactly the used events off; whoever got
   * others meanwhile may be due again. Users whose claim ran out, who are gone, or whose adapter was changed by others are left as they are, and
   * absent from the answer: the new version by user, 0 where there was none to save.
   */
  finish(
    claim: Claim,
    trainings: readonly Training[],
    options?: { readonly name?: string },
  ): Promise<ReadonlyMap<UserKey, number>>
  /** Gives users back who were not trained. */
  release(claim: Claim): Promise<void>
  /** Events that teach and were not used, and why the user is due; no reason: they are not. */
  ofUser(userId: UserId): Promise<{ readonly events: number; readonly reason?: DueReason }>
  counts(): Promise<DueCounts>
  /** Whether a claim made now would find somebody. */
  isAny(): Promise<boolean>
  /** How things stand with one user. Undefined for somebody who did nothing that teaches. */
  of(userId: UserId): Promise<DueState | undefined>
  policy(): Promise<DuePolicy>
  setPolicy(policy: DuePolicy): Promise<void>
}

/** What is learned from everybody's events between two trainings, of each feature space. */
export interface AdapterTierStore {
  /** The newest of a space. */
  newest(space: string): Promise<{ readonly version: number; readonly bytes: Uint8Array } | undefined>
  /**
   * Publishes what follows version `after`, which is the newest or above it (0: the first); the last three stay. Undefined when another
   * process was quicker: read the newest, and add to that.
   */
  publish(space: string, after: number, bytes: Uint8Array): Promise<number | undefined>
}
