import { createRandom } from '../domain/random.js'
import { textOf } from '../encoders/described.js'
import { createTextEncoder, fitTextTower, textTowerDefaults } from '../encoders/text-tower.js'
import type { NumberedItem } from '../features/catalogue.js'
import type { ItemVectors } from '../features/item-vectors.js'
import { createKernels } from '../math/kernels.js'
import { createArena } from '../math/memory.js'
import { algorithms } from '../models/index.js'
import type { ModelSpec } from '../pipeline/train.js'

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
  if (!models.some(({ algorithm }) => algorithms.get(algorithm)?.readsVectors === true)) return undefined
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
