<<<<<<< HEAD
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Item } from '../domain/item.js'
import { textOf } from '../encoders/described.js'
import { type StandingTables, standingOf } from '../encoders/standing.js'
import { featuresOf, layout, standingFamilies } from '../encoders/structured-features.js'
import { type EncoderManifest, files, invalidEncoder } from './manifest.js'

/** How an item becomes what the content model reads. */
export interface ItemReader {
  textOf(item: Item): string
  /** Empty where nothing is known of the item but its text. */
  featuresOf(item: Item): { readonly features: Int32Array; readonly weights: Float32Array }
}

const NONE = { features: new Int32Array(0), weights: new Float32Array(0) }

/** Reads `standing.json`, how words of the catalogue stand with the audience; the layout of features must be the one of this Sona. */
export async function readItemReader(directory: string, manifest: EncoderManifest): Promise<ItemReader> {
  if (!isDeepStrictEqual(manifest.features, layout)) {
    throw invalidEncoder(
      directory,
      'was made for features in another order or number than this Sona reads; make it again with `sona encoders train`',
    )
  }
  let tables: StandingTables
  try {
    tables = JSON.parse(await readFile(join(directory, files.standing), 'utf8')) as StandingTables
  } catch (cause) {
    throw invalidEncoder(directory, `has no ${files.standing} that can be read`, cause)
  }
  const standing = standingOf(tables, standingFamilies)
  return { textOf, featuresOf: (item) => featuresOf(item, standing) ?? NONE }
}
=======
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
>>>>>>> inference
