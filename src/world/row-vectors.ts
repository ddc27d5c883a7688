import { type Catalogue, rowOf } from '../features/catalogue.js'
import type { ItemVectors } from '../features/item-vectors.js'
import type { VectorsByRow } from '../features/profile.js'

/** The items' vectors by row of the catalogue: what diversity, profiles and similar items compare. */
export interface RowVectors extends VectorsByRow {
  /** Of the encoder that made them. */
  readonly version: string
  /** All rows, one after the other; one without a vector is NaN. */
  readonly values: Float32Array
}

/** Vectors that stand in rows of the catalogue already. */
export function rowVectorsOver({ version, dimensions, values }: Omit<ItemVectors, 'itemNos'>): RowVectors {
  return {
    version,
    dimensions,
    values,
    of: (row) =>
      Number.isFinite(values[row * dimensions]) ? values.subarray(row * dimensions, (row + 1) * dimensions) : undefined,
  }
}

/** Vectors put into rows of this catalogue. `newer` holds, by durable number, those made since; they take the place of older ones. */
export function rowVectors(
  { version, dimensions, itemNos, values }: ItemVectors,
  catalogue: Catalogue,
  newer: ReadonlyMap<number, Float32Array> = new Map(),
): RowVectors {
  const byRow = new Float32Array(catalogue.count * dimensions).fill(Number.NaN)
  const put = (itemNo: number, vector: Float32Array): void => {
    const row = rowOf(catalogue, itemNo)
    if (row >= 0) byRow.set(vector, row * dimensions)
  }
  itemNos.forEach((itemNo, at) => {
    put(itemNo, values.subarray(at * dimensions, (at + 1) * dimensions))
  })
  for (const [itemNo, vector] of newer) put(itemNo, vector)
  return rowVectorsOver({ version, dimensions, values: byRow })
}
