import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { compare, type MeasuredRow } from '../../src/evaluation/compare.js'
import { createMeasure } from '../../src/evaluation/measure.js'
import { slicesOf } from '../../src/evaluation/slices.js'
import { leaveLastOut } from '../../src/evaluation/splits.js'
import { askedUsers, userColumn } from '../../src/evaluation/user-columns.js'
import { create, set } from '../../src/math/bitmap.js'
import { generatedDataset } from './datasets.js'
import { answeredRow, measuredSplit } from './measured.js'

describe('measure', () => {
  const dataset = generatedDataset(2)
  const split = leaveLastOut(dataset)
  const genres = {
    start: Uint32Array.from({ length: 81 }, (_, i) => i),
    codes: Uint32Array.from({ length: 80 }, (_, i) => i % 3),
    names: ['a', 'b', 'c'],
  }

  it('writes one row of numbers per task, at its own place', () => {
    const { columns, measure } = createMeasure(split.test, dataset, { at: 2, recallAt: [1, 2, 5], genres })
    const out = new Float64Array(split.test.tasks.count * columns.length).fill(-1)
    const target = split.test.tasks.targets[split.test.tasks.targetStart[1]]
    measure(1, [target === 0 ? 1 : 0, target, 79], undefined, out)
    const row = Object.fromEntries(columns.map(({ name }, column) => [name, out[columns.length + column]]))
    expect(row).toMatchObject({
      'ndcg@2': 1 / Math.log2(3),
      'recall@1': 0,
      'recall@2': 1,
      'recall@5': 1,
      'mrr@2': 0.5,
      'precision@2': 0.5,
    })
    expect(Object.keys(row)).toEqual(expect.arrayContaining(['novelty@2', 'tail-share@2', 'diversity@2', 'miscalibration@2']))
    expect([...out.subarray(0, columns.length), ...out.subarray(2 * columns.length)].every((value) => value === -1)).toBe(true)
  })

  it('measures slices of targets on those targets only, NaN where a question has none', () => {
    const slices = slicesOf(split.test, dataset)
    const { columns, measure } = createMeasure(split.test, dataset, { at: 10, slices })
    const out = new Float64Array(split.test.tasks.count * columns.length)
    const { tasks } = split.test
    for (let task = 0; task < tasks.count; task++) measure(task, [tasks.targets[tasks.targetStart[task]]], undefined, out)
    const of = (name: string, task: number) => out[task * columns.length + columns.findIndex((column) => column.name === name)]
    let tail = 0
    for (let task = 0; task < tasks.count; task++) {
      const [inHead, inTail, isNew] = ['head', 'tail', 'new items'].map((slice) => of(`ndcg@10 of ${slice}`, task))
      expect([inHead, inTail, isNew].filter((value) => value === 1).length).toBe(1)
      expect([inHead, inTail, isNew].filter(Number.isNaN).length).toBe(2)
      if (inTail === 1) tail++
    }
    expect(tail / tasks.count).toBeCloseTo(slices.find(({ name }) => name === 'tail')?.share ?? -1, 12)
  })
})

describe('slices', () => {
  it('divide the tasks by history and by training, and the targets by popularity, without gap or overlap', () => {
    const dataset = generatedDataset(2)
    for (const fold of [leaveLastOut(dataset).test, leaveLastOut(dataset).validation]) {
      const share = Object.fromEntries(slicesOf(fold, dataset).map((slice) => [slice.name, slice.share]))
      expect(share['history < 5'] + share['history 5–19'] + share['history 20–99'] + share['history ≥ 100']).toBeCloseTo(1, 12)
      expect(share['new users'] + share['light users'] + share['warm users']).toBeCloseTo(1, 12)
      expect(share.head + share.tail + share['new items']).toBeCloseTo(1, 12)
      expect(share.liked).toBeGreaterThan(0)
      expect(share.liked).toBeLessThan(1)
    }
  })
})

describe('user columns', () => {
  const { tasks } = leaveLastOut(generatedDataset(2)).test
  // Three tasks of two users: the first user asks twice.
  const asked = { ...tasks, count: 3, users: Uint32Array.of(4, 4, 9) }
  const table = { values: Float64Array.of(1, 0, 0, 0, 0.5, 0), width: 2, column: 0 }

  it('count every user once, or every question once', () => {
    expect(askedUsers(asked)).toBe(2)
    expect(userColumn(asked, table)).toEqual({ sums: Float64Array.of(0.5, 0.5), weights: Float64Array.of(1, 1) })
    expect(userColumn(asked, table, { average: 'events' })).toEqual({
      sums: Float64Array.of(1, 0.5),
      weights: Float64Array.of(2, 1),
    })
  })

  it('leave out what is not known and what is not asked for, and keep the places of users', () => {
    const only = create(3)
    set(only, 2)
    expect(userColumn(asked, table, { only })).toEqual({ sums: Float64Array.of(0, 0.5), weights: Float64Array.of(0, 1) })
    const unknown = { values: Float64Array.of(Number.NaN, 0.4, Number.NaN), width: 1, column: 0 }
    expect(userColumn(asked, unknown)).toEqual({ sums: Float64Array.of(0.4, 0), weights: Float64Array.of(1, 0) })
  })
})

describe('compare', () => {
  const measured = measuredSplit(2)
  const options = { random: createRandom(1), at: 10, draws: 200 }
  const good = answeredRow(measured, 'good', 'plan', 0)
  const middling = answeredRow(measured, 'middling', 'model', 3)
  const poor = answeredRow(measured, 'poor', 'model', 30)

  it('lets validation choose, whatever the test says', () => {
    const overfitted: MeasuredRow = { ...poor, name: 'overfitted', test: good.test }
    const comparison = compare(measured, [overfitted, middling], options)
    expect(comparison.chosen).toBe('middling')
    expect(comparison.reference).toBe('middling')
    const [first, second] = comparison.rows
    expect(first.metrics['ndcg@10'].mean).toBeGreaterThan(second.metrics['ndcg@10'].mean)
  })

  it('compares every row with the best single model, and adjusts for their number', () => {
    const { chosen, reference, rows } = compare(measured, [poor, good, middling], options)
    expect([chosen, reference]).toEqual(['good', 'middling'])
    expect(
      rows.map(({ name, difference }) => [name, difference === undefined ? 'reference' : Math.sign(difference.mean)]),
    ).toEqual([
      ['poor', -1],
      ['good', 1],
      ['middling', 'reference'],
    ])
    const { difference, metrics } = rows[1]
    expect(difference?.mean).toBeCloseTo(metrics['ndcg@10'].mean - rows[2].metrics['ndcg@10'].mean, 12)
    expect(difference?.adjustedP).toBeCloseTo(2 * (difference?.p ?? 0), 12)
  })

  it('reports every metric with an interval around its mean, and every slice', () => {
    const { rows } = compare(measured, [middling], options)
    expect(Object.keys(rows[0].metrics)).toEqual(
      expect.arrayContaining([
        'ndcg@10',
        'recall@10',
        'precision@10',
        'hit-rate@10',
        'mrr@10',
        'map@10',
        'novelty@10',
        'coverage@10',
        'gini@10',
      ]),
    )
    for (const [name, { mean, low, high }] of Object.entries(rows[0].metrics)) {
      if (/coverage|gini/.test(name)) continue
      expect(low, name).toBeLessThanOrEqual(mean)
      expect(high, name).toBeGreaterThanOrEqual(mean)
    }
    const slices = measured.test.slices
    expect(Object.keys(rows[0].slices)).toEqual(slices.map(({ name }) => name))
    // A mean over all is the mean over the parts, weighted by their users: everybody has one task here.
    const parts = slices.filter(({ name }) => name.startsWith('history'))
    const whole = parts.reduce((sum, slice) => sum + (slice.users === 0 ? 0 : slice.users * rows[0].slices[slice.name].mean), 0)
    expect(whole / askedUsers(measured.test.tasks)).toBeCloseTo(rows[0].metrics['ndcg@10'].mean, 12)
  })

  it('has no reference where there is no single model', () => {
    const { reference, rows } = compare(measured, [good], options)
    expect(reference).toBeUndefined()
    expect(rows[0].difference).toBeUndefined()
  })

  it('keeps the first of two equal rows', () => {
    expect(compare(measured, [good, { ...good, name: 'again' }], options).chosen).toBe('good')
  })
})
