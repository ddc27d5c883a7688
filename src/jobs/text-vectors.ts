import { createRandom } from '../domain/random.js'
import { textOf } from '../encoders/described.js'
import { createTextEncoder, fitTextTower, normalise, textTowerDefaults } from '../encoders/text-tower.js'
import { textVersionOf } from '../engine/item-encoding.js'
import type { NumberedItem } from '../features/catalogue.js'
import type { ItemVectors } from '../features/item-vectors.js'
import { openEncoders } from '../inference/open-encoders.js'
import { encoderDirectory } from '../inference/shelf.js'
import { createKernels } from '../math/kernels.js'
import { createArena } from '../math/memory.js'
import { algorithms } from '../models/index.js'
import type { ModelSpec } from '../pipeline/train.js'
import { EMBEDDING_DIMENSIONS, type EmbeddingStore } from '../storage/store.js'

const MEMORY_BUDGET = 2 ** 30

/**
 * The items' texts as vectors, by a tower fitted on these texts; undefined where none of the models reads them. A text is known when an
 * item is written, before anybody watches it, so that nothing of the future is in it. Same items and seed, same bytes.
 *
 * @param items in the order of their numbers
 */
export function textVectorsFor(
  models: readonly ModelSpec[],
  items: readonly NumberedItem[],
  seed: number,
): ItemVectors | undefined {
  if (!readsTexts(models)) return undefined
  const texts = items.map(({ item }) => textOf(item))
  const random = createRandom(`${seed}/text-tower`)
  const kernels = createKernels(createArena(MEMORY_BUDGET))
  const tower = fitTextTower(texts, textTowerDefaults, { kernels, random, checkpoint: () => {} })
  const encode = createTextEncoder(tower)
  const { dimensions } = tower
  const values = new Float32Array(new SharedArrayBuffer(items.length * dimensions * 4))
  texts.forEach((text, row) => {
    encode(text, values.subarray(row * dimensions, (row + 1) * dimensions))
  })
  return { version: `catalogue-${seed}`, dimensions, itemNos: Int32Array.from(items, ({ itemNo }) => itemNo), values }
}

export function readsTexts(models: readonly ModelSpec[]): boolean {
  return models.some(({ algorithm }) => algorithms.get(algorithm)?.readsVectors === true)
}

const TEXTS_AT_A_TIME = 256

/** The items' texts by the tower of an encoder on the shelf. Row r is of items[r]. */
export async function textVectorsBy(
  home: string,
  version: string,
  items: readonly NumberedItem[],
  checkpoint: (done: number) => void,
): Promise<ItemVectors> {
  const encoders = await openEncoders(encoderDirectory(home, version))
  try {
    const dimensions = encoders.textDimensions
    const values = new Float32Array(new SharedArrayBuffer(items.length * dimensions * 4))
    for (let from = 0; from < items.length; from += TEXTS_AT_A_TIME) {
      const some = items.slice(from, from + TEXTS_AT_A_TIME).map(({ item }) => textOf(item))
      const encoded = await encoders.encodeTexts(some, { deadlineMs: 600_000 })
      values.set(encoded.values, from * dimensions)
      checkpoint((from + some.length) / items.length)
    }
    return { version, dimensions, itemNos: Int32Array.from(items, ({ itemNo }) => itemNo), values }
  } finally {
    await encoders.close()
  }
}

/** The items' texts as the encoder in use left them in the database; undefined where it has not run. An item that it has yet to read is without. */
export async function storedTextVectors(
  embeddings: EmbeddingStore,
  items: readonly NumberedItem[],
): Promise<ItemVectors | undefined> {
  const version = (await embeddings.current())?.version
  if (version === undefined) return undefined
  const dimensions = EMBEDDING_DIMENSIONS
  const values = new Float32Array(new SharedArrayBuffer(items.length * dimensions * 4)).fill(Number.NaN)
  const rowOf = new Map(items.map(({ itemNo }, row) => [itemNo as number, row]))
  for await (const page of embeddings.all(textVersionOf(version))) {
    for (const [at, itemNo] of page.itemNos.entries()) {
      const row = rowOf.get(itemNo)
      if (row === undefined) continue
      const vector = values.subarray(row * dimensions, (row + 1) * dimensions)
      vector.set(page.values.subarray(at * dimensions, (at + 1) * dimensions))
      normalise(vector) // they are stored shorter than one, see item-encoding.ts
    }
  }
  return { version, dimensions, itemNos: Int32Array.from(items, ({ itemNo }) => itemNo), values }
}
