import { type Catalogue, rowOf } from '../features/catalogue.js'
import type { ItemVectors } from '../features/item-vectors.js'
import type { VectorsByRow } from '../features/profile.js'

/** The items' vectors by row of the catalogue: what diversity, profiles and similar items compare. */
export interface RowVectors extends VectorsByRow {
  /** Of the encoder that made them. */
  readonly version: string
}

/** Vectors read in rows of this catalogue. `newer` holds, by durable number, those made since; they take the place of older ones. */
export function rowVectors(
  { version, dimensions, itemNos, values }: ItemVectors,
  catalogue: Catalogue,
  newer: ReadonlyMap<number, Float32Array> = new Map(),
): RowVectors {
  const at = new Int32Array(catalogue.count).fill(-1)
  itemNos.forEach((itemNo, vector) => {
    const row = rowOf(catalogue, itemNo)
    if (row >= 0 && !Number.isNaN(values[vector * dimensions])) at[row] = vector
  })
  return {
    version,
    dimensions,
    of: (row) =>
      newer.get(catalogue.itemNos[row]) ??
      (at[row] < 0 ? undefined : values.subarray(at[row] * dimensions, (at[row] + 1) * dimensions)),
  }
}
