import type { VectorsByRow } from '../features/profile.js'
import type { Kernels } from '../math/kernels.js'
import { type ByteVectors, scan, scanBytes } from './vector-scan.js'

/** The items' vectors by row of the catalogue: what diversity, profiles and similar items compare. */
export interface RowVectors extends VectorsByRow {
  /** Of the encoder that made them. */
  readonly version: string
  /** The cosine of every row with the vector into `out`, one number per row; NaN for rows without a vector. Arrays in the kernels' arena. */
  scan(vector: Float32Array, out: Float32Array, kernels: Kernels): void
  /** Undefined where one of the rows has no vector. */
  cosine(a: number, b: number): number | undefined
}

/** Rows one after the other: as 32-bit numbers, where one without a vector is NaN, or as bytes, a quarter of the memory. */
export type StoredRows = Float32Array | ByteVectors

/** Vectors that stand in rows of the catalogue already. */
export function rowVectorsOver(stored: {
  readonly version: string
  readonly dimensions: number
  readonly rows: StoredRows
}): RowVectors {
  const { version, dimensions, rows } = stored
  const of = rows instanceof Float32Array ? numbersOf(rows, dimensions) : bytesOf(rows, dimensions)
  return {
    version,
    dimensions,
    of,
    scan(vector, out, kernels) {
      if (rows instanceof Float32Array) scan(rows, vector, out, kernels)
      else scanBytes(rows, vector, out, kernels)
    },
    cosine(a, b) {
      const [left, right] = [of(a), of(b)]
      if (left === undefined || right === undefined) return undefined
      let sum = 0
      for (let at = 0; at < dimensions; at++) sum += left[at] * right[at]
      return sum
    },
  }
}

function numbersOf(values: Float32Array, dimensions: number): RowVectors['of'] {
  return (row) =>
    Number.isFinite(values[row * dimensions]) ? values.subarray(row * dimensions, (row + 1) * dimensions) : undefined
}

function bytesOf({ bytes, scales }: ByteVectors, dimensions: number): RowVectors['of'] {
  return (row) => {
    const scale = scales[row]
    if (!Number.isFinite(scale)) return undefined
    const vector = new Float32Array(dimensions)
    for (let at = 0, from = row * dimensions; at < dimensions; at++) vector[at] = scale * bytes[from + at]
    return vector
  }
}
