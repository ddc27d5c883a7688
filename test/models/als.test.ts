import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import type { Dataset } from '../../src/features/dataset.js'
import { type AlsOptions, als } from '../../src/models/als.js'
import { linearSolve } from '../reference/linear-solve.js'
import { historyIn, newRun, randomData, tableOf } from './random-data.js'

const options: AlsOptions = { ...als.defaults, factors: 3, sweeps: 4, regularization: 0.05 }

function factorsOf(data: Dataset, trained: AlsOptions): number[][] {
  const flat = als.train(data, trained, newRun()).save().arrays.itemFactors as Float32Array
  const factors = Array.from({ length: data.itemCount }, (_, item) => [
    ...flat.subarray(item * trained.factors, (item + 1) * trained.factors),
  ])
  return factors.map((row) => row.map((value) => (Number.isNaN(value) ? 0 : value)))
}

const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, at) => sum + value * y[at]!, 0)

/** The user's factors given the items', by the formula on the card. */
function foldIn(y: readonly (readonly number[])[], weights: readonly number[], o: AlsOptions): number[] {
  const observed = weights.reduce((sum, weight) => sum + weight * o.confidence, 0)
  const ridge = o.regularization * (o.unobservedWeight * y.length + observed) ** o.regularizationExponent
  const system = Array.from({ length: o.factors }, (_, f) =>
    Array.from({ length: o.factors }, (_, g) =>
      y.reduce(
        (sum, row, item) => sum + (o.unobservedWeight + weights[item]! * o.confidence) * row[f]! * row[g]!,
        f === g ? ridge : 0,
      ),
    ),
  )
  const target = Array.from({ length: o.factors }, (_, f) => [
    y.reduce((sum, row, item) => sum + weights[item]! * (o.confidence + o.unobservedWeight) * row[f]!, 0),
  ])
  return linearSolve(system, target).map(([value]) => value!)
}

/** What training minimises, with the best users for these items. Touched entries are drawn to (c + α₀)/c, see foldIn. */
function loss(data: Dataset, y: readonly (readonly number[])[], o: AlsOptions): number {
  const goal = (o.confidence + o.unobservedWeight) / o.confidence
  const table = tableOf(data, 'one')
  const ridge = (others: number, touched: number) =>
    o.regularization * (o.unobservedWeight * others + o.confidence * touched) ** o.regularizationExponent
  const count = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
  const users = table.reduce((sum, row) => {
    const x = foldIn(y, row, o)
    const errors = y.map(
      (item, i) => row[i]! * o.confidence * (dot(x, item) - goal) ** 2 + o.unobservedWeight * dot(x, item) ** 2,
    )
    return sum + count(errors) + ridge(y.length, count(row)) * dot(x, x)
  }, 0)
  return users + count(y.map((item, i) => ridge(table.length, count(table.map((row) => row[i]!))) * dot(item, item)))
}

describe('implicit ALS', () => {
  it('folds a history in by the formula on its card, weights included', () => {
    const data = randomData(createRandom(1))
    const run = newRun()
    const model = als.train(data, options, run)
    const y = factorsOf(data, options)
    const weights = y.map((_, item) => ({ 2: 1, 5: 0.5, 7: 0.125 })[item] ?? 0)
    const x = foldIn(y, weights, options)
    const out = run.kernels.arena.f32(data.itemCount)
    model.score(historyIn(run.kernels, [7, 5, 2], [0.125, 0.5, 1]), out)
    for (let item = 0; item < data.itemCount - 1; item++) expect(out[item]).toBeCloseTo(dot(x, y[item]!), 4)
  })

  it('comes closer to its goal with every sweep', () => {
    const data = randomData(createRandom(2), 60, 20)
    const losses = [1, 2, 4, 8, 16].map((sweeps) => loss(data, factorsOf(data, { ...options, sweeps }), options))
    losses.slice(1).forEach((value, at) => {
      expect(value).toBeLessThan(losses[at]!)
    })
  })

  it('arrives where no item can be improved: the gradient vanishes', () => {
    const data = randomData(createRandom(3), 40, 10)
    const o = { ...options, factors: 2, sweeps: 300 }
    const y = factorsOf(data, o)
    const best = loss(data, y, o)
    for (const item of [0, 3, 6]) {
      for (const f of [0, 1]) {
        for (const step of [-0.02, 0.02]) {
          const moved = y.map((row, i) => row.map((value, g) => value + (i === item && g === f ? step : 0)))
          expect(loss(data, moved, o)).toBeGreaterThan(best)
        }
      }
    }
  })

  it('starts from chance, and only from the chance it is given', () => {
    const data = randomData(createRandom(1))
    const seeded = (seed: string) =>
      als.train(data, options, { ...newRun(), random: createRandom(seed) }).save().arrays.itemFactors
    expect(seeded('a')).toEqual(seeded('a'))
    expect(seeded('a')).not.toEqual(seeded('b'))
  })

  it('solves rows exactly or steps towards them, and ends up at the same factors', () => {
    const data = randomData(createRandom(4), 40, 10)
    const [exact, stepped] = [0, 3].map((solverSteps) => factorsOf(data, { ...options, factors: 2, sweeps: 300, solverSteps }))
    stepped!.flat().forEach((value, at) => {
      expect(value).toBeCloseTo(exact!.flat()[at]!, 3)
    })
  })

  it('begins from the model before it: one sweep more is then worth more than one from chance', () => {
    const o = { ...options, warmSweeps: 1 }
    const data = randomData(createRandom(5), 60, 20)
    const previous = als.train(randomData(createRandom(5), 50, 20), { ...o, sweeps: 16 }, newRun()).save()
    const warm = als.train(data, o, { ...newRun(), previous }).save().arrays.itemFactors as Float32Array
    const rows = Array.from({ length: 20 }, (_, item) =>
      [...warm.subarray(3 * item, 3 * item + 3)].map((value) => (Number.isNaN(value) ? 0 : value)),
    )
    expect(loss(data, rows, o)).toBeLessThan(loss(data, factorsOf(data, { ...o, sweeps: 2 }), o))
  })

  it('knows the items of the model before it by their durable numbers, and gives a new one a start by chance', () => {
    const data = randomData(createRandom(6), 40, 12)
    const before = als.train(data, options, newRun()).save()
    const shifted = { ...data, itemNos: data.itemNos.map((itemNo) => itemNo + 3) } // rows 0–8 are the rows 3–11 of before
    const factors = als.train(shifted, { ...options, warmSweeps: 0 }, { ...newRun(), previous: before }).save().arrays
      .itemFactors as Float32Array
    const known = before.arrays.itemFactors as Float32Array
    expect([...factors.subarray(0, 8 * 3)]).toEqual([...known.subarray(3 * 3, 11 * 3)])
    const fresh = [...factors.subarray(9 * 3, 11 * 3)]
    expect(fresh.every((value) => value !== 0 && Math.abs(value) < 1)).toBe(true)
  })

  it('makes the same bytes from the same model before it, and others from another', () => {
    const data = randomData(createRandom(7), 40, 12)
    const from = (seed: string) => {
      const previous = als.train(data, options, { ...newRun(), random: createRandom(seed) }).save()
      return als.train(data, { ...options, warmSweeps: 1 }, { ...newRun(), previous }).save().arrays.itemFactors
    }
    expect(from('a')).toEqual(from('a'))
    expect(from('a')).not.toEqual(from('b'))
  })

  it('keeps no user', () => {
    const { arrays } = als.train(randomData(createRandom(1), 31), options, newRun()).save()
    expect(Object.keys(arrays).sort()).toEqual(['gram', 'itemFactors', 'itemNos'])
    expect(arrays.itemFactors).toHaveLength(12 * 3)
  })
})
