import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { boost } from '../../src/math/boosting.js'
import { binFeatures } from '../../src/math/feature-bins.js'
import { forestScores, forestTerms, isForest } from '../../src/math/forest.js'
import { createKernels } from '../../src/math/kernels.js'
import { lambdaMart, softmax } from '../../src/math/list-objectives.js'
import { createArena } from '../../src/math/memory.js'
import type { RankingTable } from '../../src/math/ranking-table.js'
import { growTree } from '../../src/math/tree-growing.js'

const options = { trees: 30, leaves: 8, learningRate: 0.2, featureShare: 1, bins: 32, l2: 1, leastHessian: 1e-3 }

function runWith(seed: number) {
  const random = createRandom(seed)
  return { below: (bound: number) => random.below(bound), checkpoint: () => {} }
}

/** Lists of ten; the right row is the one whose first feature is nearest to 0.3. The second is noise, the third mostly unknown. */
function lists(count: number, seed = 1): RankingTable {
  const random = createRandom(seed)
  const values = Float32Array.from({ length: count * 30 }, (_, at) =>
    at % 3 === 2 && random.next() < 0.8 ? Number.NaN : random.next(),
  )
  const relevance = new Float32Array(count * 10)
  for (let list = 0; list < count; list++) {
    const rows = Array.from({ length: 10 }, (_, k) => list * 10 + k)
    const distance = (row: number): number => Math.abs(values[row * 3]! - 0.3)
    relevance[rows.reduce((a, b) => (distance(b) < distance(a) ? b : a))] = 1
  }
  const start = Uint32Array.from({ length: count + 1 }, (_, list) => list * 10)
  return { width: 3, values, start, relevance, weight: new Float32Array(count * 10).fill(1) }
}

function hits({ start, relevance }: RankingTable, scores: Float32Array): number {
  let found = 0
  for (let list = 0; list + 1 < start.length; list++) {
    const own = scores.subarray(start[list], start[list + 1])
    found += relevance[start[list]! + own.indexOf(Math.max(...own))]!
  }
  return found / (start.length - 1)
}

function scoresOf(table: RankingTable, taught: RankingTable, objective = softmax): Float32Array {
  const { forest } = boost(taught, objective, options, runWith(1))
  const scores = new Float32Array(table.relevance.length)
  forestScores(forest, table.values, table.width, scores)
  return scores
}

describe('bins of features', () => {
  it('put unknown values apart and keep the order of the others', () => {
    const { bins, edges } = binFeatures(Float32Array.of(5, Number.NaN, 1, 3, 2, 4), 1, 3)
    expect([...edges[0]!]).toEqual([1, 3])
    expect([...bins]).toEqual([3, 0, 1, 2, 2, 3])
  })

  it('are one for a feature that never changes', () => {
    const { bins, edges } = binFeatures(Float32Array.of(7, 7, 7), 1, 16)
    expect(edges[0]).toHaveLength(0)
    expect([...bins]).toEqual([1, 1, 1])
  })
})

describe('one tree', () => {
  const data = binFeatures(Float32Array.of(1, 2, 3, 4), 1, 8)
  const gradient = Float64Array.of(-1, -1, 1, 1)
  const hessian = Float64Array.of(1, 1, 1, 1)

  it('splits where the loss falls most, as computed by hand', () => {
    const { nodes } = growTree(data, gradient, hessian, Uint32Array.of(0), { leaves: 2, l2: 0, leastHessian: 0 })
    // G = −2 | 2, H = 2 | 2: gain = ½ (4/2 + 4/2 − 0) = 2; leaves 1 and −1.
    expect(nodes[0]).toMatchObject({ feature: 0, gain: 2 })
    expect(data.edges[0]![nodes[0]!.bin - 1]).toBe(2)
    expect(nodes.slice(1).map(({ value }) => value)).toEqual([1, -1])
  })

  it('says less in its leaves the more the ridge holds them back', () => {
    const { nodes } = growTree(data, gradient, hessian, Uint32Array.of(0), { leaves: 2, l2: 2, leastHessian: 0 })
    expect(nodes.slice(1).map(({ value }) => value)).toEqual([0.5, -0.5])
  })

  it('does not split into leaves with too little curvature', () => {
    const { nodes } = growTree(data, gradient, hessian, Uint32Array.of(0), { leaves: 8, l2: 0, leastHessian: 2.5 })
    expect(nodes).toHaveLength(1)
  })

  it('finds the best first split of random data that trying every split finds', () => {
    const random = createRandom(3)
    const values = Float32Array.from({ length: 400 }, () => random.next())
    const slopes = Float64Array.from({ length: 100 }, () => random.normal())
    const ones = new Float64Array(100).fill(1)
    const binned = binFeatures(values, 4, 255)
    const { nodes } = growTree(binned, slopes, ones, Uint32Array.of(0, 1, 2, 3), { leaves: 2, l2: 1, leastHessian: 0 })
    const half = (sum: number, count: number): number => (0.5 * sum ** 2) / (count + 1)
    let best = 0
    for (let f = 0; f < 4; f++) {
      for (let row = 0; row < 100; row++) {
        const isLeft = (other: number): boolean => values[other * 4 + f]! <= values[row * 4 + f]!
        const left = slopes.filter((_, other) => isLeft(other))
        const right = slopes.filter((_, other) => !isLeft(other))
        const sum = (some: Float64Array): number => some.reduce((a, b) => a + b, 0)
        best = Math.max(best, half(sum(left), left.length) + half(sum(right), right.length) - half(sum(slopes), 100))
      }
    }
    expect(nodes[0]!.gain).toBeCloseTo(best, 8)
  })
})

describe('boosting', () => {
  it.each([
    ['softmax', softmax],
    ['LambdaMART', lambdaMart(10)],
  ])('by %s ranks lists it has not seen, where no straight line could', (_, objective) => {
    expect(hits(lists(200, 2), scoresOf(lists(200, 2), lists(400), objective))).toBeGreaterThan(0.7)
  })

  it('finds the feature that matters', () => {
    const { gain } = boost(lists(300), softmax, options, runWith(1))
    expect(gain[0]! / gain.reduce((a, b) => a + b, 0)).toBeGreaterThan(0.8)
  })

  it('gives the same forest for the same chance', () => {
    const shared = { ...options, featureShare: 0.4 }
    const forests = [1, 1, 2].map((seed) => boost(lists(100), softmax, shared, runWith(seed)).forest)
    expect(forests[1]).toEqual(forests[0])
    expect(forests[2]).not.toEqual(forests[0])
  })

  it('learns from some wrong rows that stand for all of them what it learns from all', () => {
    const all = lists(400)
    const kept = [...all.relevance.keys()].filter((row) => all.relevance[row] === 1 || row % 10 < 5)
    const some: RankingTable = {
      width: 3,
      values: Float32Array.from(kept.flatMap((row) => [...all.values.subarray(row * 3, row * 3 + 3)])),
      start: Uint32Array.from({ length: 401 }, (_, list) => kept.filter((row) => row < list * 10).length),
      relevance: Float32Array.from(kept, (row) => all.relevance[row]!),
      weight: Float32Array.from(kept, (row) => (all.relevance[row] === 1 ? 1 : 9 / 5)),
    }
    const fresh = lists(200, 2)
    expect(hits(fresh, scoresOf(fresh, some))).toBeGreaterThan(0.65)
  })

  it('stops when its checkpoint throws', () => {
    const stop = () => {
      throw new Error('enough')
    }
    expect(() => boost(lists(10), softmax, options, { below: () => 0, checkpoint: stop })).toThrow('enough')
  })
})

describe('a forest', () => {
  const { forest } = boost(lists(200), softmax, options, runWith(1))

  it('explains a score in terms that sum to it, less what is expected of everybody', () => {
    const { values } = lists(3, 5)
    const scores = new Float32Array(30)
    forestScores(forest, values, 3, scores)
    const expected = forest.roots.reduce((sum, root) => sum + forest.expected[root]!, 0)
    for (let row = 0; row < 30; row++) {
      const terms = new Float32Array(3)
      forestTerms(forest, values.subarray(row * 3, row * 3 + 3), terms)
      expect(terms.reduce((a, b) => a + b, expected)).toBeCloseTo(scores[row]!, 4)
    }
  })

  it('scores to the same bits in WebAssembly, whatever the number of rows, NaN too', () => {
    const arena = createArena(2 ** 22)
    const kernels = createKernels(arena)
    const inArena = { ...forest, roots: arena.u32(forest.roots.length), feature: arena.i32(forest.feature.length) }
    const held = { ...inArena, value: arena.f32(forest.value.length), left: arena.u32(forest.left.length) }
    held.roots.set(forest.roots)
    held.feature.set(forest.feature)
    held.value.set(forest.value)
    held.left.set(forest.left)
    for (const rows of [0, 1, 3, 4, 5, 30]) {
      const values = arena.f32(rows * 3)
      values.set(lists(3, 7).values.subarray(0, rows * 3))
      for (let at = 0; at < values.length; at += 5) values[at] = Number.NaN
      const scores = arena.f32(rows)
      const plain = new Float32Array(rows)
      kernels.forestScores(held, values, 3, scores)
      forestScores(forest, values, 3, plain)
      expect([...scores]).toEqual([...plain])
    }
  })

  it('is refused when a path could return or a feature does not exist', () => {
    expect(isForest(forest, 3)).toBe(true)
    expect(isForest(forest, 1)).toBe(forest.feature.every((f) => f < 1))
    const inner = forest.feature.findIndex((f) => f >= 0)
    const left = forest.left.slice()
    left[inner] = inner
    expect(isForest({ ...forest, left }, 3)).toBe(false)
    expect(isForest({ ...forest, value: forest.value.slice(1) }, 3)).toBe(false)
  })
})
