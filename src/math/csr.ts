/**
 * Compressed sparse rows: a matrix that is mostly zeros, as three flat arrays.
 *
 *   row r holds value[start[r] … start[r + 1]) at the columns index[start[r] … start[r + 1]), columns ascending, none twice
 */
import { assert } from './assert.js'

export interface Csr {
  readonly rows: number
  readonly columns: number
  /** rows + 1 offsets into `index` and `value`; the last one is the number of entries. */
  readonly start: Uint32Array
  readonly index: Uint32Array
  readonly value: Float32Array
}

/** One entry per position: `value[i]` at (`row[i]`, `column[i]`), in any order. */
export interface Triplets {
  readonly row: ArrayLike<number>
  readonly column: ArrayLike<number>
  readonly value: ArrayLike<number>
}

/** Sorts triplets into rows. Values at the same place are added up, in the order given. O(entries + rows + columns). */
export function csrFromTriplets(rows: number, columns: number, { row, column, value }: Triplets): Csr {
  assert(row.length === column.length && row.length === value.length, 'triplets of unequal lengths')
  for (let i = 0; i < row.length; i++) {
    const inside = row[i] >= 0 && row[i] < rows && column[i] >= 0 && column[i] < columns
    assert(inside, () => `entry (${row[i]}, ${column[i]}) of a ${rows} × ${columns} matrix`)
  }
  // A stable counting sort by column and then one by row leaves the columns of each row ascending.
  const byColumn = countingSort(
    columns,
    column,
    new Uint32Array(row.length).map((_, i) => i),
  )
  const order = countingSort(rows, row, byColumn.order)
  return addUpDuplicates(rows, columns, order, column, value)
}

/** The same matrix with rows and columns exchanged. O(entries + rows + columns). */
export function transpose(csr: Csr): Csr {
  const { rows, columns, start, index, value } = csr
  const entries = start[rows]
  const startOut = offsetsOf(columns, index, entries)
  const indexOut = new Uint32Array(entries)
  const valueOut = new Float32Array(entries)
  const next = startOut.slice(0, columns)
  for (let row = 0; row < rows; row++) {
    for (let at = start[row]; at < start[row + 1]; at++) {
      const to = next[index[at]]++
      indexOut[to] = row
      valueOut[to] = value[at]
    }
  }
  return { rows: columns, columns: rows, start: startOut, index: indexOut, value: valueOut }
}

/**
 * XᵀX, dense and symmetric, into `out` (columns × columns, row-major). Sums are kept in 64-bit.
 *
 * Cost: ½ Σ (entries in a row)². Row i of the result is gathered from the rows of X that have column i, and only from their
 * entries at columns ≥ i; the other half is mirrored.
 */
export function gram(csr: Csr, out: Float32Array): void {
  const { columns, start, index, value } = csr
  assert(out.length === columns * columns, () => `a Gram matrix of ${columns} columns into ${out.length} numbers`)
  const byColumn = transpose(csr)
  const cursor = start.slice(0, csr.rows) // columns are visited in order, so each row's entry at column i is where its cursor stands
  const sums = new Float64Array(columns)
  for (let i = 0; i < columns; i++) {
    sums.fill(0, i)
    for (let at = byColumn.start[i]; at < byColumn.start[i + 1]; at++) {
      const row = byColumn.index[at]
      const weight = byColumn.value[at]
      const end = start[row + 1]
      for (let k = cursor[row]++; k < end; k++) sums[index[k]] += weight * value[k]
    }
    out.set(sums.subarray(i), i * columns + i)
  }
  mirrorUpper(out, columns)
}

/** Copies the upper triangle onto the lower, tile by tile so that neither side strides through memory. */
function mirrorUpper(matrix: Float32Array, n: number): void {
  const tile = 32
  for (let i0 = 0; i0 < n; i0 += tile) {
    for (let j0 = 0; j0 <= i0; j0 += tile) {
      for (let i = i0; i < Math.min(i0 + tile, n); i++) {
        for (let j = j0; j < Math.min(j0 + tile, i); j++) matrix[i * n + j] = matrix[j * n + i]
      }
    }
  }
}

interface Sorted {
  readonly start: Uint32Array
  readonly order: Uint32Array
}

/** The positions in `items`, stably ordered by their key. */
function countingSort(keys: number, key: ArrayLike<number>, items: Uint32Array): Sorted {
  const start = offsetsOf(keys, key, key.length)
  const next = start.slice(0, keys)
  const order = new Uint32Array(items.length)
  for (const item of items) order[next[key[item]]++] = item
  return { start, order }
}

/** Where the entries of each key begin once they are grouped by key. */
function offsetsOf(keys: number, key: ArrayLike<number>, length: number): Uint32Array {
  const start = new Uint32Array(keys + 1)
  for (let i = 0; i < length; i++) start[key[i] + 1]++
  for (let k = 0; k < keys; k++) start[k + 1] += start[k]
  return start
}

function addUpDuplicates(
  rows: number,
  columns: number,
  sorted: Sorted,
  column: ArrayLike<number>,
  value: ArrayLike<number>,
): Csr {
  const start = new Uint32Array(rows + 1)
  const index = new Uint32Array(sorted.order.length)
  const sums = new Float64Array(sorted.order.length)
  let length = 0
  for (let row = 0; row < rows; row++) {
    for (let at = sorted.start[row]; at < sorted.start[row + 1]; at++) {
      const entry = sorted.order[at]
      const isFirst = length === start[row] || index[length - 1] !== column[entry]
      if (isFirst) index[length++] = column[entry]
      sums[length - 1] += value[entry]
    }
    start[row + 1] = length
  }
  return { rows, columns, start, index: index.slice(0, length), value: Float32Array.from(sums.subarray(0, length)) }
}
