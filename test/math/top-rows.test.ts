import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Csr, csrFromTriplets } from '../../src/math/csr.js'
import { createTopRows, productOf } from '../../src/math/top-rows.js'

// Few distinct values, so that ties and sums of zero are common.
const matrices = fc
  .record({ rows: fc.integer({ min: 1, max: 40 }), columns: fc.integer({ min: 1, max: 40 }) })
  .chain((size) =>
    fc
      .array(fc.tuple(fc.nat(size.rows - 1), fc.nat(size.columns - 1), fc.integer({ min: -2, max: 2 })), { maxLength: 200 })
      .map((entries) => ({ ...size, entries })),
  )

function csrOf({ rows, columns, entries }: { rows: number; columns: number; entries: [number, number, number][] }): Csr {
  const [row, column, value] = [0, 1, 2].map((part) => entries.map((entry) => entry[part]!))
  return csrFromTriplets(rows, columns, { row: row!, column: column!, value: value! })
}

function dense({ rows, columns, start, index, value }: Csr): number[][] {
  return Array.from({ length: rows }, (_, row) => {
    const line = Array<number>(columns).fill(0)
    for (let at = start[row]!; at < start[row + 1]!; at++) line[index[at]!] = value[at]!
    return line
  })
}

describe('rows that keep their largest values', () => {
  it('keep what a full sort would: highest first, of equals the lower column, never a zero', () => {
    fc.assert(
      fc.property(matrices, fc.nat(45), (matrix, perRow) => {
        const whole = csrOf(matrix)
        const top = createTopRows(whole.columns, perRow)
        const expected = dense(whole).map((line, row) => {
          const columns = whole.index.slice(whole.start[row], whole.start[row + 1])
          top.add(columns, (column) => line[column]!)
          const best = [...columns].sort((a, b) => line[b]! - line[a]! || a - b).slice(0, perRow)
          return line.map((value, column) => (best.includes(column) ? value : 0))
        })
        const kept = top.build()
        expect(dense(kept)).toEqual(expected)
        expect([...kept.value]).not.toContain(0)
      }),
    )
  })

  it('are built of nothing at all', () => {
    expect(createTopRows(3, 2).build()).toMatchObject({ rows: 0, start: Uint32Array.of(0) })
  })

  it('hold more than they had room for at first', () => {
    const top = createTopRows(3000, 2500)
    const columns = Uint32Array.from({ length: 3000 }, (_, column) => column)
    for (const factor of [1, 2]) top.add(columns, (column) => factor * (column + 1))
    const { start, index, value } = top.build()
    expect([...start]).toEqual([0, 2500, 5000])
    expect([index[0], value[0], index[4999], value[4999]]).toEqual([500, 501, 2999, 6000])
  })
})

describe('a product by rows', () => {
  it('is the product, with the columns that were touched ascending', () => {
    fc.assert(
      fc.property(matrices, matrices, (one, other) => {
        const left = csrOf({ ...one, columns: Math.max(one.columns, other.rows) })
        const right = csrOf({ ...other, rows: Math.max(one.columns, other.rows) })
        const [a, b] = [dense(left), dense(right)]
        const product = productOf(left, right)
        for (const row of [...a.keys(), 0]) {
          const { columns, sums } = product(row)
          expect([...columns]).toEqual([...columns].sort((x, y) => x - y))
          for (let column = 0; column < right.columns; column++) {
            const expected = a[row]!.reduce((sum, value, k) => sum + value * b[k]![column]!, 0)
            if (columns.includes(column)) expect(sums[column]).toBe(expected)
            else expect(expected).toBe(0)
          }
        }
      }),
    )
  })
})
