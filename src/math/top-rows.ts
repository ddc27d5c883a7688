/**
 * A sparse matrix of which every row keeps no more than its largest values: what remains of an item × item matrix that is too large
 * to be kept whole.
 */
import { assert } from './assert.js'
import type { Csr } from './csr.js'
import { topK } from './top-k.js'

/** Takes the rows of a matrix one after the other. */
export interface TopRows {
  /**
   * The next row: its value at each of these columns, ascending. Zeros are left out, and of equal values the one at the lower
   * column stays.
   */
  add(columns: Uint32Array, valueAt: (column: number) => number): void
  /** The rows added so far, each with its columns ascending. */
  build(): Csr
}

/** @param perRow how many values a row keeps, the largest */
export function createTopRows(columnCount: number, perRow: number): TopRows {
  const lengths: number[] = []
  let index = new Uint32Array(1024)
  let value = new Float32Array(1024)
  let length = 0
  const room = new Float32Array(columnCount)
  const best = new Uint32Array(Math.min(perRow, columnCount))

  return {
    add(columns, valueAt) {
      assert(columns.length <= room.length, () => `a row of ${columns.length} columns in a matrix of ${columnCount}`)
      const values = room.subarray(0, columns.length)
      for (let at = 0; at < columns.length; at++) values[at] = valueAt(columns[at])
      const kept = topK(values, undefined, perRow, best).sort()
      if (length + kept.length > index.length) {
        index = grown(index, new Uint32Array(2 * index.length + kept.length))
        value = grown(value, new Float32Array(index.length))
      }
      const before = length
      for (const at of kept) {
        if (values[at] === 0) continue
        index[length] = columns[at]
        value[length++] = values[at]
      }
      lengths.push(length - before)
    },

    build() {
      const start = new Uint32Array(lengths.length + 1)
      lengths.forEach((count, row) => {
        start[row + 1] = start[row] + count
      })
      return { rows: lengths.length, columns: columnCount, start, index: index.slice(0, length), value: value.slice(0, length) }
    },
  }
}

function grown<T extends Uint32Array | Float32Array>(old: T, larger: T): T {
  larger.set(old)
  return larger
}

/**
 * left · right, one row at a time, so that the product is never held whole (Gustavson, "Two Fast Algorithms for Sparse Matrices",
 * TOMS 1978). `visit` is given the columns that were touched, ascending, and the row as `right.columns` numbers of which only those
 * at touched columns mean anything. Both are used again for the next row.
 *
 * Cost: one multiplication for every entry of `left` and every entry of the row of `right` that it names.
 */
export function productRows(left: Csr, right: Csr, visit: (row: number, columns: Uint32Array, sums: Float64Array) => void): void {
  assert(left.columns === right.rows, () => `a product of ${left.columns} columns and ${right.rows} rows`)
  const sums = new Float64Array(right.columns)
  const lastRow = new Int32Array(right.columns).fill(-1) // the last row that touched each column
  const touched = new Uint32Array(right.columns)
  for (let row = 0; row < left.rows; row++) {
    let count = 0
    for (let at = left.start[row]; at < left.start[row + 1]; at++) {
      const through = left.index[at]
      const factor = left.value[at]
      const end = right.start[through + 1]
      for (let k = right.start[through]; k < end; k++) {
        const column = right.index[k]
        if (lastRow[column] !== row) {
          lastRow[column] = row
          touched[count++] = column
          sums[column] = 0
        }
        sums[column] += factor * right.value[k]
      }
    }
    visit(row, ascending(touched.subarray(0, count), lastRow, row), sums)
  }
}

/** The touched columns in order: sorted where they are few, read off the marks where they are not. */
function ascending(touched: Uint32Array, lastRow: Int32Array, row: number): Uint32Array {
  if (touched.length * 16 < lastRow.length) return touched.sort()
  let count = 0
  for (let column = 0; column < lastRow.length; column++) if (lastRow[column] === row) touched[count++] = column
  return touched
}
