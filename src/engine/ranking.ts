import type { Leaning } from '../adapters/describe.js'
import type { SharedBase } from '../adapters/tier.js'
import type { Query } from '../domain/query.js'
import type { Answer, Part, Reason } from '../domain/recommendation.js'
import type { Relation } from '../domain/relation.js'
import type { EpochMs } from '../domain/time.js'
import type { Traits } from '../domain/user.js'
import type { NumberedItem } from '../features/catalogue.js'
import type { Trail } from '../features/trail.js'
import type { Found } from '../pipeline/search.js'
import type { WordMatch } from '../storage/store.js'
import type { Generation } from './generation.js'
import type { NumberedProfile, ProfileRequest } from './profile.js'

/**
 * The port behind which ranking happens, away from the thread that serves requests. Names and rows stay on their own sides: what
 * passes here are durable item numbers.
 */
export interface Ranking {
  recommend(request: RankingRequest): Promise<RankedAnswer>
  /** What words and meaning find, in one order. */
  search(question: SearchQuestion): Promise<FoundAnswer>
  /** What is like one item. */
  similar(question: SimilarQuestion): Promise<SimilarAnswer>
  profile(request: ProfileRequest): Promise<NumberedProfile>
  /** What an adapter (its bytes) lifts and lowers, strongest first; nothing where it is of another feature space than the models. */
  leanings(adapter: Uint8Array): Promise<readonly Leaning[]>
  /** When it resolves, every later question sees these items. */
  patch(changes: readonly NumberedItem[]): Promise<void>
  /** What all adapters share has moved on since the generation was published. */
  share(shared: SharedBase): Promise<void>
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
  /** The user's adapter, as stored. */
  readonly adapter?: Uint8Array
  /** Time left when the request was sent. Undefined: no limit. */
  readonly budgetMs?: number
}

export interface SearchQuestion extends RankingRequest {
  /** What the words found, in any order. */
  readonly words: readonly WordMatch[]
  /** The query as a vector. */
  readonly meaning?: { readonly version: string; readonly vector: Float32Array }
  /** What the query is near to, where the vectors are too many for memory and the database was asked. */
  readonly near?: readonly { readonly itemNo: number; readonly cosine: number }[]
}

export interface FoundAnswer {
  readonly modelVersion: string
  readonly items: readonly FoundItem[]
  readonly degraded: readonly string[]
  /**
   * The admissible items, where these are few and most of what the words found is not among them: looked for among these, the words
   * may find more.
   */
  readonly among?: readonly number[]
}

export interface FoundItem {
  readonly itemNo: number
  readonly score: number
  readonly parts: Found['parts']
}

export interface SimilarQuestion extends RankingRequest {
  readonly itemNo: number
}

export interface SimilarAnswer {
  readonly modelVersion: string
  readonly items: readonly { readonly itemNo: number; readonly score: number; readonly parts: readonly Part[] }[]
  readonly degraded: readonly string[]
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
