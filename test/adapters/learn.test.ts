import { describe, expect, it } from 'vitest'
import { type Adapter, emptyAdapter, type Lesson } from '../../src/adapters/adapter.js'
import { fold } from '../../src/adapters/fold.js'
import { openness } from '../../src/adapters/gate.js'
import { learn, study } from '../../src/adapters/learn.js'
import { learnShared } from '../../src/adapters/shared.js'
import type { SharedTier } from '../../src/adapters/tier.js'
import { TOLERANCE, trainAdapter } from '../../src/adapters/train.js'
import { createRandom } from '../../src/domain/random.js'
import { learnedByTheLetter } from '../reference/adapter-learning.js'
import { madeUpAdapter, madeUpLesson, madeUpTier } from './made-up.js'

const shape = { cells: 2, rank: 2, features: 8 }

/** One direction, one cell, two equal candidates at +1 and −1. */
function byHand(): { readonly tier: SharedTier; readonly lesson: Lesson } {
  const tier = madeUpTier(createRandom(0), { cells: 1, rank: 1, features: 1 })
  const space = { ...tier.space, directions: Float32Array.of(1), priors: Float32Array.of(0.5) }
  const lesson = {
    base: Float32Array.of(0, 0),
    features: Float32Array.of(1, -1),
    weight: Float32Array.of(1, 1),
    target: 0,
    liking: 1,
    query: Float32Array.of(1),
  }
  return { tier: { ...tier, space }, lesson }
}

function learnAll(lessons: readonly Lesson[], tier: SharedTier): Adapter {
  return lessons.reduce((now, lesson, at) => learn(now, lesson, tier, at), emptyAdapter(tier.space))
}

describe('a lesson', () => {
  it('moves the adapter by slope over precision: one by hand', () => {
    const { tier, lesson } = byHand()
    const once = learn(emptyAdapter(tier.space), lesson, tier, 7)
    // p = ½ each: slope 1 − 0 = 1, curvature E z² − (E z)² = 1, prior precision 2: 1 / 3.
    expect(once.values[0]).toBeCloseTo(1 / 3, 6)
    expect(once.precisions[0]).toBeCloseTo(1, 6)
    expect(once).toMatchObject({ lessons: 1, learnedTo: 7, gate: { gain: 0, weight: 1 } })
    // Then p = e^⅓ / (e^⅓ + e^−⅓) = 0.6608: it was right, and log 2p is the gate's gain.
    const twice = learn(once, lesson, tier, 8)
    const p = 1 / (1 + Math.exp(-2 / 3))
    expect(twice.gate.gain).toBeCloseTo(Math.log(2 * p), 6)
    const curvature = 1 - (2 * p - 1) ** 2
    expect(twice.values[0]).toBeCloseTo(1 / 3 + (2 - 2 * p) / (3 + curvature), 6)
  })

  it('of a refusal moves it the other way, half as far at first', () => {
    const { tier, lesson } = byHand()
    const refused = learn(emptyAdapter(tier.space), { ...lesson, liking: -1 }, tier, 0)
    // Δ = 0: slope −½ · (z_t − z̄) = −½, curvature ¼: −½ / (2 + ¼).
    expect(refused.values[0]).toBeCloseTo(-0.5 / 2.25, 6)
    const again = learn(refused, { ...lesson, liking: -1 }, tier, 1)
    expect(again.gate.gain).toBeGreaterThan(0) // it had foreseen that
    expect(again.values[0]).toBeLessThan(refused.values[0]!)
  })

  it('counts as much as it was liked, and nothing where it was neither liked nor refused', () => {
    const { tier, lesson } = byHand()
    const half = learn(emptyAdapter(tier.space), { ...lesson, liking: 0.5 }, tier, 0)
    expect(half.values[0]).toBeCloseTo(0.5 / 2.5, 6)
    expect(learn(emptyAdapter(tier.space), { ...lesson, liking: 0 }, tier, 0).values[0]).toBe(0)
  })

  it('teaches only the cells of its query', () => {
    const random = createRandom(3)
    const tier = madeUpTier(random, { ...shape, cells: 3 })
    const lesson = madeUpLesson(random, tier, { query: Float32Array.of(1, 0, 1) })
    const { values } = learn(emptyAdapter(tier.space), lesson, tier, 0)
    expect([...values].map((value) => value !== 0)).toEqual([true, true, false, false, true, true])
  })

  it('leaves a number of prior variance 0 at 0', () => {
    const random = createRandom(4)
    const plain = madeUpTier(random, shape)
    const tier = { ...plain, space: { ...plain.space, priors: Float32Array.of(0.05, 0, 0, 0.05) } }
    const { values } = learnAll(
      Array.from({ length: 5 }, () => madeUpLesson(random, tier)),
      tier,
    )
    expect([...values].map((value) => value !== 0)).toEqual([true, false, false, true])
  })

  it('leaves the adapter given as it was', () => {
    const random = createRandom(5)
    const tier = madeUpTier(random, shape)
    const before = emptyAdapter(tier.space)
    learn(before, madeUpLesson(random, tier), tier, 0)
    expect(before).toEqual(emptyAdapter(tier.space))
  })
})

describe('the fast arithmetic', () => {
  it('learns what the formulas say, taken and refused, for any number of directions', () => {
    for (const rank of [1, 3, 8, 9, 20]) {
      const random = createRandom(`letter ${rank}`)
      const plain = madeUpTier(random, { cells: 3, rank, features: 11 }, 0.3)
      const tier = { ...plain, practice: { ...plain.practice, memory: rank === 1 ? 1 : 0.97 } }
      const begun = madeUpAdapter(random, tier)
      const lessons = Array.from({ length: 30 }, (_, at) =>
        madeUpLesson(random, tier, {
          count: 2 + random.below(15),
          liking: [1, 0.4, -1][at % 3]!,
          query: Float32Array.of(1, at % 2, 0),
        }),
      )
      const expected = learnedByTheLetter(begun, lessons, tier)
      const { adapter } = trainAdapter(
        begun,
        lessons.map((lesson, sequence) => ({ studied: study(lesson, tier), sequence })),
        [],
        tier,
      )
      for (const [at, value] of expected.values.entries()) {
        expect(Math.abs(adapter.values[at]! - value)).toBeLessThan(1e-5)
        expect(Math.abs(adapter.precisions[at]! / expected.precisions[at]! - 1)).toBeLessThan(1e-5)
      }
    }
  })

  it('knows the spaces apart, in whatever order they are asked for', () => {
    const random = createRandom(12)
    const tiers = [2, 9, 2].map((rank) => madeUpTier(random, { cells: 2, rank, features: 8 }))
    const lessons = tiers.map((tier) => madeUpLesson(random, tier))
    const once = tiers.map((tier, at) => learnAll([lessons[at]!], tier))
    expect([2, 0, 1].map((at) => learnAll([lessons[at]!], tiers[at]!))).toEqual([once[2], once[0], once[1]])
    expect(once[0]).not.toEqual(learnAll([lessons[0]!], tiers[2]!))
  })
})

describe('over many lessons', () => {
  it('finds the direction that a user leans to, and the gate opens', () => {
    const random = createRandom(6)
    const tier = madeUpTier(random, { cells: 2, rank: 3, features: 12 }, 0.3)
    const taste = tier.space.directions.slice(12, 24).map((value) => 2 * value) // twice along the second direction
    const adapter = learnAll(
      Array.from({ length: 200 }, () => madeUpLesson(random, tier, { taste })),
      tier,
    )
    const along = (j: number) => adapter.values[j]! + adapter.values[3 + j]! // both cells are lit
    expect(along(1)).toBeGreaterThan(1)
    expect(Math.abs(along(0))).toBeLessThan(0.6)
    expect(Math.abs(along(2))).toBeLessThan(0.6)
    expect(openness(adapter.gate)).toBeGreaterThan(0.8)
  })

  it('stays silent for nine of ten users who are like everybody', () => {
    const random = createRandom(7)
    const tier = madeUpTier(random, shape, 0.02)
    const heard = Array.from({ length: 200 }, () => {
      const adapter = learnAll(
        Array.from({ length: 60 }, () => madeUpLesson(random, tier)),
        tier,
      )
      return openness(adapter.gate)
    })
    expect(heard.filter((open) => open > 0.5).length).toBeLessThanOrEqual(20)
  })

  it('follows a taste that turns round only with a memory below 1', () => {
    const along = (memory: number): number => {
      const random = createRandom(8)
      const plain = madeUpTier(random, { cells: 1, rank: 1, features: 8 }, 0.3)
      const tier = { ...plain, practice: { ...plain.practice, memory } }
      const taste = tier.space.directions.map((value) => 1.5 * value)
      const query = Float32Array.of(1)
      const before = Array.from({ length: 300 }, () => madeUpLesson(random, tier, { taste, query }))
      const after = Array.from({ length: 60 }, () => madeUpLesson(random, tier, { taste: taste.map((value) => -value), query }))
      return learnAll([...before, ...after], tier).values[0]!
    }
    expect(along(1)).toBeGreaterThan(0.3)
    expect(along(0.95)).toBeLessThan(-0.5)
  })
})

describe('B₀', () => {
  it('learns from everybody what everybody leans to, and its gate opens', () => {
    const random = createRandom(9)
    const plain = madeUpTier(random, { cells: 2, rank: 2, features: 8 }, 0.3)
    const taste = plain.space.directions.slice(0, 8)
    let tier = plain
    for (let event = 0; event < 500; event++) tier = learnShared(tier, madeUpLesson(random, tier, { taste }))
    expect(tier.base[0]! + tier.base[2]!).toBeGreaterThan(0.5)
    expect(openness(tier.gate)).toBeGreaterThan(0.9)
    expect(plain.base.every((value) => value === 0)).toBe(true)
    expect(fold({ ...tier, version: 1 }, undefined, Float32Array.of(1, 1))).toBeDefined()
  })
})

describe('training on a batch', () => {
  it('is one lesson after another, and says what it brought', () => {
    const random = createRandom(10)
    const tier = madeUpTier(random, shape, 0.2)
    const taste = tier.space.directions.slice(0, 8).map((value) => 2 * value)
    const lessons = Array.from({ length: 40 }, () => madeUpLesson(random, tier, { taste }))
    const fresh = lessons.map((lesson, at) => ({ studied: study(lesson, tier), sequence: 3 * at }))
    const { adapter, report } = trainAdapter(emptyAdapter(tier.space), fresh, [], tier)
    expect(adapter).toEqual({ ...learnAll(lessons, tier), learnedTo: 117 })
    expect(report).toMatchObject({ lessons: 40, accepted: true, heldOutBefore: Number.NaN })
    expect(report.lossAfter).toBeLessThan(report.lossBefore)
  })

  it('is refused when older events become worse by more than 5 %, and the gates move on', () => {
    const random = createRandom(11)
    const tier = madeUpTier(random, { cells: 1, rank: 1, features: 8 }, 5)
    const taste = tier.space.directions.map((value) => 3 * value)
    const query = Float32Array.of(1)
    const older = Array.from({ length: 60 }, () => madeUpLesson(random, tier, { taste, query }))
    const before = learnAll(older.slice(0, 30), tier)
    const aside = older.slice(30).map((lesson) => study(lesson, tier))
    const against = Array.from({ length: 200 }, (_, at) => ({
      studied: study(madeUpLesson(random, tier, { taste: taste.map((value) => -2 * value), query }), tier),
      sequence: 100 + at,
    }))
    const { adapter, report } = trainAdapter(before, against, aside, tier)
    expect(report.accepted).toBe(false)
    expect(report.heldOutAfter).toBeGreaterThan((1 + TOLERANCE) * report.heldOutBefore)
    expect(adapter.values).toEqual(before.values)
    expect(adapter).toMatchObject({ lessons: 30, learnedTo: 299 })
    expect(openness(adapter.gate)).toBe(0) // what it knows no longer helps
    const alike = { studied: study(madeUpLesson(random, tier, { taste, query }), tier), sequence: 300 }
    expect(trainAdapter(before, [alike], aside, tier).report.accepted).toBe(true)
  })
})
