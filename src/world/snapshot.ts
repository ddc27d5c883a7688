import type { Catalogue } from '../features/catalogue.js'
import type { ItemVectors } from '../features/item-vectors.js'
import type { Model } from '../models/model.js'
import type { RankingModel } from './ranking-model.js'

/** What all requests share. Never changes; a new one is published beside it. */
export interface Snapshot {
  /** Of the published models; `none` before the first training. */
  readonly version: string
  readonly catalogue: Catalogue
  /** Row r belongs to the catalogue's row r. Absent where no encoder was run. */
  readonly vectors?: ItemVectors
  /** By the name plans use. Every model here answers in rows of `catalogue`, see aligned.ts. */
  readonly models: ReadonlyMap<string, Model>
  /** Learned rankers, by the name plans use. */
  readonly rankings: ReadonlyMap<string, RankingModel>
}
