import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Csr, csrFromTriplets, gram, type Triplets, transpose } from '../../src/math/csr.js'

/** Shapes from empty on, entries in any order and repeated. Values are small whole numbers, so that sums are exact. */
const matrices = fc.tuple(fc.nat(7), fc.nat(7)).chain(([rows, columns]) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    entries: fc.array(
      fc.tuple(fc.nat(Math.max(rows - 1, 0)), fc.nat(Math.max(columns - 1, 0)), fc.integer({ min: -9, max: 9 })),
      {
        maxLength: rows * columns === 0 ? 0 : 40,
      },
    ),
  }),
)

describe('a sparse matrix', () => {
  it('holds what the triplets add up to', () => {
    fc.assert(
      fc.property(matrices, ({ rows, columns, entries }) => {
        expect(toDense(csrFromTriplets(rows, columns, tripletsOf(entries)))).toEqual(denseOf(rows, columns, entries))
      }),
    )
  })

  it('keeps the columns of a row ascending and never twice', () => {
    fc.assert(
      fc.property(matrices, ({ rows, columns, entries }) => {
        const csr = csrFromTriplets(rows, columns, tripletsOf(entries))
        expect([csr.start.length, csr.start[rows]]).toEqual([rows + 1, csr.index.length])
        for (let row = 0; row < rows; row++) {
          for (let at = csr.start[row] + 1; at < csr.start[row + 1]; at++)
            expect(csr.index[at]).toBeGreaterThan(csr.index[at - 1])
        }
      }),
    )
  })

  it('is itself again when transposed twice, and mirrored when once', () => {
    fc.assert(
      fc.property(matrices, ({ rows, columns, entries }) => {
        const csr = csrFromTriplets(rows, columns, tripletsOf(entries))
        const mirrored = transpose(csr)
        const dense = toDense(csr)
        expect(toDense(mirrored)).toEqual(
          dense[0] === undefined ? emptyRows(columns) : dense[0].map((_, j) => dense.map((row) => row[j])),
        )
        expect(transpose(mirrored)).toEqual(csr)
      }),
    )
  })

  it('has the Gram matrix XᵀX', () => {
    fc.assert(
      fc.property(matrices, ({ rows, columns, entries }) => {
        const dense = denseOf(rows, columns, entries)
        const out = new Float32Array(columns * columns).fill(7)
        gram(csrFromTriplets(rows, columns, tripletsOf(entries)), out)
        for (let i = 0; i < columns; i++) {
          for (let j = 0; j < columns; j++) {
            expect(out[i * columns + j]).toBe(dense.reduce((sum, row) => sum + row[i] * row[j], 0))
          }
        }
      }),
    )
  })

  it('has a symmetric Gram matrix beyond one tile', () => {
    const n = 70
    const entries = Array.from({ length: 900 }, (_, i): [number, number, number] => [(i * 7) % 40, (i * i + i) % n, 1 + (i % 3)])
    const dense = denseOf(40, n, entries)
    const out = new Float32Array(n * n)
    gram(csrFromTriplets(40, n, tripletsOf(entries)), out)
    const expected = Float32Array.from({ length: n * n }, (_, at) =>
      dense.reduce((sum, row) => sum + row[Math.floor(at / n)] * row[at % n], 0),
    )
    expect(out).toEqual(expected)
  })

  it('refuses an entry outside its shape', () => {
    expect(() => csrFromTriplets(2, 3, { row: [2], column: [0], value: [1] })).toThrow('entry (2, 0) of a 2 × 3 matrix')
    expect(() => csrFromTriplets(2, 3, { row: [0], column: [3], value: [1] })).toThrow('entry (0, 3) of a 2 × 3 matrix')
    expect(() => csrFromTriplets(2, 3, { row: [0], column: [], value: [1] })).toThrow('unequal lengths')
  })
})

function tripletsOf(entries: readonly [number, number, number][]): Triplets {
  return {
    row: entries.map(([row]) => row),
    column: entries.map(([, column]) => column),
    value: entries.map(([, , value]) => value),
  }
}

function denseOf(rows: number, columns: number, entries: readonly [number, number, number][]): number[][] {
  const dense = Array.from({ length: rows }, () => new Array<number>(columns).fill(0))
  for (const [row, column, value] of entries) dense[row][column] += value
  return dense
}

function toDense({ rows, columns, start, index, value }: Csr): number[][] {
  const dense = Array.from({ length: rows }, () => new Array<number>(columns).fill(0))
  for (let row = 0; row < rows; row++) for (let at = start[row]; at < start[row + 1]; at++) dense[row][index[at]] = value[at]
  return dense
}

function emptyRows(rows: number): number[][] {
  return Array.from({ length: rows }, () => [])
}
