import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { symmetricEigen } from '../../src/math/symmetric-eigen.js'

describe('symmetricEigen', () => {
  it('finds what is easily seen: [[2, 1], [1, 2]] has 3 along (1, 1) and 1 across', () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2)
    expect([...values]).toEqual([expect.closeTo(3, 12), expect.closeTo(1, 12)])
    expect(Math.abs(vectors[0]!)).toBeCloseTo(Math.SQRT1_2, 12)
    expect(vectors[0]).toBeCloseTo(vectors[1]!, 12)
    expect(vectors[2]).toBeCloseTo(-vectors[3]!, 12)
  })

  it('gives vectors that the matrix only stretches, at right angles to each other, of matrices of any size', () => {
    const random = createRandom('eigen')
    for (const n of [0, 1, 3, 8, 60]) {
      const matrix = new Float64Array(n * n)
      for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = random.normal()
      const { values, vectors } = symmetricEigen(matrix, n)
      const row = (k: number): Float64Array => vectors.subarray(k * n, (k + 1) * n)
      for (let k = 0; k < n; k++) {
        for (let i = 0; i < n; i++) {
          const image = row(k).reduce((sum, x, j) => sum + matrix[i * n + j]! * x, 0)
          expect(Math.abs(image - values[k]! * row(k)[i]!)).toBeLessThan(1e-11)
        }
        for (let j = 0; j < n; j++) {
          const product = row(k).reduce((sum, x, at) => sum + x * row(j)[at]!, 0)
          expect(Math.abs(product - (j === k ? 1 : 0))).toBeLessThan(1e-11)
        }
        if (k > 0) expect(values[k]!).toBeLessThanOrEqual(values[k - 1]!)
      }
    }
  })

  it('stands diagonal matrices, zeros and equal eigenvalues', () => {
    expect([...symmetricEigen(Float64Array.of(1, 0, 0, 5), 2).values]).toEqual([5, 1])
    expect([...symmetricEigen(new Float64Array(9), 3).values]).toEqual([0, 0, 0])
    expect([...symmetricEigen(Float64Array.of(2, 0, 0, 0, 2, 0, 0, 0, 2), 3).values]).toEqual([2, 2, 2])
  })
})
