import type { SharedTier } from '../adapters/tier.js'
import type { Catalogue } from '../features/catalogue.js'
import type { Model } from '../models/model.js'
import type { RankingModel } from './ranking-model.js'
import type { RowVectors } from './row-vectors.js'

/** What all requests share. Never changes; a new one is published beside it. */
export interface Snapshot {
  /** Of the published models; `none` before the first training. */
  readonly version: string
  readonly catalogue: Catalogue
  /** Absent where no encoder was run. */
  readonly vectors?: RowVectors
  /** By the name plans use. Every model here answers in rows of `catalogue`, see aligned.ts. */
  readonly models: ReadonlyMap<string, Model>
  /** Learned rankers, by the name plans use. */
  readonly rankings: ReadonlyMap<string, RankingModel>
  /** What the users' adapters share. Absent before the first training that fitted one. */
  readonly tier?: SharedTier
  /** The one before, where its feature space was another: adapters that were not moved yet still speak. */
  readonly earlierTier?: SharedTier
}
