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

/** One row of a product: its value at the columns that were touched, ascending. Both arrays are used again for the next row. */
export interface ProductRow {
  readonly columns: Uint32Array
  /** One number for every column of the product, of which only those at `columns` mean anything. */
  readonly sums: Float64Array
}

/**
 * Rows of left · right, each when it is asked for, so that the product is never held whole (Gustavson, "Two Fast Algorithms for
 * Sparse Matrices", TOMS 1978).
 *
 * Cost of a row: one multiplication for every entry of the row of `left` and every entry of the rows of `right` that it names.
 */
export function productOf(left: Csr, right: Csr): (row: number) => ProductRow {
  assert(left.columns === right.rows, () => `a product of ${left.columns} columns and ${right.rows} rows`)
  const sums = new Float64Array(right.columns)
  const lastTurn = new Uint32Array(right.columns) // when each column was last touched
  const touched = new Uint32Array(right.columns)
  let turn = 0
  return (row) => {
    turn++
    let count = 0
    for (let at = left.start[row]; at < left.start[row + 1]; at++) {
      const through = left.index[at]
      const factor = left.value[at]
      const end = right.start[through + 1]
      for (let k = right.start[through]; k < end; k++) {
        const column = right.index[k]
        if (lastTurn[column] !== turn) {
          lastTurn[column] = turn
          touched[count++] = column
          sums[column] = 0
        }
        sums[column] += factor * right.value[k]
      }
    }
    return { columns: ascending(touched.subarray(0, count), lastTurn, turn), sums }
  }
}

/** The touched columns in order: sorted where they are few, read off the marks where they are not. */
function ascending(touched: Uint32Array, lastTurn: Uint32Array, turn: number): Uint32Array {
  if (touched.length * 16 < lastTurn.length) return touched.sort()
  let count = 0
  for (let column = 0; column < lastTurn.length; column++) if (lastTurn[column] === turn) touched[count++] = column
  return touched
}
