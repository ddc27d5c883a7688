import { beforeAll, describe, expect, it } from 'vitest'
import { itemNo } from '../../src/domain/ids.js'
import { rank } from '../../src/engine/rank.js'
import type { LearnedRanker } from '../../src/jobs/learn-ranker.js'
import { createPlan } from '../../src/pipeline/plan.js'
import { itemWith } from '../catalogue-of.js'
import { questionOf, smallGeneration } from '../small-world.js'
import { models, quick, spec, taught } from './taught.js'

const plan = createPlan(spec)

let trees: LearnedRanker
let linear: LearnedRanker

beforeAll(async () => {
  trees = await taught({ kind: 'trees', ...quick })
  linear = await taught({ kind: 'linear' })
}, 60_000)

describe('a learned ranker', () => {
  it.each(['trees', 'linear'] as const)('of kind %s ranks what it did not learn from better than wrong weights', (kind) => {
    const { report } = kind === 'trees' ? trees : linear
    expect(report.kind).toBe(kind)
    expect(report.heldOut[kind]!).toBeGreaterThan(1.3 * report.heldOut.weights!)
  })

  it('chooses its kind by what it did not learn from', async () => {
    const { report } = await taught({ kind: 'auto', ...quick })
    const others = Object.values(report.heldOut)
    expect(report.heldOut[report.kind]).toBe(Math.max(...others))
    expect(others).toHaveLength(3)
  })

  it('gives the same bytes on any number of threads', async () => {
    const again = await taught({ kind: 'trees', ...quick }, 3)
    expect(Buffer.from(again.bytes).equals(Buffer.from(trees.bytes))).toBe(true)
    expect(again.report).toEqual(trees.report)
  })

  it('leaves the ranking to the weights, and says why, when there is too little to learn from', async () => {
    const { report, bytes } = await taught({ questions: 50 })
    expect(report).toMatchObject({ kind: 'weights', because: expect.stringContaining('200 are needed') })
    const answer = rank(questionOf([1, 3, 5]), plan, smallGeneration(models, [{ name: 'ranker', bytes }]))
    expect(answer.degraded).toEqual([])
    expect(answer).toEqual({ ...rank(questionOf([1, 3, 5]), plan, smallGeneration(models)), degraded: [] })
  })

  it('answers in an order of its own, each item once, with what each source did to it', () => {
    for (const { bytes } of [trees, linear]) {
      const generation = smallGeneration(models, [{ name: 'ranker', bytes }])
      const answer = rank(questionOf([1, 3, 5]), plan, generation)
      expect(answer.degraded).toEqual([])
      expect(answer.items).toHaveLength(10)
      expect(new Set(answer.items.map(({ itemNo }) => itemNo)).size).toBe(10)
      const scores = answer.items.map(({ score }) => score)
      expect(scores).toEqual([...scores].sort((a, b) => b - a))
      expect(scores.every(Number.isFinite)).toBe(true)
      expect(answer.items[0]!.parts.map(({ source }) => source)).toEqual(['collaborative', 'next', 'popular'])
      expect(answer.items.flatMap(({ reasons }) => reasons).length).toBeGreaterThan(0)
    }
  })

  it('puts titles that no source knows after all others, the newest first', () => {
    const generation = smallGeneration(models, [{ name: 'ranker', bytes: trees.bytes }])
    generation.patch(
      [60, 61].map((no) => ({ itemNo: itemNo(no), item: itemWith({ itemId: `new-${no}`, releasedAt: Date.UTC(2001, 0, no) }) })),
    )
    const answer = rank(questionOf([1, 3, 5], { count: 59 }), plan, generation)
    expect(answer.items.slice(-2).map(({ itemNo }) => itemNo)).toEqual([61, 60])
    expect(answer.items.at(-1)!.reasons).toEqual([{ kind: 'new' }])
  })

  it('fills lists longer than what it looks at closely', () => {
    const generation = smallGeneration(models, [{ name: 'ranker', bytes: trees.bytes }])
    expect(rank(questionOf([1, 3, 5], { count: 57 }), plan, generation).items).toHaveLength(57)
  })

  it('answers somebody without a history, and somebody who has seen nearly everything', () => {
    const generation = smallGeneration(models, [{ name: 'ranker', bytes: trees.bytes }])
    expect(rank(questionOf([]), plan, generation).items).toHaveLength(10)
    const seen = Array.from({ length: 58 }, (_, film) => film)
    expect(
      rank(questionOf(seen), plan, generation)
        .items.map(({ itemNo }) => itemNo)
        .sort(),
    ).toEqual([58, 59])
  })
})

describe('when it cannot rank', () => {
  it('the weights do, and the answer says that none was learned', () => {
    const answer = rank(questionOf([1, 3, 5]), plan, smallGeneration(models))
    expect(answer.degraded).toEqual(['ranker:learned:no-model'])
    const byWeights = createPlan({ ...spec, ranker: 'weighted' })
    expect(answer.items).toEqual(rank(questionOf([1, 3, 5]), byWeights, smallGeneration(models)).items)
  })

  it('or that it was taught by other sources than the plan has', () => {
    const other = createPlan({ ...spec, sources: [...spec.sources, { name: 'more', source: 'signal', model: 'ease' }] })
    const generation = smallGeneration(models, [{ name: 'ranker', bytes: trees.bytes }])
    expect(rank(questionOf([1, 3, 5]), other, generation).degraded).toEqual(['ranker:learned:other-sources'])
  })

  it('or that it failed', () => {
    const failing = {
      ...plan,
      ranker: {
        name: 'learned',
        rank: () => {
          throw new Error('out of order')
        },
      },
    }
    const answer = rank(questionOf([1, 3, 5]), failing, smallGeneration(models))
    expect(answer.degraded).toEqual(['ranker:learned:failed'])
    expect(answer.failures[0]!.message).toContain('out of order')
    expect(answer.items).toHaveLength(10)
  })

  it('goes on when one of its sources has no model', () => {
    const generation = smallGeneration(['ease', 'popularity'], [{ name: 'ranker', bytes: trees.bytes }])
    const answer = rank(questionOf([1, 3, 5]), plan, generation)
    expect(answer.degraded).toEqual(['source:next:no-model'])
    expect(answer.items).toHaveLength(10)
  })
})
