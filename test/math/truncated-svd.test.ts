import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { type Csr, csrFromTriplets } from '../../src/math/csr.js'
import { createKernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'
import { symmetricEigen } from '../../src/math/symmetric-eigen.js'
import { truncatedSvd } from '../../src/math/truncated-svd.js'

const kernels = createKernels(createArena(2 ** 26))

function sparse(rows: number, columns: number, entries: number, seed: string): Csr {
  const random = createRandom(seed)
  const some = (bound: number): number[] => Array.from({ length: entries }, () => Math.floor(random.next() ** 2 * bound))
  const value = Array.from({ length: entries }, () => random.next())
  return csrFromTriplets(rows, columns, { row: some(rows), column: some(columns), value })
}

/** The slow twin: all eigenvalues of AᵀA. */
function singularValues({ rows, columns, start, index, value }: Csr): number[] {
  const dense = new Float64Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    for (let at = start[row]!; at < start[row + 1]!; at++) dense[row * columns + index[at]!] = value[at]!
  }
  const gram = new Float64Array(columns * columns)
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < columns; j++) {
      for (let row = 0; row < rows; row++) gram[i * columns + j]! += dense[row * columns + i]! * dense[row * columns + j]!
    }
  }
  return [...symmetricEigen(gram, columns).values].map((square) => Math.sqrt(Math.max(0, square)))
}

const svd = (matrix: Csr, dimensions: number, seed = 'svd', passes = 4) =>
  truncatedSvd(matrix, { dimensions, passes, normal: createRandom(seed).normal, checkpoint: () => {} }, kernels)

describe('truncatedSvd', () => {
  it('finds the leading singular values that a full decomposition finds', () => {
    const matrix = sparse(60, 50, 700, 'values')
    const full = singularValues(matrix)
    const { values } = svd(matrix, 6)
    values.forEach((value, k) => {
      expect(Math.abs(value / full[k]! - 1)).toBeLessThan(1e-3)
    })
  })

  it('gives directions of length 1 at right angles, which stretch by their singular value', () => {
    const matrix = sparse(60, 50, 700, 'directions')
    const { values, vectors } = svd(matrix, 5)
    const column = (k: number): number[] => Array.from({ length: 50 }, (_, i) => vectors[i * 5 + k]!)
    for (let k = 0; k < 5; k++) {
      for (let j = 0; j < 5; j++) {
        const product = column(k).reduce((sum, x, i) => sum + x * column(j)[i]!, 0)
        expect(Math.abs(product - (j === k ? 1 : 0))).toBeLessThan(1e-4)
      }
      let squares = 0
      for (let row = 0; row < 60; row++) {
        let image = 0
        for (let at = matrix.start[row]!; at < matrix.start[row + 1]!; at++)
          image += matrix.value[at]! * column(k)[matrix.index[at]!]!
        squares += image * image
      }
      expect(Math.sqrt(squares) / values[k]!).toBeCloseTo(1, 4)
    }
  })

  it('is zeros beyond the rank: of a catalogue with fewer texts than dimensions', () => {
    const { values, vectors } = svd(sparse(5, 40, 60, 'small'), 16)
    expect([...values].slice(5)).toEqual(Array(11).fill(0))
    expect([...values].slice(0, 5).every((value) => value > 0)).toBe(true)
    for (let row = 0; row < 40; row++) expect([...vectors.subarray(row * 16 + 5, row * 16 + 16)]).toEqual(Array(11).fill(0))
    expect([...vectors].every(Number.isFinite)).toBe(true)
  })

  it('stands an empty matrix, one without columns, and one of zeros', () => {
    for (const matrix of [sparse(4, 6, 0, 'none'), sparse(3, 0, 0, 'narrow'), sparse(0, 3, 0, 'flat')]) {
      const { values, vectors } = svd(matrix, 3)
      expect([...values, ...vectors].every((value) => value === 0)).toBe(true)
    }
  })

  it('gives the same bytes for the same start', () => {
    const matrix = sparse(60, 50, 700, 'same')
    expect([...svd(matrix, 6).vectors]).toEqual([...svd(matrix, 6).vectors])
  })
})
