import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import type { Dataset } from '../../src/features/dataset.js'
import { type EaseSparseOptions, easeSparse } from '../../src/models/ease-sparse.js'
import { linearSolve, transposeTimes } from '../reference/linear-solve.js'
import { historyIn, newRun, randomData, tableOf } from './random-data.js'

/** Column j of B: the ridge regression of item j on its neighbours, in 64-bit. No inverse, no blocks shared. */
function columnByTheBook(
  x: readonly (readonly number[])[],
  target: number,
  predictors: readonly number[],
  ridge: number,
): number[] {
  const features = x.map((row) => predictors.map((item) => row[item]!))
  const system = transposeTimes(features, features).map((row, i) => row.map((value, j) => value + (i === j ? ridge : 0)))
  const goal = transposeTimes(
    features,
    x.map((row) => [row[target]!]),
  )
  const weights = linearSolve(system, goal)
  const column = Array<number>(x[0]!.length).fill(0)
  predictors.forEach((item, at) => {
    column[item] = weights[at]![0]!
  })
  return column
}

/** The items of highest cosine, nearest first. */
function nearestByTheBook(x: readonly (readonly number[])[], item: number, count: number): number[] {
  const gram = transposeTimes(x, x)
  const cosine = (other: number) => Math.fround(gram[item]![other]! / Math.sqrt(gram[other]![other]!))
  return [...gram.keys()]
    .filter((other) => other !== item && gram[item]![other]! > 0)
    .sort((a, b) => cosine(b) - cosine(a) || a - b)
    .slice(0, count)
}

function trainedColumns(data: Dataset, options: EaseSparseOptions): number[][] {
  const run = newRun()
  const model = easeSparse.train(data, options, run)
  const rows = Array.from({ length: data.itemCount }, (_, item) => {
    const out = run.kernels.arena.f32(data.itemCount)
    model.score(historyIn(run.kernels, [item]), out)
    return [...out].map((value) => (Number.isNaN(value) ? 0 : value))
  })
  return rows.map((_, j) => rows.map((row) => row[j]!))
}

describe('sparse EASE', () => {
  for (const options of [
    { weight: 'one', shared: 0, eventHalfLifeDays: 0 },
    { weight: 'engagement', shared: 0.5, eventHalfLifeDays: 15 },
  ] as const) {
    it(`is EASE when every item is a neighbour, with ${JSON.stringify(options)}`, () => {
      const data = randomData(createRandom('whole'))
      const x = tableOf(data, options.weight, options.eventHalfLifeDays)
      const columns = trainedColumns(data, { ...easeSparse.defaults, regularization: 3, neighbours: 50, ...options })
      for (let j = 0; j < data.itemCount - 1; j++) {
        const others = [...columns.keys()].filter((item) => item !== j)
        columnByTheBook(x, j, others, 3).forEach((value, i) => {
          expect(columns[j]![i]).toBeCloseTo(value, 5)
        })
      }
    })
  }

  it('predicts each item from its nearest items, and from nothing else', () => {
    const data = randomData(createRandom('near'), 40, 15)
    const x = tableOf(data, 'one')
    const columns = trainedColumns(data, { ...easeSparse.defaults, regularization: 3, neighbours: 4, shared: 0 })
    for (let j = 0; j < data.itemCount - 1; j++) {
      columnByTheBook(x, j, nearestByTheBook(x, j, 4), 3).forEach((value, i) => {
        expect(columns[j]![i]).toBeCloseTo(value, 5)
      })
    }
  })

  it('takes the columns of near items from the system of a more popular one', () => {
    const data = randomData(createRandom('shared'), 40, 15)
    const x = tableOf(data, 'one')
    const columns = trainedColumns(data, { ...easeSparse.defaults, regularization: 3, neighbours: 4, shared: 0.5 })
    const counts = columns.map((_, item) => data.items.filter((other) => other === item).length)
    const solved = new Set<number>()
    for (const item of [...counts.keys()].sort((a, b) => counts[b]! - counts[a]! || a - b)) {
      if (solved.has(item) || counts[item] === 0) continue
      const near = nearestByTheBook(x, item, 4)
      for (const target of [item, ...near.slice(0, 2)]) {
        if (solved.has(target)) continue
        solved.add(target)
        const predictors = [item, ...near].filter((other) => other !== target)
        columnByTheBook(x, target, predictors, 3).forEach((value, i) => {
          expect(columns[target]![i]).toBeCloseTo(value, 5)
        })
      }
    }
    expect(solved.size).toBe(data.itemCount - 1)
  })
})
