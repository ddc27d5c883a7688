import { describe, expect, it } from 'vitest'
import { forQuery } from '../../src/adapters/directions.js'
import { moveAdapter } from '../../src/adapters/move.js'
import type { FeatureSpace } from '../../src/adapters/tier.js'
import { createRandom } from '../../src/domain/random.js'
import { madeUpAdapter, madeUpTier } from './made-up.js'

const D = 12
const RANK = 4
const CELLS = 3

/** Features that vary alone: the covariance of directions and features is the directions themselves. */
function tierOf(seed: number, changes: Partial<FeatureSpace> = {}) {
  const tier = madeUpTier(createRandom(seed), { cells: CELLS, rank: RANK, features: D })
  return { ...tier, space: { ...tier.space, directions: orthonormal(seed), loadings: orthonormal(seed), ...changes } }
}

/** Rows of length 1 at right angles: Gram–Schmidt. */
function orthonormal(seed: number): Float32Array {
  const random = createRandom(seed)
  const rows: number[][] = []
  while (rows.length < RANK) {
    const row = Array.from({ length: D }, () => random.normal())
    for (const other of rows) {
      const dot = row.reduce((sum, value, at) => sum + value * other[at]!, 0)
      for (let at = 0; at < D; at++) row[at]! -= dot * other[at]!
    }
    const length = Math.sqrt(row.reduce((sum, value) => sum + value ** 2, 0))
    rows.push(row.map((value) => value / length))
  }
  return Float32Array.from(rows.flat())
}

/** What an adapter says of a raw unit of each feature, in the cell that always speaks. */
function weightsByName({ directions, features, deviation }: FeatureSpace, values: Float32Array): Map<string, number> {
  const query = Float32Array.from({ length: CELLS }, (_, cell) => (cell === 0 ? 1 : 0))
  const pull = forQuery(values, query, RANK)
  return new Map(
    features.map((feature, f) => {
      const weight = pull.reduce((sum, value, j) => sum + value * directions[j * D + f]!, 0)
      return [feature, weight / deviation[f]!]
    }),
  )
}

function expectSame(moved: Map<string, number>, before: Map<string, number>): void {
  for (const [feature, weight] of before) expect(moved.get(feature)).toBeCloseTo(weight, 5)
}

describe('an adapter that moves to another feature space', () => {
  it('says the same where only the directions are others', () => {
    const from = tierOf(1)
    const adapter = madeUpAdapter(createRandom(2), from)
    // The same plane, turned in itself by thirty degrees between the first two directions.
    const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)]
    const turned = from.space.directions.slice()
    for (let f = 0; f < D; f++) {
      const [a, b] = [from.space.directions[f]!, from.space.directions[D + f]!]
      turned[f] = c * a - s * b
      turned[D + f] = s * a + c * b
    }
    const to: FeatureSpace = { ...from.space, id: 'turned', directions: turned, loadings: turned }
    const moved = moveAdapter(adapter, from.space, to)
    expect(moved.space).toBe('turned')
    expect(moved.values).not.toEqual(adapter.values)
    expectSame(weightsByName(to, moved.values), weightsByName(from.space, adapter.values))
    // What is known is known of the same plane.
    const known = (precisions: Float32Array) => precisions.reduce((sum, value) => sum + value, 0)
    expect(known(moved.precisions)).toBeCloseTo(known(adapter.precisions), 0)
    expect(moved).toMatchObject({ gate: adapter.gate, lessons: adapter.lessons, learnedTo: adapter.learnedTo })
  })

  it('goes by the names of features and cells, whatever their order', () => {
    const from = tierOf(3)
    const adapter = madeUpAdapter(createRandom(4), from)
    const order = Array.from({ length: D }, (_, f) => (f * 5) % D)
    const shuffled = Float32Array.from(
      { length: RANK * D },
      (_, at) => from.space.directions[Math.floor(at / D) * D + order[at % D]!]!,
    )
    const to: FeatureSpace = {
      ...from.space,
      features: order.map((f) => from.space.features[f]!),
      cells: [from.space.cells[0]!, from.space.cells[2]!, 'device:never-seen'],
      directions: shuffled,
      loadings: shuffled,
    }
    const moved = moveAdapter(adapter, from.space, to)
    expectSame(weightsByName(to, moved.values), weightsByName(from.space, adapter.values))
    for (let j = 0; j < RANK; j++) {
      expect(moved.values[RANK + j]).toBeCloseTo(adapter.values[2 * RANK + j]!, 5)
      expect(moved.values[2 * RANK + j]).toBe(0)
    }
  })

  it('minds that a deviation is another one', () => {
    const from = tierOf(5)
    const adapter = madeUpAdapter(createRandom(6), from)
    const to: FeatureSpace = { ...from.space, deviation: new Float32Array(D).fill(2) }
    // Every feature now counts in units of twice the size: as much a raw unit is half as much a deviation.
    const moved = moveAdapter(adapter, from.space, to)
    expectSame(weightsByName(to, moved.values), weightsByName(from.space, adapter.values))
  })

  it('loses what the new space lacks, and nothing else', () => {
    const from = tierOf(7)
    const adapter = madeUpAdapter(createRandom(8), from)
    const to: FeatureSpace = { ...from.space, features: from.space.features.map((name, f) => (f === 0 ? 'another' : name)) }
    const moved = moveAdapter(adapter, from.space, to)
    const alien: FeatureSpace = { ...from.space, features: from.space.features.map((name) => `other ${name}`) }
    expect(moveAdapter(adapter, from.space, alien).values.every((value) => value === 0)).toBe(true)
    expect(moved.values.some((value) => value !== 0)).toBe(true)
  })
})
