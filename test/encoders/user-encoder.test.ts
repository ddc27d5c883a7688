import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import {
  addGradient,
  decayedMean,
  encodeUser,
  fitUserEncoder,
  type NextItem,
  type UserEncoder,
  userEncoderDefaults,
  withVectors,
} from '../../src/encoders/user-encoder.js'

const history = (items: number[][], engagements: number[], agesDays: number[]) => ({
  items: Float32Array.from(items.flat()),
  engagements: Float32Array.from(engagements),
  agesDays: Float32Array.from(agesDays),
})

function encoded(encoder: UserEncoder, of: ReturnType<typeof history>): number[] {
  const out = new Float32Array(encoder.dimensions)
  encodeUser(encoder, of, out)
  return [...out]
}

describe('the decayed mean', () => {
  it('is by hand: engagement times one half for each month', () => {
    const user = encoded(
      decayedMean(2),
      history(
        [
          [1, 0],
          [0, 1],
        ],
        [1, 0.5],
        [30, 0],
      ),
    ) // 0.5 and 0.5
    expect(user).toEqual([expect.closeTo(Math.SQRT1_2, 5), expect.closeTo(Math.SQRT1_2, 5)])
    const other = encoded(
      decayedMean(2),
      history(
        [
          [1, 0],
          [0, 1],
        ],
        [0.3, 0.4],
        [0, 0],
      ),
    )
    expect(other).toEqual([expect.closeTo(0.6, 5), expect.closeTo(0.8, 5)])
  })

  it('counts what was refused for nothing, and what has no vector', () => {
    const user = encoded(
      decayedMean(2),
      history(
        [
          [1, 0],
          [0, 1],
          [Number.NaN, Number.NaN],
        ],
        [0, 1, 1],
        [0, 0, 0],
      ),
    )
    expect(user).toEqual([0, 1])
  })

  it('cannot tell of nobody: no history, none of it engaged, or entries that cancel out', () => {
    for (const nothing of [
      history([], [], []),
      history([[1, 0]], [0], [0]),
      history(
        [
          [1, 0],
          [-1, 0],
        ],
        [1, 1],
        [0, 0],
      ),
    ]) {
      expect(encoded(decayedMean(2), nothing).every(Number.isNaN)).toBe(true)
    }
  })

  it('is of unit length or unknown, whatever the history', () => {
    const entry = fc.record({
      x: fc.double({ min: -1, max: 1, noNaN: true }),
      engagement: fc.double({ min: 0, max: 1, noNaN: true }),
      age: fc.double({ min: 0, max: 1e5, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        const rows = entries.map(({ x }) => [x, Math.sqrt(1 - x * x)])
        const user = encoded(
          decayedMean(2),
          history(
            rows,
            entries.map((each) => each.engagement),
            entries.map((each) => each.age),
          ),
        )
        const length = Math.hypot(...user)
        expect(Number.isNaN(length) || Math.abs(length - 1) < 1e-4).toBe(true)
      }),
    )
  })
})

describe('attention', () => {
  const random = createRandom('attention')
  const [items, dimensions] = [12, 3]
  const vectors = Float32Array.from(
    Array.from({ length: items }, () => {
      const row = Array.from({ length: dimensions }, () => random.normal())
      return row.map((value) => value / Math.hypot(...row))
    }).flat(),
  )
  const example: NextItem = {
    items: Uint32Array.of(1, 2, 3),
    engagements: Float32Array.of(0.4, 1, 0.7),
    agesDays: Float32Array.of(40, 3, 0.5),
    next: 4,
  }

  it('learns along the slope: the gradient is that of finite differences', () => {
    const encoder = { dimensions, theta: [0.8, -0.5, 0.1] as const, query: Float32Array.of(0.3, -0.2, 0.5) }
    const parameters = [...encoder.theta, ...encoder.query]
    const lossAt = (values: number[]): number => {
      const [a, b, c, ...query] = values as [number, number, number, ...number[]]
      const moved = { dimensions, theta: [a, b, c] as const, query: Float32Array.from(query) }
      return addGradient(moved, example, [4, 5, 6, 7], vectors, 0.2, new Float64Array(6))
    }
    const gradient = new Float64Array(6)
    addGradient(encoder, example, [4, 5, 6, 7], vectors, 0.2, gradient)
    parameters.forEach((_, at) => {
      const step = 1e-2
      const moved = (by: number): number[] => parameters.map((value, place) => (place === at ? value + by : value))
      const slope = (lossAt(moved(step)) - lossAt(moved(-step))) / (2 * step)
      expect(gradient[at]!).toBeCloseTo(slope, 3)
    })
  })

  it('learns to read the last entry alone where that is what tells', () => {
    const examples = Array.from({ length: 300 }, (): NextItem => {
      const next = random.below(items)
      return {
        items: Uint32Array.of(random.below(items), random.below(items), next),
        engagements: Float32Array.of(1, 1, 1),
        agesDays: Float32Array.of(3, 2, 0),
        next,
      }
    })
    const options = { ...userEncoderDefaults, negatives: 5, epochs: 10 }
    const learned = fitUserEncoder(examples, vectors, dimensions, options, createRandom('fit'), () => {})
    const cosine = (encoder: UserEncoder): number => {
      const total = examples.reduce((sum, each) => {
        const user = encoded(encoder, withVectors(each, vectors, dimensions) as ReturnType<typeof history>)
        return sum + user.reduce((product, value, at) => product + value * vectors[each.next * dimensions + at]!, 0)
      }, 0)
      return total / examples.length
    }
    expect(cosine(learned)).toBeGreaterThan(cosine(decayedMean(dimensions)) + 0.1)
    const again = fitUserEncoder(examples, vectors, dimensions, options, createRandom('fit'), () => {})
    expect(again).toEqual(learned)
  })
})
