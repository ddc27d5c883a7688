import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import * as bitmap from '../../src/math/bitmap.js'
import { createKernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'
import { quantise } from '../../src/math/quantise.js'
import { bestRows } from '../../src/world/best-rows.js'
import { scan, scanBytes } from '../../src/world/vector-scan.js'

const ROWS = 2_000
const WIDTH = 64
const kernels = createKernels(createArena(2 ** 26))
const { arena } = kernels
const random = createRandom('scan')
const unit = (): Float32Array => {
  const vector = Float32Array.from({ length: WIDTH }, () => random.next() - 0.5)
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}
const values = arena.f32(ROWS * WIDTH)
const bytes = new Int8Array(arena.memory.buffer, arena.u8(ROWS * WIDTH).byteOffset, ROWS * WIDTH)
const scales = arena.f32(ROWS)
for (let row = 0; row < ROWS; row++) {
  const vector = row % 10 === 3 ? new Float32Array(WIDTH).fill(Number.NaN) : unit()
  values.set(vector, row * WIDTH)
  scales[row] = quantise(vector, bytes.subarray(row * WIDTH, (row + 1) * WIDTH))
}
const exactly = (query: Float32Array): number[] =>
  Array.from({ length: ROWS }, (_, row) => query.reduce((sum, value, at) => sum + value * values[row * WIDTH + at]!, 0))

describe('a scan over all vectors', () => {
  it('gives each row’s cosine, and NaN for rows without a vector', () => {
    const query = unit()
    const [whole, coarse] = [arena.f32(ROWS), arena.f32(ROWS)]
    scan(values, query, whole, kernels)
    scanBytes({ bytes, scales }, query, coarse, kernels)
    exactly(query).forEach((cosine, row) => {
      if (Number.isNaN(cosine)) expect([whole[row], coarse[row]]).toEqual([Number.NaN, Number.NaN])
      else {
        expect(Math.abs(whole[row]! - cosine)).toBeLessThan(1e-6)
        expect(Math.abs(coarse[row]! - cosine)).toBeLessThan(0.01)
      }
    })
  })

  it('fills the list under a filter that keeps 1 %', () => {
    const query = unit()
    const scores = arena.f32(ROWS)
    scan(values, query, scores, kernels)
    const few = bitmap.create(ROWS)
    for (let row = 5; row < ROWS; row += 100) bitmap.set(few, row)
    const found = bestRows(scores, few, 20, kernels)
    const exact = exactly(query)
    const wanted = Array.from({ length: 20 }, (_, n) => 5 + 100 * n).sort((a, b) => exact[b]! - exact[a]!)
    expect([...found]).toEqual(wanted)
  })

  it('finds nearly all of the hundred nearest among bytes', () => {
    let both = 0
    for (let round = 0; round < 20; round++) {
      const query = unit()
      const scores = arena.f32(ROWS)
      scanBytes({ bytes, scales }, query, scores, kernels)
      const all = bitmap.create(ROWS)
      bitmap.fill(all)
      const exact = exactly(query)
      const best = new Set(
        exact
          .map((cosine, row) => ({ cosine, row }))
          .filter(({ cosine }) => !Number.isNaN(cosine))
          .sort((a, b) => b.cosine - a.cosine)
          .slice(0, 100)
          .map(({ row }) => row),
      )
      for (const row of bestRows(scores, all, 100, kernels)) if (best.has(row)) both++
    }
    expect(both / 2_000).toBeGreaterThanOrEqual(0.98)
  })
})
