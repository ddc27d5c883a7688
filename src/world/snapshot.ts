import type { Catalogue } from '../features/catalogue.js'
import type { Model } from '../models/model.js'

/** What all requests share: never changes; a new one is published beside it. */
export interface Snapshot {
  readonly version: string
  readonly catalogue: Catalogue
  /** By the name plans use. Every model here answers in rows of `catalogue` (see aligned.ts). */
  readonly models: ReadonlyMap<string, Model>
}
