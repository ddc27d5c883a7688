import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import type { Dataset } from '../../src/features/dataset.js'
import { type RandomWalkOptions, randomWalk } from '../../src/models/random-walk.js'
import { datasetOf, historyIn, newRun, randomData, tableOf } from './random-data.js'

/** W by following every walk of item, user, item. */
function walksByTheBook(
  data: Dataset,
  { walkExponent, popularityExponent, weight, eventHalfLifeDays }: RandomWalkOptions,
): number[][] {
  const x = tableOf(data, weight, eventHalfLifeDays)
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
  const popularity = x[0]!.map((_, item) => sum(x.map((row) => row[item]!)))
  return popularity.map((_, i) =>
    popularity.map((_, j) => {
      if (i === j || popularity[j] === 0) return 0
      const chances = x.map((row) => (row[i]! / popularity[i]!) ** walkExponent * (row[j]! / sum(row)) ** walkExponent)
      return sum(chances.filter((chance) => chance > 0)) / popularity[j]! ** popularityExponent
    }),
  )
}

describe('random walk', () => {
  for (const variant of [
    {},
    { walkExponent: 0.5 },
    { popularityExponent: 0 },
    { weight: 'engagement', walkExponent: 2 },
    { eventHalfLifeDays: 15 },
  ] as const) {
    it(`weighs the walks of three steps, with ${JSON.stringify(variant)}`, () => {
      for (const seed of [1, 2]) {
        const data = randomData(createRandom(seed))
        const options = { ...randomWalk.defaults, ...variant }
        const w = walksByTheBook(data, options)
        const run = newRun()
        const out = run.kernels.arena.f32(data.itemCount)
        randomWalk.train(data, options, run).score(historyIn(run.kernels, [2, 5, 1], [0.25, 0.5, 1]), out)
        for (let j = 0; j < data.itemCount - 1; j++) {
          const expected = 0.25 * w[2]![j]! + 0.5 * w[5]![j]! + w[1]![j]!
          expect(Math.abs(out[j]! - expected)).toBeLessThanOrEqual(1e-5 * Math.abs(expected))
        }
      }
    })
  }

  it('divides chances as on paper, worked by hand', () => {
    // From item 0: half the time to user a (items 0, 1), half to user b (items 0, 1, 2). To item 1: ½·½ + ½·⅓ = 5/12, to item 2: ½·⅓.
    const data = datasetOf(3, [
      [0, 1],
      [0, 1, 2],
      [2, 1],
    ])
    const run = newRun()
    const out = run.kernels.arena.f32(3)
    const train = (popularityExponent: number) =>
      randomWalk.train(data, { ...randomWalk.defaults, walkExponent: 1, popularityExponent }, run)
    train(0).score(historyIn(run.kernels, [0]), out)
    expect(out[1]).toBeCloseTo(5 / 12, 6)
    expect(out[2]).toBeCloseTo(1 / 6, 6)
    train(1).score(historyIn(run.kernels, [0]), out)
    expect(out[1]).toBeCloseTo(5 / 12 / 3, 6)
    expect(out[2]).toBeCloseTo(1 / 6 / 2, 6)
  })
})
