/**
 * rows × length whole numbers as ONNX's int64, filled through their lower halves: a BigInt for each number would cost more than the
 * model. Numbers must not be negative.
 */
export interface Int64Rows {
  readonly values: BigInt64Array
  put(row: number, place: number, value: number): void
}

const LOW = new Int32Array(BigInt64Array.of(1n).buffer)[0] === 1 ? 0 : 1

export function int64Rows(rows: number, length: number): Int64Rows {
  const values = new BigInt64Array(rows * length)
  const halves = new Int32Array(values.buffer)
  return {
    values,
    put(row, place, value) {
      halves[2 * (row * length + place) + LOW] = value
    },
  }
}
