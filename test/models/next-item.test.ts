import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import type { Dataset } from '../../src/features/dataset.js'
import { type NextItemOptions, nextItem } from '../../src/models/next-item.js'
import { linearSolve, transposeTimes } from '../reference/linear-solve.js'
import { fadeOf, historyIn, listsOf, newRun, randomData, tableOf, weightOf } from './random-data.js'

/** B with S and T written out, one row for each event that has a past, in 64-bit. */
function nextItemByTheBook(data: Dataset, options: NextItemOptions): number[][] {
  const s: number[][] = []
  const t: number[][] = []
  for (const entries of listsOf(data)) {
    for (let next = 1; next < entries.length; next++) {
      if (entries[next]!.engagement === 0) continue
      const past = Array<number>(data.itemCount).fill(0)
      for (let at = 0; at < next; at++) {
        const fade = 2 ** (-(next - 1 - at) / options.halfLifePositions)
        past[entries[at]!.item]! += fade * weightOf(entries[at]!.engagement, options.weight)
      }
      // A row that counts v is a row times √v.
      const root = Math.sqrt(fadeOf(data, entries[next]!.day, options.eventHalfLifeDays))
      s.push(past.map((value) => root * value))
      t.push(past.map((_, item) => (item === entries[next]!.item ? root : 0)))
    }
  }
  const x = tableOf(data, options.weight, options.eventHalfLifeDays)
  const xx = transposeTimes(x, x)
  const a = options.coOccurrence
  const system = transposeTimes(s, s).map((row, i) =>
    row.map((value, j) => value + a * xx[i]![j]! + (i === j ? options.regularization : 0)),
  )
  const target = transposeTimes(s, t).map((row, i) => row.map((value, j) => value + (i === j ? 0 : a * xx[i]![j]!)))
  return linearSolve(system, target)
}

const variants: readonly Partial<NextItemOptions>[] = [
  { coOccurrence: 0 },
  { coOccurrence: 0.3 },
  { coOccurrence: 0.3, weight: 'engagement' },
  { coOccurrence: 0.3, eventHalfLifeDays: 15 },
]

describe('next item', () => {
  for (const variant of variants) {
    it(`is the ridge over written-out histories, with ${JSON.stringify(variant)}`, () => {
      for (const seed of [1, 2]) {
        const data = randomData(createRandom(seed))
        const options = { ...nextItem.defaults, regularization: 2, halfLifePositions: 3, ...variant }
        const b = nextItemByTheBook(data, options)
        const run = newRun()
        const out = run.kernels.arena.f32(data.itemCount)
        nextItem.train(data, options, run).score(historyIn(run.kernels, [2, 5, 1], [0.25, 0.5, 1]), out)
        for (let j = 0; j < data.itemCount - 1; j++) {
          expect(out[j]).toBeCloseTo(0.25 * b[2]![j]! + 0.5 * b[5]![j]! + b[1]![j]!, 5)
        }
        expect(out.at(-1)).toBeNaN()
      }
    })
  }

  it('asks for a history that fades as in its training', () => {
    const options = { ...nextItem.defaults, halfLifePositions: 7 }
    expect(nextItem.train(randomData(createRandom(1)), options, newRun()).recency).toEqual({ halfLifePositions: 7 })
  })

  it('covers the most frequent items that fit its budget; the rest it cannot tell', () => {
    const data = randomData(createRandom('budget'))
    const run = newRun()
    const model = nextItem.train(data, { ...nextItem.defaults, maxBytes: 5 * 5 * 4 }, run)
    const counts = Array.from({ length: data.itemCount }, (_, item) => data.items.filter((other) => other === item).length)
    const covered = [...counts.keys()].sort((a, b) => counts[b]! - counts[a]! || a - b).slice(0, 5)
    const out = run.kernels.arena.f32(data.itemCount)
    model.score(historyIn(run.kernels, [...counts.keys()]), out)
    expect([...out.keys()].filter((item) => !Number.isNaN(out[item]))).toEqual(covered.sort((a, b) => a - b))
  })
})
