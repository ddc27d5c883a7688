import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { createKernels } from '../../src/math/kernels.js'
import { leadingEigenvectors } from '../../src/math/leading-eigenvectors.js'
import { createArena } from '../../src/math/memory.js'

const kernels = createKernels(createArena(2 ** 26))

/** Σ λ_k·v_k·v_kᵀ with random v_k at right angles, and the v_k. */
function symmetric(n: number, values: readonly number[]): { readonly matrix: Float32Array; readonly vectors: number[][] } {
  const random = createRandom(`${n}`)
  const vectors: number[][] = []
  for (const _ of values) {
    const vector = Array.from({ length: n }, () => random.normal())
    for (const other of vectors) {
      const part = vector.reduce((sum, x, i) => sum + x * other[i]!, 0)
      vector.forEach((x, i) => {
        vector[i] = x - part * other[i]!
      })
    }
    const length = Math.hypot(...vector)
    vectors.push(vector.map((x) => x / length))
  }
  const matrix = kernels.arena.f32(n * n)
  values.forEach((value, k) => {
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) matrix[i * n + j] += value * vectors[k]![i]! * vectors[k]![j]!
  })
  return { matrix, vectors }
}

function search(count: number) {
  const random = createRandom('search')
  return { count, iterations: 12, normal: () => random.normal(), checkpoint: () => {} }
}

describe('leading eigenvectors', () => {
  it('are those of the largest eigenvalues, not of the largest in size', () => {
    const { matrix, vectors } = symmetric(60, [9, 5, -20, 3, -2, 1])
    const found = leadingEigenvectors(matrix, 60, search(3), kernels)
    expect([...found.values].map((value) => Math.round(1000 * value) / 1000)).toEqual([9, 5, 3])
    const true3 = [vectors[0]!, vectors[1]!, vectors[3]!]
    true3.forEach((vector, k) => {
      const cosine = vector.reduce((sum, x, i) => sum + x * found.vectors[k * 60 + i]!, 0)
      expect(Math.abs(cosine)).toBeGreaterThan(0.9999)
    })
  })

  it('are all of them when the matrix is small', () => {
    const { matrix } = symmetric(3, [4, 2, -1])
    const { values } = leadingEigenvectors(matrix, 3, search(3), kernels)
    expect([...values].map((value) => Math.round(1e4 * value) / 1e4)).toEqual([4, 2, -1])
  })

  it('stand a matrix of zeros', () => {
    const { values, vectors } = leadingEigenvectors(kernels.arena.f32(100), 10, search(4), kernels)
    expect([...values]).toEqual([0, 0, 0, 0])
    expect(vectors.every(Number.isFinite)).toBe(true)
  })
})
