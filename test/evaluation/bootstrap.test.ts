import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { differenceOf, holm, intervalOf, resampleMeans, type UserColumn } from '../../src/evaluation/bootstrap.js'

const column = (sums: ArrayLike<number>, weights?: ArrayLike<number>): UserColumn => ({
  sums: Float64Array.from(sums),
  weights: weights === undefined ? new Float64Array(sums.length).fill(1) : Float64Array.from(weights),
})

describe('bootstrap', () => {
  it('gives the observed mean, inside its interval', () => {
    const resampled = resampleMeans([column([1, 2, 3, 6])], { random: createRandom(1) })
    const { mean, low, high } = intervalOf(resampled, 0)
    expect(mean).toBe(3)
    expect(low).toBeLessThan(3)
    expect(high).toBeGreaterThan(3)
  })

  it('weighs users by their weights and leaves out those without', () => {
    const resampled = resampleMeans([column([1, 6, 0], [1, 2, 0])], { random: createRandom(1) })
    expect(intervalOf(resampled, 0).mean).toBe(7 / 3)
  })

  it('draws the same for the same seed', () => {
    const columns = [column([1, 2, 3, 6]), column([0, 1, 0, 1])]
    const once = resampleMeans(columns, { random: createRandom(7), draws: 50 })
    const again = resampleMeans(columns, { random: createRandom(7), draws: 50 })
    expect(again).toEqual(once)
    expect(resampleMeans(columns, { random: createRandom(8), draws: 50 })).not.toEqual(once)
  })

  it('gives the same numbers for a column whatever stands beside it', () => {
    const alone = resampleMeans([column([1, 2, 3, 6])], { random: createRandom(7), draws: 50 })
    const beside = resampleMeans([column([5, 0, 0, 1], [1, 0, 0, 1]), column([1, 2, 3, 6])], {
      random: createRandom(7),
      draws: 50,
    })
    expect(intervalOf(beside, 1)).toEqual(intervalOf(alone, 0))
  })

  it('covers the true mean of a known distribution in about 95 of 100 samples', () => {
    // Reciprocal-rank-like values: skewed, mostly zero. Mean of min(1, x)·[b]: b with chance 0.3, x uniform, so 0.15.
    const random = createRandom(11)
    let covered = 0
    const repetitions = 200
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const sample = Array.from({ length: 200 }, () => (random.next() < 0.3 ? random.next() : 0))
      const { low, high } = intervalOf(resampleMeans([column(sample)], { random, draws: 500 }), 0)
      if (low <= 0.15 && 0.15 <= high) covered++
    }
    expect(covered / repetitions).toBeGreaterThanOrEqual(0.9)
    expect(covered / repetitions).toBeLessThanOrEqual(0.99)
  })

  it('pairs the users: a small constant gain is certain though each mean is not', () => {
    const random = createRandom(3)
    const hard = Float64Array.from({ length: 300 }, () => random.next())
    const better = hard.map((value) => value + 0.01)
    const resampled = resampleMeans([column(hard), column(better)], { random })
    expect(intervalOf(resampled, 0).high).toBeGreaterThan(intervalOf(resampled, 1).low)
    const difference = differenceOf(resampled, 1, 0)
    expect(difference.low).toBeCloseTo(0.01, 10)
    expect(difference.high).toBeCloseTo(0.01, 10)
    expect(difference.p).toBeCloseTo(2 / 2001, 10)
  })

  it('calls equal columns equal', () => {
    const resampled = resampleMeans([column([1, 0, 1]), column([1, 0, 1])], { random: createRandom(1), draws: 100 })
    expect(differenceOf(resampled, 0, 1)).toEqual({ mean: 0, low: 0, high: 0, p: 1 })
  })

  it('rejects a true null hypothesis in about 5 of 100 samples', () => {
    const random = createRandom(12)
    let rejected = 0
    for (let repetition = 0; repetition < 200; repetition++) {
      const sample = () => column(Array.from({ length: 100 }, () => random.normal()))
      if (differenceOf(resampleMeans([sample(), sample()], { random, draws: 300 }), 0, 1).p < 0.05) rejected++
    }
    expect(rejected / 200).toBeLessThanOrEqual(0.1)
    expect(rejected).toBeGreaterThan(0)
  })

  it('knows nothing where there is nothing', () => {
    const resampled = resampleMeans([column([0, 0], [0, 0])], { random: createRandom(1), draws: 10 })
    expect(intervalOf(resampled, 0)).toEqual({ mean: Number.NaN, low: Number.NaN, high: Number.NaN })
    expect(resampleMeans([], { random: createRandom(1) }).draws).toEqual([])
  })

  it('takes 6,040 users, 10 columns and 2,000 draws in at most 2 seconds of processor time', () => {
    const random = createRandom(1)
    const columns = Array.from({ length: 10 }, () => column(Array.from({ length: 6040 }, () => random.next())))
    const started = process.cpuUsage()
    resampleMeans(columns, { random })
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(2)
  })
})

describe('holm', () => {
  it('adjusts by hand', () => {
    // 0.01·3; 0.02·2 = 0.04; 0.03·1 = 0.03, raised to 0.04
    const adjusted = holm([0.03, 0.01, 0.02])
    expect(adjusted[0]).toBeCloseTo(0.04, 12)
    expect(adjusted[1]).toBeCloseTo(0.03, 12)
    expect(adjusted[2]).toBeCloseTo(0.04, 12)
  })

  it('never exceeds 1 and keeps the order', () => {
    expect(holm([0.6, 0.9, 0.5])).toEqual([1, 1, 1])
    expect(holm([])).toEqual([])
  })
})
