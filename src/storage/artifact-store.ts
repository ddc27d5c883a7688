import type { EpochMs } from '../domain/time.js'

export interface StoredArtifact {
  readonly name: string
  readonly version: number
  readonly createdAt: EpochMs
  readonly bytes: number
}

/** What the comparison of new models with the live ones found (src/jobs/guard.ts), and what was decided. */
export interface Verdict {
  readonly passed: boolean
  /** In words. */
  readonly because: string
  /** Questions that both versions were asked. */
  readonly questions?: number
  /** NDCG@10 of the new models and of the live ones, and the version these were. */
  readonly candidate?: number
  readonly live?: number
  readonly against?: number
  /** candidate / live − 1, with the middle 95 % of a bootstrap over users. */
  readonly difference?: { readonly mean: number; readonly low: number; readonly high: number }
}

/** What is known of a version beside its models. */
export interface ModelVersionAbout {
  /** Its models saw no event of this moment or later. */
  readonly learnedUntil?: EpochMs
  /** Events in the store when it was trained. */
  readonly events?: number
  readonly verdict?: Verdict
}

export interface ModelVersion extends ModelVersionAbout {
  readonly version: number
  /** `candidate`: never was live, or was rolled back from. `former`: was live, and is not now. */
  readonly state: 'candidate' | 'live' | 'former'
  readonly publishedAt: EpochMs
  readonly liveSince?: EpochMs
  /** Of all its models. */
  readonly bytes: number
}

/** Encoded models, in versions that appear whole. One of them is live: what servers answer from. */
export interface ArtifactStore {
  /** Begins a version that nobody sees. Left alone it is swept up after a day. */
  draft(): Promise<number>
  /** Adds to a draft. When it returns, these bytes survive a crash. */
  put(version: number, name: string, bytes: Uint8Array): Promise<void>
  /** What a draft holds so far; empty when there is no such draft. */
  drafted(version: number): Promise<readonly StoredArtifact[]>
  /**
   * Shows a draft, with these names and no others: as the live version at once, or as a candidate. Keeps the last `keep` (3) versions
   * that were live, and the newest candidate. Throws MODELS_NOT_FOUND.
   */
  finish(
    version: number,
    options: {
      readonly names: readonly string[]
      readonly as: 'live' | 'candidate'
      readonly about?: ModelVersionAbout
      readonly keep?: number
    },
  ): Promise<void>
  /** All of it in one: publishes a set of encoded artifacts under one new version, which is live then. Returns the version. */
  publish(
    artifacts: ReadonlyMap<string, Uint8Array>,
    options?: { readonly keep?: number; readonly about?: ModelVersionAbout },
  ): Promise<number>
  /** Names in the live version, or in the one asked for; empty when nothing was ever published. */
  list(version?: number): Promise<readonly StoredArtifact[]>
  /** The bytes as they were given. Throws ARTIFACT_CORRUPT when a chunk is missing or the checksum fails. */
  read(name: string, version: number): Promise<Uint8Array>
  /** The newest first, drafts left out. */
  versions(): Promise<readonly ModelVersion[]>
  /** The version that servers answer from. */
  live(): Promise<number | undefined>
  /** Servers answer from this version, from the next moments on. Throws MODELS_NOT_FOUND. */
  goLive(version: number): Promise<void>
  /**
   * Puts the version live again that was it last before the live one, which is a candidate then. Undefined when there is none: earlier
   * ones are gone, or were rolled back from themselves.
   */
  rollback(): Promise<{ readonly from: number; readonly to: number } | undefined>
}
