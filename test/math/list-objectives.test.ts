import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { fitLinear, linearScores } from '../../src/math/linear-ranking.js'
import { lambdaMart, softmax } from '../../src/math/list-objectives.js'
import type { RankingTable } from '../../src/math/ranking-table.js'

function tableOf(relevance: readonly number[][], weight = relevance.map((list) => list.map(() => 1))): RankingTable {
  const rows = relevance.flat()
  const start = [0]
  for (const list of relevance) start.push(start.at(-1)! + list.length)
  return {
    width: 0,
    values: new Float32Array(0),
    start: Uint32Array.from(start),
    relevance: Float32Array.from(rows),
    weight: Float32Array.from(weight.flat()),
  }
}

function slopesOf(objective: typeof softmax, table: RankingTable, scores: readonly number[]) {
  const gradient = new Float64Array(scores.length)
  const hessian = new Float64Array(scores.length)
  objective(table, Float64Array.from(scores), gradient, hessian)
  return { gradient: [...gradient], hessian: [...hessian] }
}

describe('softmax', () => {
  it('is chance less wish, as computed by hand', () => {
    const { gradient, hessian } = slopesOf(softmax, tableOf([[1, 0]]), [Math.log(3), 0])
    expect(gradient[0]).toBeCloseTo(-0.25)
    expect(gradient[1]).toBeCloseTo(0.25)
    expect(hessian[0]).toBeCloseTo(0.1875)
  })

  it('has the slope of its loss', () => {
    const table = tableOf(
      [
        [0, 1, 0, 1],
        [1, 0],
      ],
      [
        [1, 1, 3, 1],
        [1, 2.5],
      ],
    )
    const scores = [0.3, -1, 0.7, 0.1, -0.2, 0.4]
    const loss = (at: readonly number[]): number => {
      let sum = 0
      for (const [from, to] of [
        [0, 4],
        [4, 6],
      ] as const) {
        const total = at.slice(from, to).reduce((all, score, k) => all + table.weight[from + k]! * Math.exp(score), 0)
        const wished = table.relevance.subarray(from, to).reduce((a, b) => a + b, 0)
        for (let k = from; k < to; k++) {
          if (table.relevance[k]! > 0)
            sum -= (table.relevance[k]! / wished) * Math.log((table.weight[k]! * Math.exp(at[k]!)) / total)
        }
      }
      return sum
    }
    const { gradient } = slopesOf(softmax, table, scores)
    for (let k = 0; k < scores.length; k++) {
      const moved = (by: number): number => loss(scores.map((score, at) => (at === k ? score + by : score)))
      expect(gradient[k]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 6)
    }
  })

  it('learns nothing from a list without a right row', () => {
    expect(slopesOf(softmax, tableOf([[0, 0]]), [1, 2])).toEqual({ gradient: [0, 0], hessian: [0, 0] })
  })
})

describe('LambdaMART', () => {
  it('pulls a pair apart by what exchanging it is worth, as computed by hand', () => {
    // Ranks: wrong 0, right 1. ΔNDCG = 1 − 1/log₂3; doubt = 1/(1 + e^(s_right − s_wrong)) = 1/(1 + e^−1).
    const { gradient, hessian } = slopesOf(lambdaMart(10), tableOf([[0, 1]]), [1, 0])
    const change = 1 - 1 / Math.log2(3)
    const doubt = 1 / (1 + Math.exp(-1))
    const sum = 2 * change * doubt
    const scale = Math.log2(1 + sum) / sum
    expect(gradient[1]).toBeCloseTo(-scale * change * doubt)
    expect(gradient[0]).toBeCloseTo(scale * change * doubt)
    expect(hessian[1]).toBeCloseTo(scale * change * doubt * (1 - doubt))
  })

  it('takes a row that stands for three for three rows', () => {
    const alone = slopesOf(lambdaMart(10), tableOf([[0, 0, 0, 1]]), [1, 1, 1, 0])
    const together = slopesOf(lambdaMart(10), tableOf([[0, 1]], [[3, 1]]), [1, 0])
    // The three stand on ranks 0 to 2, the one for them on rank 0: pulled a little harder than they are on average.
    const each = alone.gradient[0]! + alone.gradient[1]! + alone.gradient[2]!
    expect(together.gradient[0]!).toBeGreaterThan(0.8 * each)
    expect(together.gradient[0]!).toBeLessThan(2 * each)
    expect(together.gradient[1]!).toBeCloseTo(-together.gradient[0]!, 10)
  })

  it('leaves out pairs that stand below the truncation, and lists of one mind', () => {
    expect(slopesOf(lambdaMart(1), tableOf([[0, 1, 0]]), [3, 2, 1]).gradient[2]).toBe(0)
    expect(
      slopesOf(
        lambdaMart(10),
        tableOf([
          [1, 1],
          [0, 0],
        ]),
        [1, 2, 3, 4],
      ).gradient,
    ).toEqual([0, 0, 0, 0])
  })
})

describe('the linear ranker', () => {
  const random = createRandom(1)
  const rows = 300 * 8
  const values = Float32Array.from({ length: rows * 3 }, (_, at) => (at % 3 === 2 ? 5 : 100 * random.normal()))
  const relevance = new Float32Array(rows)
  for (let list = 0; list < 300; list++) {
    const score = (k: number): number => values[(list * 8 + k) * 3]! - 0.5 * values[(list * 8 + k) * 3 + 1]!
    relevance[list * 8 + [0, 1, 2, 3, 4, 5, 6, 7].reduce((a, b) => (score(b) > score(a) ? b : a))] = 1
  }
  const table: RankingTable = {
    width: 3,
    values,
    start: Uint32Array.from({ length: 301 }, (_, list) => list * 8),
    relevance,
    weight: new Float32Array(rows).fill(1),
  }
  const fitted = (seed: number) => {
    const chance = createRandom(seed)
    return fitLinear(
      table,
      { epochs: 20, batch: 32, learningRate: 0.05, l2: 1e-4 },
      { below: (n) => chance.below(n), checkpoint: () => {} },
    )
  }

  it('finds the weights behind the lists, up to their size, and ignores what never changes', () => {
    const { weight } = fitted(1)
    expect(weight[1]! / weight[0]!).toBeCloseTo(-0.5, 1)
    expect(weight[2]).toBe(0)
  })

  it('takes what cannot tell for average, and lets no outlier decide alone', () => {
    const linear = fitted(1)
    const scores = new Float32Array(3)
    linearScores(
      linear,
      Float32Array.of(Number.NaN, Number.NaN, 5, linear.mean[0]!, linear.mean[1]!, 5, 1e9, Number.NaN, 5),
      scores,
    )
    expect(scores[0]).toBeCloseTo(scores[1]!, 5)
    expect(scores[2]).toBeCloseTo(6 * linear.weight[0]!, 4)
  })

  it('gives the same weights for the same chance', () => {
    expect(fitted(4)).toEqual(fitted(4))
  })
})
