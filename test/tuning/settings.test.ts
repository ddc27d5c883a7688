import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import type { SearchSpace } from '../../src/domain/tunable.js'
import { drawSettings, type Settings, settingsNear } from '../../src/tuning/settings.js'

const space: SearchSpace = {
  ridge: { from: 1, to: 10_000, scale: 'log' },
  share: { from: -1, to: 1, scale: 'linear' },
  window: { from: 2, to: 50, scale: 'log', whole: true },
  gap: { from: 0.1, to: 10, scale: 'log', or: 0 },
  weight: { choices: ['one', 'engagement'] },
}

const draws = (count: number, draw: (seed: number) => Settings): Settings[] =>
  Array.from({ length: count }, (_, seed) => draw(seed))
const numbers = (settings: readonly Settings[], name: string): number[] => settings.map((each) => Number(each[name]))

describe('settings that are drawn', () => {
  const drawn = draws(2_000, (seed) => drawSettings(space, createRandom(seed)))

  it('lie inside their ranges, in three digits, whole where only whole numbers mean something', () => {
    for (const { ridge, share, window, gap, weight } of drawn) {
      expect(Number(ridge) >= 1 && Number(ridge) <= 10_000 && Number(Number(ridge).toPrecision(3)) === ridge).toBe(true)
      expect(Math.abs(Number(share))).toBeLessThanOrEqual(1)
      expect(Number.isInteger(window) && Number(window) >= 2 && Number(window) <= 50).toBe(true)
      expect(gap === 0 || (Number(gap) >= 0.1 && Number(gap) <= 10)).toBe(true)
      expect(['one', 'engagement']).toContain(weight)
    }
  })

  it('are spread by factors where the scale says so, and by differences where it does not', () => {
    const below = (name: string, bound: number): number => numbers(drawn, name).filter((value) => value < bound).length / 2_000
    expect(below('ridge', 100)).toBeCloseTo(0.5, 1)
    expect(below('share', 0)).toBeCloseTo(0.5, 1)
    expect(below('gap', 0.05)).toBeCloseTo(0.15, 1)
  })

  it('are the same for the same seed, and others for another', () => {
    expect(drawSettings(space, createRandom(7))).toEqual(drawn[7])
    expect(drawn[7]).not.toEqual(drawn[8])
  })
})

describe('settings near others', () => {
  const at: Settings = { ridge: 100, share: 0.9, window: 10, gap: 0, weight: 'one' }
  const near = draws(2_000, (seed) => settingsNear(space, at, 0.05, createRandom(seed)))

  it('stay close: a spread of 0.05 over four powers of ten is a factor of 1.6 two times in three', () => {
    const close = numbers(near, 'ridge').filter((ridge) => Math.abs(Math.log10(ridge / 100)) < 0.2).length / 2_000
    expect(close).toBeCloseTo(0.68, 1)
  })

  it('come back inside at an edge', () => {
    const share = numbers(near, 'share')
    expect(Math.max(...share)).toBeLessThanOrEqual(1)
    expect(share.filter((value) => value === 1).length).toBeLessThan(100) // reflected, not piled up at the edge
  })

  it('keep choices and values outside the range most of the time, not always', () => {
    const kept = (name: string): number => near.filter((each) => each[name] === at[name]).length / 2_000
    expect(kept('weight')).toBeCloseTo(0.875, 1)
    expect(kept('gap')).toBeCloseTo(0.79, 1)
  })

  it('draw what was not set, and start from the edge where it was set beyond it', () => {
    const from = draws(200, (seed) =>
      settingsNear(space, { ...at, ridge: 1e9, share: undefined } as unknown as Settings, 0.01, createRandom(seed)),
    )
    expect(Math.min(...numbers(from, 'ridge'))).toBeGreaterThan(5_000)
    expect(new Set(numbers(from, 'share')).size).toBeGreaterThan(50)
  })
})
