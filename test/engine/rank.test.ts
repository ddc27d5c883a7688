import { describe, expect, it } from 'vitest'
import { itemNo } from '../../src/domain/ids.js'
import { rank } from '../../src/engine/rank.js'
import { singleModelPlan } from '../../src/pipeline/default-plan.js'
import { createPlan, type Plan, type PlanSpec } from '../../src/pipeline/plan.js'
import { itemWith } from '../catalogue-of.js'
import { ITEMS, questionOf, smallGeneration } from '../small-world.js'

const spec: PlanSpec = {
  name: 'three-sources',
  sources: [
    { name: 'collaborative', source: 'collaborative', model: 'ease', recency: { halfLifePositions: 5 } },
    { name: 'sequential', source: 'sequential', model: 'transitions' },
    { name: 'popular', source: 'popular', model: 'popularity' },
  ],
  ranker: 'weighted',
  weights: { collaborative: 1, sequential: 1, popular: 0.1 },
  rules: [{ name: 'eligible' }],
  candidatesPerSource: 100,
}
const plan = createPlan(spec)
const generation = smallGeneration()
const numbersOf = (answer: ReturnType<typeof rank>): number[] => answer.items.map(({ itemNo }) => itemNo)

describe('rank', () => {
  it('recommends from the half of the catalogue that the user keeps to', () => {
    const comedies = numbersOf(rank(questionOf([1, 3, 5, 7]), plan, generation))
    const thrillers = numbersOf(rank(questionOf([31, 33, 35, 37]), plan, generation))
    expect(comedies).toHaveLength(10)
    expect(comedies.filter((no) => no < ITEMS / 2).length).toBeGreaterThanOrEqual(8)
    expect(thrillers.filter((no) => no >= ITEMS / 2).length).toBeGreaterThanOrEqual(8)
  })

  it('never answers with what was seen or excluded, and never twice with one item', () => {
    const numbers = numbersOf(rank(questionOf([1, 3, 5, 7], { count: ITEMS, exclude: Int32Array.of(2, 4) }), plan, generation))
    expect(new Set(numbers).size).toBe(numbers.length)
    for (const no of [1, 2, 3, 4, 5, 7]) expect(numbers).not.toContain(no)
    expect(numbers).toHaveLength(ITEMS - 6)
  })

  it('gives the same answer to the same question, and takes no memory for it', () => {
    const first = rank(questionOf([1, 3, 5]), plan, generation)
    const used = generation.kernels.arena.usedBytes
    expect(rank(questionOf([1, 3, 5]), plan, generation)).toEqual(first)
    expect(generation.kernels.arena.usedBytes).toBe(used)
  })

  it('still fills the list for a user who has seen 95 % of the catalogue', () => {
    const seen = Array.from({ length: ITEMS - 3 }, (_, at) => at)
    const numbers = numbersOf(rank(questionOf(seen, { count: 3 }), plan, generation))
    expect([...numbers].sort()).toEqual([57, 58, 59])
  })

  it('still fills the list under a filter that keeps next to nothing', () => {
    const filter = { field: 'releasedAt', op: 'gte', value: '2000-02-28' } as const // films 58 and 59
    expect(numbersOf(rank(questionOf([1, 3, 5], { count: 2, filter }), plan, generation)).sort()).toEqual([58, 59])
  })

  it('answers a new user with what is popular, and says so', () => {
    const answer = rank(questionOf([]), plan, generation)
    expect(answer.items).toHaveLength(10)
    expect(answer.sources).toEqual(['popular'])
    for (const { reasons } of answer.items) expect(['popular', 'best-available']).toContain(reasons[0].kind)
  })

  it('names the user’s own titles as reasons, with shares that add up', () => {
    const history = [1, 3, 5, 7]
    const { items } = rank(questionOf(history), plan, generation)
    const causes = items.flatMap(({ reasons }) =>
      reasons.flatMap((reason) => (reason.kind === 'because-watched' ? reason.items : [])),
    )
    expect(causes.length).toBeGreaterThan(5)
    for (const { itemNo, share } of causes) {
      expect(history).toContain(itemNo)
      expect(share).toBeGreaterThan(0)
      expect(share).toBeLessThanOrEqual(1)
    }
    for (const { reasons } of items) {
      const weights = reasons.map((reason) => ('weight' in reason ? reason.weight : 0))
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeLessThanOrEqual(1 + 1e-6)
    }
  })

  it('changes the answer when the history changes', () => {
    const before = rank(questionOf([1, 3, 5]), plan, generation)
    const after = rank(questionOf([1, 3, 5, before.items[0].itemNo]), plan, generation)
    expect(numbersOf(after)).not.toContain(before.items[0].itemNo)
    const scores = new Map(before.items.map(({ itemNo, score }) => [itemNo, score]))
    expect(after.items.some(({ itemNo, score }) => scores.has(itemNo) && scores.get(itemNo) !== score)).toBe(true)
  })

  it('recommends a title that came after the models were trained, once nothing better is left', () => {
    const grown = smallGeneration()
    grown.patch([{ itemNo: itemNo(ITEMS), item: itemWith({ itemId: 'fresh', kind: 'series' }) }])
    const answer = rank(questionOf([1, 3], { kinds: ['series'] }), plan, grown)
    expect(numbersOf(answer)).toEqual([ITEMS])
    expect(answer.items[0].reasons).toEqual([{ kind: 'new' }])
  })

  it('leaves out a title that was hidden after the snapshot was made', () => {
    const changed = smallGeneration()
    const top = rank(questionOf([1, 3, 5]), plan, changed).items[0].itemNo
    changed.patch([{ itemNo: itemNo(top), item: itemWith({ itemId: `film-${top}`, hidden: true }) }])
    expect(numbersOf(rank(questionOf([1, 3, 5]), plan, changed))).not.toContain(top)
  })

  it('answers without models from the catalogue alone, newest first', () => {
    const answer = rank(questionOf([]), plan, smallGeneration([]))
    expect(numbersOf(answer)).toEqual([59, 58, 57, 56, 55, 54, 53, 52, 51, 50])
    expect(answer.degraded).toEqual(['source:collaborative:no-model', 'source:sequential:no-model'])
  })

  it('leaves out a source that fails, names it, and keeps its error for the log', () => {
    const failing: Plan = {
      ...plan,
      sources: [
        ...plan.sources,
        {
          name: 'broken',
          scorer: { model: 'ease' },
          find() {
            throw new Error('planted')
          },
        },
      ],
    }
    const answer = rank(questionOf([1, 3, 5]), failing, generation)
    expect(answer.items).toHaveLength(10)
    expect(answer.degraded).toEqual(['source:broken:failed'])
    expect(answer.failures[0].message).toContain('planted')
  })

  it('leaves out sources for which there was no time, and answers with what is popular', () => {
    const answer = rank({ ...questionOf([1, 3, 5]), budgetMs: -1 }, plan, generation)
    expect(answer.degraded).toEqual(['source:collaborative:late', 'source:sequential:late'])
    expect(answer.sources).toEqual(['popular'])
    expect(answer.items).toHaveLength(10)
  })

  it('gives finite scores only, best first, with every ranker', () => {
    for (const ranker of ['weighted', 'reciprocal-rank']) {
      const { items } = rank(questionOf([1, 3, 5], { count: ITEMS }), createPlan({ ...spec, ranker }), generation)
      const scores = items.map(({ score }) => score)
      expect(scores.every(Number.isFinite)).toBe(true)
      expect([...scores].sort((a, b) => b - a)).toEqual(scores)
    }
  })

  it('scores what another source proposed with every source that knows it', () => {
    const { items } = rank(questionOf([1, 3, 5]), plan, generation)
    for (const { parts } of items) expect(parts.map(({ source }) => source)).toContain('popular')
  })

  it('refuses a plan that names what does not exist, or a negative weight', () => {
    const bad = [
      { ...spec, ranker: 'best' },
      { ...spec, rules: [{ name: 'magic' }] },
      { ...spec, sources: [{ name: 'x', source: 'oracle', model: 'ease' }] },
      { ...spec, weights: { collaborative: -1 } },
      { ...spec, weights: { collaborative: Number.NaN } },
    ]
    for (const spec of bad) expect(() => createPlan(spec)).toThrowError(expect.objectContaining({ code: 'INVALID_PLAN' }))
  })

  it('asks one model alone when the plan says so', () => {
    const answer = rank(questionOf([1, 3, 5]), createPlan(singleModelPlan('ease')), generation)
    expect(answer.sources).toEqual(['ease'])
    expect(answer.items).toHaveLength(10)
  })
})
