import { describe, expect, it } from 'vitest'
import { viewOf } from '../../src/adapters/likelihood.js'
import { representatives } from '../../src/adapters/representatives.js'
import { createRandom } from '../../src/domain/random.js'
import { madeUpLesson, madeUpTier } from './made-up.js'

const tier = madeUpTier(createRandom(1), { cells: 2, rank: 2, features: 6 })

describe('the representatives of a list', () => {
  it('are all of a short one, as it is', () => {
    const view = viewOf(madeUpLesson(createRandom(2), tier, { count: 33 }), 1)
    expect(representatives(view, 32)).toEqual({ rows: Uint32Array.from({ length: 33 }, (_, row) => row), view })
  })

  it('have the target among them, and the likely ones at their own chances', () => {
    for (let seed = 0; seed < 50; seed++) {
      const lesson = madeUpLesson(createRandom(seed), tier, { count: 200 })
      const whole = viewOf(lesson, 2)
      const { rows, view } = representatives(whole, 16)
      expect(rows.length).toBeLessThanOrEqual(33)
      expect(rows[view.target]).toBe(lesson.target)
      expect([...rows]).toEqual([...new Set(rows)].sort((a, b) => a - b))
      expect(view.base.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9)
      whole.base.forEach((chance, row) => {
        if (chance >= 1 / 16) expect(rows).toContain(row)
      })
      view.base.forEach((chance, at) => {
        if (whole.base[rows[at]!]! >= 1 / 16) expect(Math.abs(chance / whole.base[rows[at]!]! - 1)).toBeLessThan(0.1)
      })
    }
  })

  it('say of the features what the whole list says, in the mean', () => {
    const random = createRandom(3)
    const lists = Array.from({ length: 400 }, () => madeUpLesson(random, tier, { count: 200 }))
    let [off, spread] = [0, 0]
    for (const lesson of lists) {
      const whole = viewOf(lesson, 1)
      const { rows, view } = representatives(whole, 32)
      const meanOf = (chances: Float64Array, row: (at: number) => number) =>
        chances.reduce((sum, chance, at) => sum + chance * lesson.features[row(at) * 6]!, 0)
      const error = meanOf(view.base, (at) => rows[at]!) - meanOf(whole.base, (at) => at)
      off += error / lists.length
      spread += error ** 2 / lists.length
    }
    expect(Math.abs(off)).toBeLessThan(0.02)
    expect(Math.sqrt(spread)).toBeLessThan(0.2) // of a feature whose deviation is 1
  })
})
