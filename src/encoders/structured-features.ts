import type { Described } from './described.js'
import { families } from './families/index.js'
import type { Standing } from './standing.js'

/**
 * An item's fields as rows of the content encoder's table, each with a weight:
 *
 *   words of all families    1/√words each, at hash(word) within the family's rows
 *   popularity, rating       how the titles that share its genres, people, … stand with the audience: one row each a family
 *   one row of weight 1      what all items have in common
 *
 * The layout, with its sizes, is written into `encoder.json`, so that an encoder is never read with another one.
 */
export interface FeatureRow {
  /** Rows of the table, ascending. */
  readonly features: Int32Array
  readonly weights: Float32Array
}

interface Placed {
  readonly name: string
  readonly from: number
  readonly size: number
}

const withStanding = families.filter(({ hasStanding }) => hasStanding)

function place(): readonly Placed[] {
  const sizes = [
    ...families.map(({ name, size }) => ({ name, size })),
    { name: 'popularity', size: withStanding.length },
    { name: 'rating', size: withStanding.length },
    { name: 'common', size: 1 },
  ]
  let from = 0
  return sizes.map(({ name, size }) => {
    from += size
    return { name, from: from - size, size }
  })
}

/** Where each family's rows begin, and how many they are. */
export const layout: readonly Placed[] = place()

/** Rows of the table. */
export const featureCount: number = layout.reduce((sum, { size }) => sum + size, 0)

/** Rows that stand for words; those after them are standing and what all items share. */
export const wordFeatureCount: number = families.reduce((sum, { size }) => sum + size, 0)

const startOf = (name: string): number => (layout.find((placed) => placed.name === name) as Placed).from
const starts = families.map(({ name }) => startOf(name))
const [popularityAt, ratingAt, commonAt] = ['popularity', 'rating', 'common'].map(startOf)

/** The words of an item as rows of the table: by family, in the families' order. */
export function wordRows(item: Described): readonly (readonly number[])[] {
  return families.map((family, at) => [
    ...new Set(family.read(item).map((word) => starts[at] + (hashOf(`${family.name}:${plain(word)}`) % family.size))),
  ])
}

/** Which families' words have a standing: their places in what `wordRows` gives. */
export const standingFamilies: readonly number[] = families.flatMap(({ hasStanding }, at) => (hasStanding ? [at] : []))

/** What popularity and rating weigh together beside the words. Chosen on validation, see docs/encoders.md. */
const STANDING_WEIGHT = 0.3

/** Undefined where nothing is known of the item but its kind and what is missing. */
export function featuresOf(item: Described, standing: Standing | undefined, exceptRow = -1): FeatureRow | undefined {
  const rows = wordRows(item)
  if (!rows.some((words, at) => words.length > 0 && families[at].tells)) return undefined
  const words = rows.flat()
  const each = 1 / Math.sqrt(words.length)
  const entries = new Map(words.map((row) => [row, each]))
  standing?.of(rows, exceptRow).forEach(({ popularity, rating }, at) => {
    const weight = STANDING_WEIGHT / Math.sqrt(withStanding.length)
    if (popularity !== 0) entries.set(popularityAt + at, weight * popularity)
    if (rating !== 0) entries.set(ratingAt + at, weight * rating)
  })
  entries.set(commonAt, 1)
  const features = Int32Array.from(entries.keys()).sort()
  return { features, weights: Float32Array.from(features, (row) => entries.get(row) as number) }
}

function plain(word: string): string {
  return word.normalize('NFKC').trim().toLowerCase()
}

/** FNV-1a over UTF-16 code units (Fowler, Noll & Vo), 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}
