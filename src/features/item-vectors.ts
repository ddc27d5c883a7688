/**
 * One vector per item, as an encoder made them: what content sources, similar items, search and diversity compare.
 * Plain data over shared memory, so that every ranking thread reads the same bytes.
 */
export interface ItemVectors {
  /** Of the encoder that made them. Vectors of different versions are never compared. */
  readonly version: string
  /** Numbers per vector. */
  readonly dimensions: number
  /** Ascending durable numbers; row r of `values` belongs to itemNos[r]. */
  readonly itemNos: Int32Array
  /** itemNos.length × dimensions, row-major, each row of unit length. A row without a vector is NaN. */
  readonly values: Float32Array
}
