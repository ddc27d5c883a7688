import type { Item } from '../domain/item.js'
import { textOf } from '../encoders/described.js'
import { type Standing, type StandingTables, standingOf } from '../encoders/standing.js'
import { featureCount, featuresOf, layout, standingFamilies } from '../encoders/structured-features.js'
import { type EncoderManifest, invalidEncoder } from './manifest.js'

/** How an item becomes what the content model reads; belongs to the encoder, as its tokenizer does. */
export interface ItemReader {
  textOf(item: Item): string
  /** No features at all where nothing but the item's kind is known. */
  featuresOf(item: Item): { readonly features: Int32Array; readonly weights: Float32Array }
}

/** What `encoder.json` says of the features: where each family's rows lie, and how words stand with the audience. */
export interface FeatureManifest {
  readonly layout: typeof layout
  readonly standing: StandingTables
}

export function featureManifest(standing: Standing): FeatureManifest {
  return { layout, standing: standing.tables }
}

/** INVALID_ENCODER where the encoder was made for another layout than this Sona has. */
export function itemReaderOf(directory: string, { features }: EncoderManifest): ItemReader {
  const { layout: made, standing } = (features ?? {}) as Partial<FeatureManifest>
  if (JSON.stringify(made) !== JSON.stringify(layout) || standing === undefined) {
    const found = made === undefined ? 'no features' : `features in ${made.reduce((sum, { size }) => sum + size, 0)} rows`
    throw invalidEncoder(
      directory,
      `has a content model over ${found}, and this Sona writes ${featureCount} rows of another layout. Make it again: sona encoders train`,
    )
  }
  const known = standingOf(standing, standingFamilies)
  return { textOf, featuresOf: (item) => featuresOf(item, known) ?? nothing }
}

const nothing = { features: new Int32Array(0), weights: new Float32Array(0) }
