import { describe, expect, it } from 'vitest'
import { createDatasetBuilder } from '../../src/features/dataset-builder.js'
import { popularity } from '../../src/models/popularity.js'
import { historyIn, newRun } from './random-data.js'

function scores(options: { halfLifeDays: number; windowDays: number }, asOfDay = 101): number[] {
  const builder = createDatasetBuilder(Int32Array.from([1, 2, 3]))
  builder.add(0, 0, 1, 100)
  builder.add(1, 0, 0.5, 90)
  builder.add(1, 1, 1, 80)
  const run = newRun()
  const out = run.kernels.arena.f32(3)
  popularity.train(builder.build({ asOfDay }), options, run).score(historyIn(run.kernels, []), out)
  return [...out]
}

describe('popularity', () => {
  it('adds up engagement', () => expect(scores({ halfLifeDays: 0, windowDays: 0 })).toEqual([1.5, 1, Number.NaN]))

  it('halves what is a half-life old', () => {
    expect(scores({ halfLifeDays: 10, windowDays: 0 })).toEqual([1.25, 0.25, Number.NaN])
  })

  it('forgets what is outside the window: such an item has a popularity, and it is 0', () => {
    expect(scores({ halfLifeDays: 0, windowDays: 10 })).toEqual([1.5, 0, Number.NaN])
  })

  it('counts ages from the newest entry, however long ago that was', () => {
    const options = { halfLifeDays: 10, windowDays: 15 }
    expect(scores(options, 50_000)).toEqual(scores(options))
  })
})
