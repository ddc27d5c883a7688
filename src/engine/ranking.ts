import type { Query } from '../domain/query.js'
import type { Answer, Part, Reason } from '../domain/recommendation.js'
import type { Relation } from '../domain/relation.js'
import type { EpochMs } from '../domain/time.js'
import type { Traits } from '../domain/user.js'
import type { NumberedItem } from '../features/catalogue.js'
import type { Trail } from '../features/trail.js'
import type { Generation } from './generation.js'
import type { NumberedProfile, ProfileRequest } from './profile.js'

/**
 * The port behind which ranking happens, away from the thread that serves requests. Names and rows stay on their own sides: what
 * passes here are durable item numbers.
 */
export interface Ranking {
  recommend(request: RankingRequest): Promise<RankedAnswer>
  profile(request: ProfileRequest): Promise<NumberedProfile>
  /** When it resolves, every later question sees these items. */
  patch(changes: readonly NumberedItem[]): Promise<void>
  /** When it resolves, every later question is answered from this generation. */
  load(generation: Generation): Promise<void>
  /** Threads that are up. */
  readonly alive: number
  close(): Promise<void>
}

export interface RankingRequest {
  /** `exclude` in durable numbers. */
  readonly query: Omit<Query, 'exclude'> & { readonly exclude: Int32Array }
  readonly now: EpochMs
  readonly traits: Traits
  readonly trail: Trail
  /** Durable numbers of all items the user has seen. */
  readonly seen: Int32Array
  /** Time left when the request was sent. Undefined: no limit. */
  readonly budgetMs?: number
}

/** An Answer with durable numbers in place of rows, and errors as text. */
export interface RankedAnswer {
  readonly modelVersion: string
  readonly items: readonly RankedItem[]
  readonly sources: Answer['sources']
  readonly degraded: Answer['degraded']
  readonly failures: readonly { readonly source: string; readonly message: string }[]
}

export interface RankedItem {
  readonly itemNo: number
  readonly score: number
  readonly parts: readonly Part[]
  readonly reasons: readonly NumberedReason[]
}

export type NumberedReason =
  | Exclude<Reason, { kind: 'because-watched' | 'path' }>
  | (Omit<Extract<Reason, { kind: 'because-watched' }>, 'items'> & {
      readonly items: readonly { readonly itemNo: number; readonly share: number }[]
    })
  | (Omit<Extract<Reason, { kind: 'path' }>, 'item' | 'steps'> & {
      readonly itemNo: number
      readonly steps: readonly { readonly relation: Relation; readonly viaNo?: number; readonly name?: string }[]
    })
