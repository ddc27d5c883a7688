import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import type { Dataset } from '../../src/features/dataset.js'
import { type ItemKnnOptions, itemKnn } from '../../src/models/item-knn.js'
import { transposeTimes } from '../reference/linear-solve.js'
import { datasetOf, historyIn, newRun, randomData, tableOf } from './random-data.js'

/** s by the formulas on the card, over whole tables. */
function similaritiesByTheBook(data: Dataset, options: ItemKnnOptions): number[][] {
  const x = tableOf(data, options.weight)
  const usersOf = x[0]!.map((_, item) => x.filter((row) => row[item]! > 0).length)
  const mean = usersOf.reduce((a, b) => a + b, 0) / usersOf.length
  const y = x.map((row) => {
    const idf = Math.log(1 + row.length / row.filter((value) => value > 0).length)
    return row.map((value, item) => {
      if (options.weighting === 'none' || value === 0) return value
      if (options.weighting === 'tf-idf') return value * idf
      const length = 1 - options.lengthPenalty + (options.lengthPenalty * usersOf[item]!) / mean
      return (value * idf * (options.saturation + 1)) / (options.saturation * length + value)
    })
  })
  const common = transposeTimes(y, y)
  return common.map((row, i) =>
    row.map((value, j) => {
      const scale = common[i]![i]! ** (1 - options.asymmetry) * common[j]![j]! ** options.asymmetry
      return i === j || value === 0 ? 0 : value / (scale + options.shrinkage)
    }),
  )
}

const variants: readonly Partial<ItemKnnOptions>[] = [
  { weighting: 'none' },
  { weighting: 'tf-idf', asymmetry: 0.5 },
  { weighting: 'bm25', saturation: 2, shrinkage: 0 },
  { weighting: 'bm25', weight: 'engagement', lengthPenalty: 0.3, asymmetry: 0.2, shrinkage: 3 },
]

describe('item kNN', () => {
  for (const variant of variants) {
    it(`is the formula on its card, with ${JSON.stringify(variant)}`, () => {
      for (const seed of [1, 2]) {
        const data = randomData(createRandom(seed))
        const options = { ...itemKnn.defaults, ...variant }
        const s = similaritiesByTheBook(data, options)
        const run = newRun()
        const out = run.kernels.arena.f32(data.itemCount)
        itemKnn.train(data, options, run).score(historyIn(run.kernels, [2, 5, 1], [0.25, 0.5, 1]), out)
        for (let j = 0; j < data.itemCount - 1; j++) {
          const expected = 0.25 * s[2]![j]! + 0.5 * s[5]![j]! + s[1]![j]!
          expect(Math.abs(out[j]! - expected)).toBeLessThanOrEqual(1e-5 * Math.abs(expected))
        }
      }
    })
  }

  it('is the cosine between the users of two items, worked by hand', () => {
    // Item 0 has users a, b; item 1 has a, b, c, d; item 2 has d. cos(0, 1) = 2 / √(2 · 4), cos(1, 2) = 1 / √4, cos(0, 2) = 0.
    const data = datasetOf(3, [[0, 1], [0, 1], [1], [1, 2]])
    const run = newRun()
    const options: ItemKnnOptions = { ...itemKnn.defaults, weighting: 'none', asymmetry: 0.5, shrinkage: 0 }
    const model = itemKnn.train(data, options, run)
    const out = run.kernels.arena.f32(3)
    model.score(historyIn(run.kernels, [1]), out)
    expect([...out]).toEqual([Math.fround(2 / Math.sqrt(8)), 0, 0.5])
    model.score(historyIn(run.kernels, [0]), out)
    expect([...out]).toEqual([0, Math.fround(2 / Math.sqrt(8)), 0])
  })

  it('keeps the most alike only', () => {
    const data = randomData(createRandom(3))
    const s = similaritiesByTheBook(data, itemKnn.defaults)
    const { arrays } = itemKnn.train(data, { ...itemKnn.defaults, neighbours: 3 }, newRun()).save()
    const [start, index] = [arrays.start as Uint32Array, arrays.index as Uint32Array]
    for (let item = 0; item < data.itemCount - 1; item++) {
      const kept = [...index.subarray(start[item], start[item + 1])]
      const others = s[item]!.filter((_, j) => !kept.includes(j))
      expect(kept).toHaveLength(3)
      expect(Math.min(...kept.map((j) => s[item]![j]!))).toBeGreaterThanOrEqual(Math.max(...others) - 1e-7)
    }
  })
})
