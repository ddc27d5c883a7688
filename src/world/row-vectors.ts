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
