import { describe, expect, it } from 'vitest'
import { parsePlan } from '../../src/contract/plan.js'
import { algorithms } from '../../src/models/index.js'
import { defaultPlan, hybridPlans } from '../../src/pipeline/default-plan.js'
import { createPlan } from '../../src/pipeline/plan.js'

const plan = {
  name: 'mine',
  sources: [
    { name: 'taste', source: 'collaborative', model: 'ease', recency: { halfLifePositions: 5 } },
    { name: 'next', source: 'sequential', model: 'short' },
  ],
  ranker: 'weighted',
  weights: { taste: 1, next: 0 },
  rules: [{ name: 'eligible' }, { name: 'franchise-cap', limit: 3 }],
  candidatesPerSource: 100,
  models: [{ name: 'short', algorithm: 'transitions', options: { window: 3, maxGapDays: 0 } }, { algorithm: 'ease' }],
}

const withModel = (model: object) => ({ ...plan, models: [...plan.models, model] })
const withSource = (source: object) => ({ ...plan, sources: [...plan.sources, source] })

describe('a plan from outside', () => {
  it('comes in as it was written, and works', () => {
    expect(parsePlan(plan)).toEqual(plan)
    for (const known of [defaultPlan, ...hybridPlans]) expect(parsePlan(JSON.parse(JSON.stringify(known)))).toEqual(known)
    expect(createPlan(parsePlan(plan)).sources).toHaveLength(2)
  })

  it.each<readonly [what: string, input: unknown, code: string, message: RegExp]>([
    ['no object', 7, 'INVALID_PLAN', /must be an object/],
    ['a missing field', { ...plan, ranker: undefined }, 'INVALID_PLAN', /ranker is required/],
    ['an unknown field', { ...plan, wieghts: {} }, 'INVALID_PLAN', /wieghts is not a known field/],
    [
      'an unknown field deep inside',
      withSource({ ...plan.sources[0], name: 'x', halfLife: 3 }),
      'INVALID_PLAN',
      /sources\[2\]\.halfLife is not/,
    ],
    ['a negative weight', { ...plan, weights: { taste: -1 } }, 'INVALID_PLAN', /weights\.taste must be at least 0/],
    ['a weight that is text', { ...plan, weights: { taste: '1' } }, 'INVALID_PLAN', /weights\.taste must be a number/],
    [
      'a weight of nothing',
      { ...plan, weights: { tate: 1 } },
      'INVALID_PLAN',
      /weights\.tate is no source of this plan; they are taste, next/,
    ],
    ['an unknown ranker', { ...plan, ranker: 'magic' }, 'INVALID_PLAN', /ranker must be one of weighted/],
    [
      'an unknown source',
      withSource({ name: 'x', source: 'oracle', model: 'ease' }),
      'INVALID_PLAN',
      /sources\[2\]\.source must be one of/,
    ],
    ['an unknown rule', { ...plan, rules: [{ name: 'luck' }] }, 'INVALID_PLAN', /rules\[0\]\.name must be one of eligible/],
    ['no source', { ...plan, sources: [], weights: {} }, 'INVALID_PLAN', /sources must have at least 1 entries/],
    ['a source named twice', withSource(plan.sources[0]!), 'INVALID_PLAN', /sources\[2\]\.name is the name of an earlier source/],
    [
      'a half-life of nothing',
      withSource({ ...plan.sources[0], name: 'x', recency: { halfLifeDays: 0 } }),
      'INVALID_PLAN',
      /recency\.halfLifeDays must be more than 0/,
    ],
    ['too few candidates', { ...plan, candidatesPerSource: 0 }, 'INVALID_PLAN', /candidatesPerSource must be at least 1/],
    ['too many candidates', { ...plan, candidatesPerSource: 5_001 }, 'INVALID_PLAN', /candidatesPerSource must be at most 5,000/],
    ['half a candidate', { ...plan, candidatesPerSource: 1.5 }, 'INVALID_PLAN', /candidatesPerSource must be a whole number/],
    [
      'two models of one name',
      withModel({ algorithm: 'ease', options: { regularization: 9 } }),
      'INVALID_PLAN',
      /models\[2\] has the name of an earlier/,
    ],
    [
      'an unknown option',
      withModel({ name: 'x', algorithm: 'ease', options: { lambda: 1 } }),
      'INVALID_PLAN',
      /models\[2\]\.options\.lambda is no option of ease; it has regularization/,
    ],
    [
      'an option of the wrong type',
      withModel({ name: 'x', algorithm: 'ease', options: { regularization: 'much' } }),
      'INVALID_PLAN',
      /options\.regularization must be a number above 0/,
    ],
    [
      'a ridge of zero',
      withModel({ name: 'x', algorithm: 'ease', options: { regularization: 0 } }),
      'INVALID_PLAN',
      /options\.regularization must be a number above 0/,
    ],
    [
      'half a place',
      withModel({ name: 'x', algorithm: 'transitions', options: { window: 2.5 } }),
      'INVALID_PLAN',
      /options\.window must be a whole number/,
    ],
    [
      'a word that means nothing',
      withModel({ name: 'x', algorithm: 'ease', options: { weight: 'two' } }),
      'INVALID_PLAN',
      /options\.weight must be one of one, engagement/,
    ],
    [
      'an unknown algorithm',
      withModel({ name: 'x', algorithm: 'svd' }),
      'UNKNOWN_MODEL',
      /models\[2\]\.algorithm must be one of popularity, ease/,
    ],
    [
      'a source of an unknown model',
      withSource({ name: 'x', source: 'popular', model: 'hits' }),
      'UNKNOWN_MODEL',
      /sources\[2\]\.model must be one of short, ease, popularity/,
    ],
  ])('is refused with %s, which the message names', (_what, input, code, message) => {
    expect(() => parsePlan(input)).toThrowError(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })
})

describe('what algorithms say can be tuned', () => {
  it.each([...algorithms.values()])('$name: only options that it has, with its default within', ({ defaults, space, effort }) => {
    const byDefault = defaults as Record<string, unknown>
    if (effort !== undefined) expect(typeof byDefault[effort]).toBe('number')
    for (const [name, tunable] of Object.entries<import('../../src/domain/tunable.js').Tunable>(space ?? {})) {
      const value = byDefault[name]
      if ('choices' in tunable) expect(tunable.choices).toContain(value)
      else {
        expect(tunable.from).toBeLessThan(tunable.to)
        if (tunable.scale === 'log') expect(tunable.from).toBeGreaterThan(0)
        const isWithin = Number(value) >= tunable.from && Number(value) <= tunable.to
        expect(isWithin || value === tunable.or, `${name} = ${value}`).toBe(true)
      }
    }
  })
})
