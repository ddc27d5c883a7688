import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import type { Dataset } from '../../src/features/dataset.js'
import { type TransitionsOptions, transitions } from '../../src/models/transitions.js'
import { fadeOf, historyIn, listsOf, newRun, randomData } from './random-data.js'

/** T by going through every pair of events of every user. */
function transitionsByTheBook(data: Dataset, options: TransitionsOptions): number[][] {
  const table = Array.from({ length: data.itemCount }, () => Array<number>(data.itemCount).fill(0))
  const lists = listsOf(data)
  for (const entries of lists) {
    for (let from = 0; from < entries.length; from++) {
      for (let to = from + 1; to <= Math.min(from + options.window, entries.length - 1); to++) {
        if (options.maxGapDays > 0 && entries[to]!.day - entries[from]!.day > options.maxGapDays) continue
        if (entries[from]!.engagement === 0 || entries[to]!.engagement === 0) continue
        const near = fadeOf(data, entries[to]!.day, options.eventHalfLifeDays) * 2 ** (-(to - from - 1) / options.halfLifePlaces)
        table[entries[from]!.item]![entries[to]!.item]! += near
        table[entries[to]!.item]![entries[from]!.item]! += options.backward * near
      }
    }
  }
  return table.map((row) => {
    const total = row.reduce((a, b) => a + b, 0) + options.shrinkage
    return row.map((weight, j) => {
      const count = lists.flat().filter(({ item }) => item === j).length
      return weight === 0 ? 0 : weight / total / count ** options.popularityExponent
    })
  })
}

describe('transitions', () => {
  for (const variant of [
    {},
    { maxGapDays: 3 },
    { popularityExponent: 0 },
    { window: 1, shrinkage: 5 },
    { backward: 0 },
    { eventHalfLifeDays: 10 },
  ]) {
    it(`counts what follows what, with ${JSON.stringify(variant)}`, () => {
      for (const seed of [1, 2]) {
        const data = randomData(createRandom(seed))
        const options = { ...transitions.defaults, window: 4, ...variant }
        const table = transitionsByTheBook(data, options)
        const run = newRun()
        const out = run.kernels.arena.f32(data.itemCount)
        transitions.train(data, options, run).score(historyIn(run.kernels, [2, 5, 1], [0.25, 0.5, 1]), out)
        for (let j = 0; j < data.itemCount - 1; j++) {
          expect(out[j]).toBeCloseTo(0.25 * table[2]![j]! + 0.5 * table[5]![j]! + table[1]![j]!, 5)
        }
      }
    })
  }

  it('keeps the strongest followers of each item only', () => {
    const data = randomData(createRandom(3))
    const run = newRun()
    const whole = transitionsByTheBook(data, transitions.defaults)
    const { arrays } = transitions.train(data, { ...transitions.defaults, neighbours: 3 }, run).save()
    const [start, index] = [arrays.start as Uint32Array, arrays.index as Uint32Array]
    for (let item = 0; item < data.itemCount - 1; item++) {
      const best = [...whole[item]!.keys()].sort((a, b) => whole[item]![b]! - whole[item]![a]! || a - b).slice(0, 3)
      expect([...index.subarray(start[item], start[item + 1])]).toEqual(best.sort((a, b) => a - b))
    }
  })

  it('cannot tell from an item that was always the last', () => {
    const run = newRun()
    const data = randomData(createRandom(1), 5, 4, 0)
    const model = transitions.train(data, transitions.defaults, run)
    const out = run.kernels.arena.f32(4)
    model.score(historyIn(run.kernels, [1]), out)
    expect([...out].every(Number.isNaN)).toBe(true)
  })
})
