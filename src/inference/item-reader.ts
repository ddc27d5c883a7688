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
