import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyAdapter, type Lesson } from '../../src/adapters/adapter.js'
import { addEffects, forQuery } from '../../src/adapters/directions.js'
import { batchObjective, gradientOf } from '../../src/adapters/gradient.js'
import { evidenceOf, learn, study } from '../../src/adapters/learn.js'
import type { FeatureSpace } from '../../src/adapters/tier.js'
import { createRandom } from '../../src/domain/random.js'
import { madeUpAdapter, madeUpLesson, madeUpTier } from './made-up.js'

const shapes = fc.record({
  seed: fc.integer(),
  cells: fc.integer({ min: 1, max: 15 }),
  rank: fc.integer({ min: 1, max: 8 }),
  features: fc.integer({ min: 1, max: 20 }),
  count: fc.integer({ min: 2, max: 20 }),
  liking: fc.constantFrom(1, 0.4, -0.3, -1),
})

/** The loss by the formula, in 64-bit and on its own: finite differences need all the digits. */
function lossAt(values: readonly number[], directions: readonly number[], { cells, rank }: FeatureSpace, lesson: Lesson): number {
  const d = directions.length / rank
  const effects = Array.from(lesson.base, (_, i) => {
    let effect = 0
    for (let k = 0; k < cells.length; k++) {
      for (let j = 0; j < rank; j++) {
        for (let f = 0; f < d; f++) {
          effect += lesson.query[k]! * values[k * rank + j]! * directions[j * d + f]! * lesson.features[i * d + f]!
        }
      }
    }
    return effect
  })
  const share = (withEffects: number) => {
    const odds = effects.map((effect, i) => lesson.weight[i]! * Math.exp(lesson.base[i]! + withEffects * effect))
    const total = odds.reduce((a, b) => a + b)
    return odds.map((each) => each / total)
  }
  if (lesson.liking >= 0) return -lesson.liking * Math.log(share(1)[lesson.target]!)
  const average = share(0).reduce((sum, chance, i) => sum + chance * effects[i]!, 0)
  return -lesson.liking * Math.log(1 + Math.exp(effects[lesson.target]! - average))
}

/** Richardson's: the error of a step h and of h/2 cancel in their fourth power. */
function slopeAt(loss: (shift: number) => number): number {
  const central = (h: number) => (loss(h) - loss(-h)) / (2 * h)
  return (4 * central(5e-4) - central(1e-3)) / 3
}

describe('the gradient of a lesson', () => {
  it('is what finite differences say, for every parameter, whatever the shape', () => {
    fc.assert(
      fc.property(shapes, ({ seed, count, liking, ...shape }) => {
        const random = createRandom(seed)
        const tier = madeUpTier(random, shape)
        const { values } = madeUpAdapter(random, tier)
        const query = Float32Array.from({ length: shape.cells }, () => random.normal())
        const lesson = madeUpLesson(random, tier, { count, liking, query })
        const gradient = gradientOf(tier.space, tier.scale, values, lesson)
        const [b, a] = [Array.from(values), Array.from(tier.space.directions)]
        expect(gradient.loss).toBeCloseTo(lossAt(b, a, tier.space, lesson), 5)

        const largest = Math.max(...gradient.values.map(Math.abs), ...gradient.directions.map(Math.abs))
        const near = (found: number, expected: number) =>
          expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-4 * Math.max(Math.abs(expected), 1e-2 * largest))
        const moved = (list: readonly number[], at: number, by: number) => list.map((value, k) => (k === at ? value + by : value))
        gradient.values.forEach((slope, at) => {
          near(
            slope,
            slopeAt((by) => lossAt(moved(b, at, by), a, tier.space, lesson)),
          )
        })
        gradient.directions.forEach((slope, at) => {
          near(
            slope,
            slopeAt((by) => lossAt(b, moved(a, at, by), tier.space, lesson)),
          )
        })
      }),
      { numRuns: 40 },
    )
  })

  it('is the slope that the learning step takes, whose curvature is the second difference', () => {
    fc.assert(
      fc.property(shapes, ({ seed, count, liking, ...shape }) => {
        const random = createRandom(seed)
        const tier = madeUpTier(random, { ...shape, cells: 1 })
        const { values } = madeUpAdapter(random, tier)
        const query = Float32Array.of(1)
        const lesson = madeUpLesson(random, tier, { count, liking, query })
        const effects = new Float64Array(count)
        const studied = study(lesson, tier, Number.POSITIVE_INFINITY)
        addEffects(studied.along, forQuery(values, query, shape.rank), 1, effects)
        const evidence = evidenceOf(studied, effects)
        const gradient = gradientOf(tier.space, tier.scale, values, lesson)
        const [b, a] = [Array.from(values), Array.from(tier.space.directions)]
        for (let j = 0; j < shape.rank; j++) {
          expect(evidence.slope[j]).toBeCloseTo(-gradient.values[j]!, 6)
          const loss = (by: number) =>
            lossAt(
              b.map((value, at) => (at === j ? value + by : value)),
              a,
              tier.space,
              lesson,
            )
          expect(evidence.curvature[j]).toBeCloseTo((loss(1e-3) - 2 * loss(0) + loss(-1e-3)) / 1e-6, 3)
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('learning', () => {
  it('lowers the objective of the whole batch for every one of 1,000 random users', () => {
    const worse: string[] = []
    for (let user = 0; user < 1_000; user++) {
      const random = createRandom(`user-${user}`)
      const shape = { cells: 1 + random.below(15), rank: 1 + random.below(16), features: 16 + random.below(30) }
      const tier = madeUpTier(random, shape, 0.005 + 0.2 * random.next())
      const taste = Float32Array.from({ length: shape.features }, () => random.normal() * 0.2)
      const events = 1 + random.below(40)
      const lessons = Array.from({ length: events }, () => {
        const lit = random.below(shape.cells)
        const query = Float32Array.from({ length: shape.cells }, (_, k) => (k === 0 || k === lit ? 1 : 0))
        const liking = random.next() < 0.15 ? -random.next() : random.next()
        return madeUpLesson(random, tier, { count: 5 + random.below(25), liking, query, taste })
      })
      const start = emptyAdapter(tier.space)
      const learned = lessons.reduce((now, lesson, at) => learn(now, lesson, tier, at), start)
      const [before, after] = [start, learned].map(({ values }) => batchObjective(tier.space, tier.scale, values, lessons))
      if (!(after! < before!)) worse.push(`user ${user}, ${events} events, rank ${shape.rank}: ${before} → ${after}`)
    }
    expect(worse).toEqual([])
  })
})
