import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { headOf, popularityOf } from '../../src/evaluation/item-popularity.js'
import { countExposures } from '../../src/evaluation/metrics/exposures.js'
import {
  coverage,
  diversity,
  genreVectors,
  gini,
  hitRate,
  judge,
  map,
  miscalibration,
  mrr,
  ndcg,
  novelty,
  precision,
  rankingMetrics,
  recall,
  tailShare,
  unitVectors,
} from '../../src/evaluation/metrics/index.js'
import { has } from '../../src/math/bitmap.js'
import { datasetOf } from './datasets.js'

const log2 = Math.log2

describe('ranking metrics by hand', () => {
  // Targets 7, 8, 9; the list has 7 at rank 2 and 9 at rank 4.
  const judged = judge([1, 7, 2, 9, 3], [7, 8, 9])

  it('ndcg', () => {
    const gain = 1 / log2(3) + 1 / log2(5)
    expect(ndcg.of(judged, 5)).toBeCloseTo(gain / (1 + 1 / log2(3) + 1 / 2), 12)
    expect(ndcg.of(judged, 2)).toBeCloseTo(1 / log2(3) / (1 + 1 / log2(3)), 12) // only two targets fit
    expect(ndcg.of(judge([7], [7]), 10)).toBe(1)
  })

  it('recall over all targets', () => {
    expect([1, 2, 4, 10].map((k) => recall.of(judged, k))).toEqual([0, 1 / 3, 2 / 3, 2 / 3])
  })

  it('precision over k places, a short list not excused', () => {
    expect([1, 2, 5, 10].map((k) => precision.of(judged, k))).toEqual([0, 1 / 2, 2 / 5, 2 / 10])
  })

  it('hit rate', () => {
    expect([1, 2, 5].map((k) => hitRate.of(judged, k))).toEqual([0, 1, 1])
  })

  it('reciprocal rank of the first hit', () => {
    expect([1, 2, 5].map((k) => mrr.of(judged, k))).toEqual([0, 1 / 2, 1 / 2])
  })

  it('average precision over the targets that fit', () => {
    expect(map.of(judged, 5)).toBeCloseTo((1 / 2 + 2 / 4) / 3, 12)
    expect(map.of(judged, 2)).toBeCloseTo(1 / 2 / 2, 12)
  })

  it('an empty list scores 0', () => {
    for (const metric of rankingMetrics) expect(metric.of(judge([], [1]), 10)).toBe(0)
  })
})

interface Case {
  readonly ranked: number[]
  readonly scores?: number[]
  readonly targets: number[]
  readonly expected: Readonly<Record<string, number>>
}

describe('agreement with independent implementations (test/reference/ranking-metrics.py)', () => {
  const reference = JSON.parse(readFileSync(new URL('../reference/ranking-metrics.json', import.meta.url), 'utf8')) as {
    readonly plain: Case[]
    readonly tied: Case[]
  }
  const expectAgreement = ({ ranked, scores, targets, expected }: Case): void => {
    const judged = judge(ranked, targets, scores)
    for (const [name, value] of Object.entries(expected)) {
      const [metric, k] = name.split('@')
      expect(rankingMetrics.find((each) => each.name === metric)?.of(judged, Number(k)), name).toBeCloseTo(value, 9)
    }
  }

  it('equals ranx on all six metrics', () => {
    expect(reference.plain.length).toBe(40)
    reference.plain.forEach(expectAgreement)
  })

  it('equals scikit-learn on NDCG with ties', () => {
    expect(reference.tied.length).toBe(20)
    reference.tied.forEach(expectAgreement)
  })
})

describe('ties', () => {
  /** All orders of a list that keep its scores non-increasing. */
  function orders(groups: readonly (readonly number[])[]): number[][] {
    if (groups.length === 0) return [[]]
    const rest = orders(groups.slice(1))
    return permutations(groups[0]).flatMap((first) => rest.map((tail) => [...first, ...tail]))
  }
  function permutations(items: readonly number[]): number[][] {
    if (items.length <= 1) return [[...items]]
    return items.flatMap((item, at) => permutations(items.filter((_, i) => i !== at)).map((rest) => [item, ...rest]))
  }

  it('give every metric its mean over all orders of the tied titles', () => {
    const groups = [[1], [2, 3, 4], [5, 6], [7, 8, 9, 10]]
    const scores = groups.flatMap((group, at) => group.map(() => -at))
    for (const targets of [[3], [1, 3], [2, 4, 8], [3, 5, 6, 9, 99], [7, 8], [2, 3, 4]]) {
      for (const k of [1, 2, 3, 5, 8, 10, 20]) {
        for (const metric of rankingMetrics) {
          const all = orders(groups).map((order) => metric.of(judge(order, targets), k))
          const mean = all.reduce((sum, value) => sum + value, 0) / all.length
          expect(metric.of(judge(groups.flat(), targets, scores), k), `${metric.name}@${k} of ${targets}`).toBeCloseTo(mean, 10)
        }
      }
    }
  })
})

describe('every ranking metric', () => {
  const lists = fc.record({
    ranked: fc.uniqueArray(fc.nat(30), { maxLength: 20 }),
    targets: fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 20 }),
    k: fc.integer({ min: 1, max: 25 }),
  })

  it('stays between 0 and 1, and is 0 exactly without a hit', () => {
    fc.assert(
      fc.property(lists, ({ ranked, targets, k }) => {
        const hit = ranked.slice(0, k).some((item) => targets.includes(item))
        for (const metric of rankingMetrics) {
          const value = metric.of(judge(ranked, targets), k)
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).toBeLessThanOrEqual(1 + 1e-12)
          expect(value > 0).toBe(hit)
        }
      }),
    )
  })

  it('does not fall when a target trades places with the miss above it', () => {
    fc.assert(
      fc.property(lists, ({ ranked, targets, k }) => {
        for (let place = 1; place < ranked.length; place++) {
          const isSwap = targets.includes(ranked[place]) && !targets.includes(ranked[place - 1])
          if (!isSwap) continue
          const better = [...ranked]
          better[place - 1] = ranked[place]
          better[place] = ranked[place - 1]
          for (const metric of rankingMetrics) {
            expect(metric.of(judge(better, targets), k)).toBeGreaterThanOrEqual(metric.of(judge(ranked, targets), k) - 1e-12)
          }
        }
      }),
    )
  })

  it('reads only the first k titles', () => {
    fc.assert(
      fc.property(lists, ({ ranked, targets, k }) => {
        for (const metric of rankingMetrics) {
          expect(metric.of(judge(ranked, targets), k)).toBe(metric.of(judge(ranked.slice(0, k), targets), k))
        }
      }),
    )
  })

  it('has a card', () => {
    for (const { name, formula, source, range, better } of rankingMetrics) {
      for (const text of [name, formula, source, range, better]) expect(text.length).toBeGreaterThan(2)
    }
  })
})

describe('list metrics by hand', () => {
  // Item 0 seen by 4 users, item 1 by 2 (one of them twice), item 2 by 1, item 3 by nobody; a fifth user has nothing.
  const train = datasetOf(
    [
      [
        [0, 1],
        [1, 2],
        [1, 3],
      ],
      [
        [0, 1],
        [1, 2],
      ],
      [
        [0, 1],
        [2, 2],
      ],
      [[0, 1]],
      [],
    ],
    4,
  )
  const popularity = popularityOf(train)

  it('popularity counts entries and different users', () => {
    expect([...popularity.entries]).toEqual([4, 3, 1, 0])
    expect([...popularity.users]).toEqual([4, 2, 1, 0])
    expect(popularity.userCount).toBe(4)
  })

  it('the head is the fewest titles with the stated share of entries', () => {
    const members = (share: number) => [0, 1, 2, 3].filter((item) => has(headOf(popularity, share), item))
    expect(members(0.5)).toEqual([0])
    expect(members(0.8)).toEqual([0, 1])
    expect(members(1)).toEqual([0, 1, 2])
  })

  it('novelty is the mean self-information in bits', () => {
    expect(novelty([0], 10, popularity)).toBeCloseTo(0, 12)
    expect(novelty([0, 1, 2], 10, popularity)).toBeCloseTo((0 + 1 + 2) / 3, 12)
    expect(novelty([0, 1, 2], 2, popularity)).toBeCloseTo(1 / 2, 12)
    expect(novelty([3], 1, popularity)).toBe(2) // as if one user had seen it
    expect(novelty([], 1, popularity)).toBeNaN()
  })

  it('tail share counts titles outside the head', () => {
    expect(tailShare([0, 1, 2, 3], 4, headOf(popularity))).toBe(1 / 2)
    expect(tailShare([0, 1, 2, 3], 2, headOf(popularity))).toBe(0)
  })

  it('coverage and gini are those of the exposure counts', () => {
    const exposures = new Uint32Array(4)
    countExposures(exposures, [0, 1, 3], 2)
    countExposures(exposures, [0, 2], 2)
    expect([...exposures]).toEqual([2, 1, 1, 0])
    expect(coverage(exposures)).toBe(3 / 4)
    // mean absolute difference over twice the mean: Σ|ci − cj| = 2·(1+1+2+0+1+1) = 12; 12 / (2 · 16 · 1)
    expect(gini(exposures)).toBeCloseTo(12 / 32, 12)
    expect(gini(Uint32Array.of(5, 5, 5))).toBe(0)
    expect(gini(Uint32Array.of(0, 0, 0, 9))).toBeCloseTo(3 / 4, 12)
    expect(gini(new Uint32Array(3))).toBeNaN()
  })

  // Items: 0 drama, 1 drama + comedy, 2 comedy, 3 nothing known.
  const genres = { start: Uint32Array.of(0, 1, 3, 4, 4), codes: Uint32Array.of(0, 0, 1, 1), names: ['drama', 'comedy'] }

  it('diversity is the mean of 1 − cosine over pairs that have vectors', () => {
    const vectors = genreVectors(genres)
    expect(diversity([0, 2], 10, vectors)).toBeCloseTo(1, 6)
    expect(diversity([0, 1], 10, vectors)).toBeCloseTo(1 - Math.SQRT1_2, 6)
    expect(diversity([0, 1, 2], 10, vectors)).toBeCloseTo((2 * (1 - Math.SQRT1_2) + 1) / 3, 6)
    expect(diversity([0, 1, 2], 2, vectors)).toBeCloseTo(1 - Math.SQRT1_2, 6)
    expect(diversity([0, 3, 2], 10, vectors)).toBeCloseTo(1, 6)
    expect(diversity([0, 3], 10, vectors)).toBeNaN()
    expect(diversity([0, 1], 10, unitVectors(Float32Array.of(1, 2, -10, -20), 2))).toBeCloseTo(2, 6)
    expect(diversity([0, 1], 10, unitVectors(Float32Array.of(Number.NaN, 2, 1, 1), 2))).toBeNaN()
  })

  it('miscalibration is the smoothed divergence of genre shares', () => {
    expect(miscalibration([0, 2], [1, 1], 10, genres)).toBeCloseTo(0, 12)
    expect(miscalibration([0], [2], 10, genres)).toBeCloseTo(-Math.log(0.01), 12)
    // history 3/4 drama, 1/4 comedy; the list is all drama
    const expected = 0.75 * Math.log(0.75 / (0.99 + 0.0075)) + 0.25 * Math.log(0.25 / 0.0025)
    expect(miscalibration([0, 1], [0], 10, genres)).toBeCloseTo(expected, 12)
    expect(miscalibration([3], [0], 10, genres)).toBeNaN()
    expect(miscalibration([0], [3], 10, genres)).toBeNaN()
  })
})
