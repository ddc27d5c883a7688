import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { ease } from '../../src/models/ease.js'
import { linearSolve, transposeTimes } from '../reference/linear-solve.js'
import { historyIn, newRun, randomData, tableOf } from './random-data.js'

/** B by the formula of the paper, in 64-bit. */
function easeByTheBook(x: readonly (readonly number[])[], regularization: number): number[][] {
  const gram = transposeTimes(x, x).map((row, i) => row.map((value, j) => value + (i === j ? regularization : 0)))
  const identity = gram.map((row, i) => row.map((_, j) => (i === j ? 1 : 0)))
  const p = linearSolve(gram, identity)
  return p.map((row, i) => row.map((value, j) => (i === j ? 0 : -value / p[j]![j]!)))
}

describe('EASE', () => {
  for (const weight of ['one', 'engagement'] as const) {
    it(`is the closed form of the paper, with X of ${weight}`, () => {
      for (const seed of [1, 2, 3]) {
        const data = randomData(createRandom(seed))
        const run = newRun()
        const model = ease.train(data, { ...ease.defaults, regularization: 3, weight }, run)
        const b = easeByTheBook(tableOf(data, weight), 3)
        const out = run.kernels.arena.f32(data.itemCount)
        model.score(historyIn(run.kernels, [0, 4, 7], [1, 0.5, 0.25]), out)
        for (let j = 0; j < data.itemCount - 1; j++) {
          expect(out[j]).toBeCloseTo(b[0]![j]! + 0.5 * b[4]![j]! + 0.25 * b[7]![j]!, 5)
        }
        expect(out.at(-1)).toBeNaN()
      }
    })
  }

  it('learns less from what is older, with eventHalfLifeDays', () => {
    const data = randomData(createRandom('ages'))
    const run = newRun()
    const model = ease.train(data, { ...ease.defaults, regularization: 3, eventHalfLifeDays: 15 }, run)
    const b = easeByTheBook(tableOf(data, 'one', 15), 3)
    const out = run.kernels.arena.f32(data.itemCount)
    model.score(historyIn(run.kernels, [4]), out)
    for (let j = 0; j < data.itemCount - 1; j++) expect(out[j]).toBeCloseTo(b[4]![j]!, 5)
  })

  it('covers the most frequent items that fit its budget, as if there were no others', () => {
    const data = randomData(createRandom('budget'))
    const run = newRun()
    const model = ease.train(data, { ...ease.defaults, regularization: 3, maxBytes: 5 * 5 * 4 + 3 }, run)
    const counts = Array.from({ length: data.itemCount }, (_, item) => data.items.filter((other) => other === item).length)
    const covered = [...counts.keys()].sort((a, b) => counts[b]! - counts[a]! || a - b).slice(0, 5)

    const out = run.kernels.arena.f32(data.itemCount)
    const uncovered = [...counts.keys()].find((item) => !covered.includes(item))!
    model.score(historyIn(run.kernels, [covered[0]!, uncovered, covered[1]!]), out)
    expect([...out.keys()].filter((item) => !Number.isNaN(out[item]))).toEqual(covered.sort((a, b) => a - b))

    const b = easeByTheBook(
      tableOf(data, 'one').map((row) => covered.map((item) => row[item]!)),
      3,
    )
    const [first, second] = [...counts.keys()].sort((x, y) => counts[y]! - counts[x]! || x - y)
    covered.forEach((item, slot) => {
      expect(out[item]).toBeCloseTo(b[covered.indexOf(first!)]![slot]! + b[covered.indexOf(second!)]![slot]!, 5)
    })
  })

  it('refuses to train where the memory it is given does not hold its matrix', () => {
    const run = newRun()
    run.kernels.arena.f32(4 * 2 ** 20 - 2 ** 11)
    expect(() => ease.train(randomData(createRandom(1), 200, 100, 20), ease.defaults, run)).toThrow(
      expect.objectContaining({ code: 'MEMORY_BUDGET_EXCEEDED' }),
    )
  })
})
