import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { csrFromTriplets } from '../../src/math/csr.js'
import { createKernels, type Kernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'
import { type MixedRows, mixedProduct, mixedRidge } from '../../src/math/mixed-ridge.js'

const kernels: Kernels = createKernels(createArena(2 ** 26))

function placed(values: ArrayLike<number>): Float32Array {
  const array = kernels.arena.f32(values.length)
  array.set(values)
  return array
}

function solve(rows: MixedRows, targets: number[], columns: number, weights: number[], regularization: number): Float32Array {
  const problem = { rows, targets: placed(targets), targetColumns: columns, weights: Float32Array.from(weights), regularization }
  return mixedRidge({ ...problem, checkpoint: () => {} }, kernels)
}

describe('mixedRidge', () => {
  it('is what it is by hand for one number: b = Σ w·x·y / (Σ w·x² + λ)', () => {
    const rows = { dense: placed([1, 2]), denseColumns: 1, sparse: csrFromTriplets(2, 0, { row: [], column: [], value: [] }) }
    // (1·1·3 + 2·2·5) / (1 + 2·4 + 1) = 23 / 10
    expect([...solve(rows, [3, 5], 1, [1, 2], 1)]).toEqual([expect.closeTo(2.3, 5)])
  })

  it('meets the normal equations: no small change of the coefficients is better', () => {
    const random = createRandom('ridge')
    const [count, dense, sparse, targets] = [40, 3, 12, 2]
    const entries = Array.from({ length: 120 }, () => ({
      row: random.below(count),
      column: random.below(sparse - 1),
      value: random.normal(),
    }))
    const rows: MixedRows = {
      dense: placed(Array.from({ length: count * dense }, () => random.normal())),
      denseColumns: dense,
      sparse: csrFromTriplets(count, sparse, {
        row: entries.map(({ row }) => row),
        column: entries.map(({ column }) => column),
        value: entries.map(({ value }) => value),
      }),
    }
    const y = Array.from({ length: count * targets }, () => random.normal())
    const weights = Array.from({ length: count }, (_, at) => (at % 7 === 0 ? 0 : random.next()))
    const coefficients = solve(rows, y, targets, weights, 0.5)
    const loss = (of: Float32Array): number => {
      const out = kernels.arena.f32(targets)
      let sum = 0.5 * of.reduce((total, value) => total + value * value, 0)
      for (let row = 0; row < count; row++) {
        mixedProduct(rows, row, of, out, kernels)
        out.forEach((value, at) => {
          sum += weights[row]! * (value - y[row * targets + at]!) ** 2
        })
      }
      return sum
    }
    const best = loss(coefficients)
    for (let at = 0; at < coefficients.length; at++) {
      for (const step of [-0.02, 0.02]) {
        const moved = placed(coefficients)
        moved[at]! += step
        expect(loss(moved)).toBeGreaterThan(best)
      }
    }
    // The last sparse column is used by no row.
    expect([...coefficients.subarray(-targets)]).toEqual([0, 0])
  })

  it('stands rows of nothing, and no rows', () => {
    const nothing = csrFromTriplets(0, 4, { row: [], column: [], value: [] })
    expect([...solve({ dense: placed([]), denseColumns: 2, sparse: nothing }, [], 1, [], 1)]).toEqual(Array(6).fill(0))
  })
})
