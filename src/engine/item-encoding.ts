import { createHash } from 'node:crypto'
import type { Item } from '../domain/item.js'
import { textOf } from '../encoders/described.js'
import type { EncodeOptions, Encoders } from '../inference/encoder.js'
import { EMBEDDING_DIMENSIONS, type EmbeddingStore } from '../storage/store.js'

/**
 * The vectors of items under two versions. Under the encoder's own name what its content model makes of an item (its text model, where
 * it has no other): what items are compared by. Under this one what the text model alone makes of the words, for queries have words
 * only: what search compares a query with. These are shortened by how little the text says, see `confidence`.
 */
export function textVersionOf(version: string): string {
  return `${version}/text`
}

export interface EncodedItem {
  readonly itemNo: number
  readonly hash: Uint8Array
  /** Undefined where the encoder can tell nothing of the item. */
  readonly vector: Float32Array | undefined
  /** For search, shorter than one. Undefined where the text says nothing that the encoder knows. */
  readonly text: Float32Array | undefined
}

/** Of everything that an encoder reads of an item. Another layout of these fields is another number in front. */
export function contentHash(item: Item): Uint8Array {
  const { kind, genres, cast, directors, franchise, themes, moods, languages, countries, releasedAt, durationMinutes } = item
  const read = [2, textOf(item), kind, genres, cast, directors, franchise ?? null, themes, moods, languages, countries]
  return createHash('sha256')
    .update(JSON.stringify([...read, releasedAt ?? null, durationMinutes ?? null]))
    .digest()
    .subarray(0, 16)
}

/** Encodes items as these encoders can. `version` is of the models that did it: a swap may come between two calls, never within one. */
export async function encodeItems(
  encoders: Encoders,
  items: readonly { readonly itemNo: number; readonly item: Item }[],
  options: EncodeOptions = {},
): Promise<{ readonly version: string; readonly encoded: readonly EncodedItem[] }> {
  const [texts, whole] = await Promise.all([
    encoders.encodeTexts(
      items.map(({ item }) => textOf(item)),
      options,
    ),
    encoders.dimensions !== undefined
      ? encoders.encodeItems(
          items.map(({ item }) => item),
          options,
        )
      : undefined,
  ])
  if (whole !== undefined && whole.version !== texts.version) return encodeItems(encoders, items, options)
  const main = whole ?? texts
  return {
    version: main.version,
    encoded: items.map(({ itemNo, item }, at) => ({
      itemNo,
      hash: contentHash(item),
      vector: rowOf(main, at),
      text: shortened(rowOf(texts, at), confidence(textOf(item))),
    })),
  }
}

/** Words after which a text is believed to two thirds. Chosen together with searchWeights. */
const TELLING_WORDS = 80

/**
 * How much of a match to believe: 1 − e^(−words / 80). The vector of three words points exactly along them, and so lies nearer to any
 * query with one of these than the long text that the query describes.
 */
function confidence(text: string): number {
  return 1 - Math.exp(-text.split(/\s+/).length / TELLING_WORDS)
}

const shortened = (vector: Float32Array | undefined, by: number): Float32Array | undefined => vector?.map((value) => value * by)

/** One row as it is stored. */
function rowOf(encoded: { readonly values: Float32Array; readonly dimensions: number }, at: number): Float32Array | undefined {
  const row = encoded.values.subarray(at * encoded.dimensions, (at + 1) * encoded.dimensions)
  return Number.isFinite(row[0]) ? widened(row) : undefined
}

/** As stored: a narrower vector is filled up with zeros, which changes no cosine. */
export function widened(vector: Float32Array): Float32Array {
  if (vector.length === EMBEDDING_DIMENSIONS) return vector
  const wide = new Float32Array(EMBEDDING_DIMENSIONS)
  wide.set(vector.subarray(0, EMBEDDING_DIMENSIONS))
  return wide
}

/** Writes encoded items under both versions. Items without a vector are left out, and looked at again another time. */
export async function storeEncoded(embeddings: EmbeddingStore, version: string, encoded: readonly EncodedItem[]): Promise<void> {
  for (const [name, vectorOf] of [
    [textVersionOf(version), ({ text }: EncodedItem) => text],
    [version, ({ vector }: EncodedItem) => vector], // last: who finds its hash takes the item for done
  ] as const) {
    const rows = encoded.flatMap((item) => {
      const vector = vectorOf(item)
      return vector === undefined ? [] : [{ ...item, vector }]
    })
    if (rows.length === 0) continue
    const values = new Float32Array(rows.length * EMBEDDING_DIMENSIONS)
    for (const [at, { vector }] of rows.entries()) values.set(vector, at * EMBEDDING_DIMENSIONS)
    await embeddings.put(name, {
      itemNos: Int32Array.from(rows, ({ itemNo }) => itemNo),
      values,
      contentHashes: rows.map(({ hash }) => hash),
    })
  }
}
