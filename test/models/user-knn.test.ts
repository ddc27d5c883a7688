import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import type { Dataset } from '../../src/features/dataset.js'
import { type UserKnnOptions, userKnn } from '../../src/models/user-knn.js'
import { datasetOf, historyIn, listsOf, newRun, randomData } from './random-data.js'

/** The scores by the formula on the card, user by user and pair by pair, nothing inverted and nothing kept between questions. */
function scoresByTheBook(data: Dataset, o: UserKnnOptions, items: readonly number[], weights: readonly number[]): number[] {
  const rows = listsOf(data).map((entries) =>
    entries
      .slice(-o.maxEntriesPerUser)
      .filter(({ engagement }) => engagement > 0)
      .map(({ item }) => item),
  )
  const counts = Array.from({ length: data.itemCount }, (_, item) => data.items.filter((other) => other === item).length)
  const asked = items.map((item, k) => ({ item, weight: weights[k]! })).slice(-o.historyEntries)
  const similar = rows.map((row, user) => {
    const shared = asked.map(({ item, weight }) => {
      const users = rows.filter((other) => other.includes(item)).length
      return row.includes(item) ? weight ** o.tasteExponent * Math.log(1 + rows.length / users) : 0
    })
    return { user, sim: shared.reduce((a, b) => a + b, 0) / (row.length + o.shrinkage) ** o.lengthExponent }
  })
  const chosen = similar
    .filter(({ sim }) => sim > 0)
    .sort((a, b) => Math.fround(b.sim) - Math.fround(a.sim) || a.user - b.user)
    .slice(0, o.neighbours)
  const scores = Array<number>(data.itemCount).fill(0)
  for (const { user, sim } of chosen) {
    const row = rows[user]!
    row.forEach((shared, p) => {
      const weight = asked.filter(({ item }) => item === shared).reduce((sum, entry) => sum + entry.weight, 0)
      row.forEach((item, q) => {
        const places = Math.abs(q - p)
        if (places === 0 || places > o.window) return
        const near = 2 ** (-(places - 1) / o.halfLifePlaces) * (q > p ? 1 : o.backward)
        scores[item]! += (weight * sim * near) / counts[item]! ** o.popularityExponent
      })
    })
  }
  return scores
}

const variants: readonly Partial<UserKnnOptions>[] = [
  {},
  { neighbours: 3, shrinkage: 0 },
  { window: 2, halfLifePlaces: 1, backward: 0.5 },
  { historyEntries: 2, maxEntriesPerUser: 5 },
  { tasteExponent: 1, lengthExponent: 1, popularityExponent: 0.5 },
]

describe('user kNN', () => {
  for (const variant of variants) {
    it(`is the formula on its card, with ${JSON.stringify(variant)}`, () => {
      for (const seed of [1, 2, 3]) {
        const data = randomData(createRandom(seed))
        const options = { ...userKnn.defaults, ...variant }
        const run = newRun()
        const model = userKnn.train(data, options, run)
        const out = run.kernels.arena.f32(data.itemCount)
        for (const [items, weights] of [
          [
            [2, 5, 1],
            [0.25, 0.5, 1],
          ],
          [
            [7, 3, 7, 2],
            [0.1, 0.2, 0.6, 1],
          ],
        ] as const) {
          model.score(historyIn(run.kernels, items, [...weights]), out)
          const expected = scoresByTheBook(data, options, items, weights)
          for (let j = 0; j < data.itemCount - 1; j++) {
            expect(Math.abs(out[j]! - expected[j]!)).toBeLessThanOrEqual(1e-4 * Math.max(...expected))
          }
        }
      }
    })
  }

  it('asks those who came the same way, worked by hand', () => {
    // The asker saw 0 and then 1. The first user did too and went on to 2, the second came from 3 to 1 and went on to 4.
    const data = datasetOf(5, [
      [0, 1, 2],
      [3, 1, 4],
    ])
    const run = newRun()
    const options: UserKnnOptions = {
      ...userKnn.defaults,
      tasteExponent: 1,
      lengthExponent: 0,
      popularityExponent: 0,
      halfLifePlaces: 1,
      backward: 0,
    }
    const out = run.kernels.arena.f32(5)
    userKnn.train(data, options, run).score(historyIn(run.kernels, [0, 1], [0.5, 1]), out)
    const one = Math.log(1 + 2 / 1) // 0 has one user of two
    const both = Math.log(1 + 2 / 2)
    expect(out[2]).toBeCloseTo((0.5 * one + both) * (0.5 * 0.5 + 1), 6) // two places after 0, one after 1
    expect(out[4]).toBeCloseTo(both * 1, 6)
    expect(out[3]).toBe(0)
  })

  it('finds its neighbours anew when only a weight of the history changes', () => {
    const data = randomData(createRandom(5))
    const run = newRun()
    const options = { ...userKnn.defaults, neighbours: 2, tasteExponent: 1 }
    const model = userKnn.train(data, options, run)
    const out = run.kernels.arena.f32(data.itemCount)
    for (const weights of [
      [1, 0.001],
      [0.001, 1],
      [1, 0.001],
    ]) {
      model.score(historyIn(run.kernels, [2, 9], weights), out)
      const expected = scoresByTheBook(data, options, [2, 9], weights)
      for (let j = 0; j < data.itemCount - 1; j++) expect(out[j]).toBeCloseTo(expected[j]!, 4)
    }
  })

  it('keeps rows of items and nothing else of a user: no day, no engagement, no name', () => {
    const data = randomData(createRandom(1))
    const moved = { ...data, days: data.days.map((day) => day + 7), engagement: data.engagement.map((value) => Math.ceil(value)) }
    const arraysOf = (trained: Dataset) => userKnn.train(trained, userKnn.defaults, newRun()).save().arrays
    expect(Object.keys(arraysOf(data)).sort()).toEqual([
      'counts',
      'itemNos',
      'items',
      'owners',
      'placeStart',
      'places',
      'start',
      'voice',
    ])
    expect(arraysOf(moved)).toEqual(arraysOf(data))
  })
})
