/**
 * Square blocks of XᵀX for a matrix X whose whole XᵀX is too large to be kept.
 *
 * A block among columns with few entries is cheap to count. What is dear are the columns with many, and the same ones are in most
 * blocks: their rows of XᵀX are kept, as many as fit, from the first time they are asked for.
 */
import { type Csr, gram, transpose } from './csr.js'
import { productOf } from './top-rows.js'

/**
 * @param keptBytes what the kept rows may take
 * @returns writes (XᵀX)[block, block], full and symmetric, into `out` (block × block); `block` names columns, none twice
 */
export function gramBlocks(x: Csr, keptBytes: number): (block: Uint32Array, out: Float32Array) => void {
  const byColumn = transpose(x)
  const row = productOf(byColumn, x)
  const entries = (column: number) => byColumn.start[column + 1] - byColumn.start[column]
  const room = Math.floor(keptBytes / (Float32Array.BYTES_PER_ELEMENT * x.columns))
  const isKept = new Uint8Array(x.columns)
  for (const column of Uint32Array.from(isKept.keys())
    .sort((a, b) => entries(b) - entries(a) || a - b)
    .subarray(0, room)) {
    isKept[column] = 1
  }
  const kept: Float32Array[] = []

  function keptRow(column: number): Float32Array {
    const known = kept[column]
    if (known !== undefined) return known
    const { columns, sums } = row(column)
    const whole = new Float32Array(x.columns)
    for (const other of columns) whole[other] = sums[other]
    kept[column] = whole
    return whole
  }

  return (block, out) => {
    const size = block.length
    const rare = Uint32Array.from(block.keys()).filter((at) => isKept[block[at]] === 0)
    const among = new Float32Array(rare.length ** 2)
    gram(
      transpose(
        someRows(
          byColumn,
          Uint32Array.from(rare, (at) => block[at]),
        ),
      ),
      among,
    )
    rare.forEach((at, i) => {
      rare.forEach((other, j) => {
        out[at * size + other] = among[i * rare.length + j]
      })
    })
    for (let at = 0; at < size; at++) {
      if (isKept[block[at]] === 0) continue
      const whole = keptRow(block[at])
      for (let other = 0; other < size; other++) {
        out[at * size + other] = whole[block[other]]
        out[other * size + at] = whole[block[other]]
      }
    }
  }
}

/** Some rows of a matrix, in the order in which they are named. */
function someRows({ columns, start, index, value }: Csr, rows: Uint32Array): Csr {
  const starts = new Uint32Array(rows.length + 1)
  rows.forEach((row, at) => {
    starts[at + 1] = starts[at] + start[row + 1] - start[row]
  })
  const indexes = new Uint32Array(starts[rows.length])
  const values = new Float32Array(starts[rows.length])
  rows.forEach((row, at) => {
    indexes.set(index.subarray(start[row], start[row + 1]), starts[at])
    values.set(value.subarray(start[row], start[row + 1]), starts[at])
  })
  return { rows: rows.length, columns, start: starts, index: indexes, value: values }
}
