import { describe, expect, it } from 'vitest'
import { createCatalogue } from '../../src/features/catalogue.js'
import type { Corpus } from '../../src/jobs/corpus.js'
import { type EvaluateOptions, evaluate } from '../../src/jobs/evaluate.js'
import { evaluationJson, evaluationTable } from '../../src/jobs/evaluate-report.js'
import { hybridPlans, singleModelPlan } from '../../src/pipeline/default-plan.js'
import { ITEMS, smallDataset, smallItems } from '../small-world.js'

const corpus: Corpus = { items: smallItems, catalogue: createCatalogue(smallItems), dataset: smallDataset() }

function options(changes: Partial<EvaluateOptions> = {}): EvaluateOptions {
  return {
    corpus,
    data: 'small world',
    command: 'test',
    versions: {},
    protocol: 'leave-last-out',
    rows: [
      { kind: 'model', plan: singleModelPlan('popularity') },
      { kind: 'model', plan: singleModelPlan('transitions') },
      { kind: 'model', plan: singleModelPlan('ease') },
      ...hybridPlans.map((plan) => ({ kind: 'plan', plan }) as const),
    ],
    at: 10,
    seed: 1,
    threads: 1,
    ...changes,
  }
}

/** What must not depend on the machine: everything but the seconds. */
function numbersOf(evaluation: Awaited<ReturnType<typeof evaluate>>): string {
  const { rows, ...rest } = evaluation
  return JSON.stringify({ ...rest, rows: rows.map(({ trainSeconds: _seconds, ...row }) => row) })
}

describe('evaluate', () => {
  it('gives the same bytes on any number of threads', async () => {
    const alone = numbersOf(await evaluate(options()))
    expect(numbersOf(await evaluate(options({ threads: 3 })))).toBe(alone)
  })

  it('gives the same table, byte for byte, when it is run again; only the seconds may differ', async () => {
    const table = async (): Promise<string> => {
      const { rows, ...rest } = await evaluate(options({ protocol: 'global-time', rows: options().rows.slice(0, 3) }))
      return evaluationTable({ ...rest, rows: rows.map((row) => ({ ...row, trainSeconds: 0 })) })
    }
    const first = await table()
    expect(first).toMatch(/^transitions/m)
    expect(await table()).toBe(first)
  })

  it('asks about items that nobody has seen, among all and among themselves, beside what chance reaches', async () => {
    const { rows, questions, chosen } = await evaluate(
      options({ protocol: 'new-items', at: 20, rows: options().rows.slice(0, 1) }),
    )
    const [popularity, random] = rows
    expect(rows.map(({ name, kind }) => [name, kind])).toEqual([
      ['popularity', 'model'],
      ['random', 'baseline'],
    ])
    expect(chosen).toBe('popularity') // chance is there to be beaten, not to be chosen
    expect(questions.test.trainingEvents).toBeLessThan(corpus.dataset.items.length)
    expect(popularity.metrics['recall@20'].mean).toBe(0) // it knows no item without events
    // Of the tenth of the items that is withheld, 20 places hold all.
    expect(random.metrics['recall@20 among new'].mean).toBe(1)
    expect(random.metrics['ndcg@20 among new'].mean).toBeGreaterThan(random.metrics['ndcg@20'].mean)
  })

  it('averages over users, and over questions, whichever comes first', async () => {
    const rows = options().rows.slice(0, 1)
    const byUser = await evaluate(options({ protocol: 'global-time', rows }))
    const byEvent = await evaluate(options({ protocol: 'global-time', rows, average: 'events' }))
    expect(byUser.questions.test.tasks).toBeGreaterThan(byUser.questions.test.users)
    expect(byEvent.rows[0].metrics['ndcg@10'].mean).toBe(byUser.rows[0].otherAverage['ndcg@10'].mean)
    expect(byEvent.rows[0].otherAverage['ndcg@10'].mean).toBe(byUser.rows[0].metrics['ndcg@10'].mean)
    expect(byEvent.rows[0].metrics['ndcg@10'].mean).not.toBe(byUser.rows[0].metrics['ndcg@10'].mean)
  })

  it('sees what is there to be seen: the order of watching beats popularity, well above chance', async () => {
    const { rows, chosen } = await evaluate(options())
    const ndcg = Object.fromEntries(rows.map(({ name, metrics }) => [name, metrics['ndcg@10'].mean]))
    const chance = Array.from({ length: 10 }, (_, place) => 1 / Math.log2(place + 2)).reduce((sum, gain) => sum + gain, 0) / ITEMS
    expect(ndcg.transitions).toBeGreaterThan(2 * chance)
    expect(ndcg.transitions).toBeGreaterThan(ndcg.popularity)
    expect(ndcg['hybrid:weighted']).toBeGreaterThan(ndcg.popularity)
    expect(Object.values(ndcg).every((value) => value < 0.9)).toBe(true) // more would mean that it has seen the answers
    expect(Object.keys(ndcg)).toContain(chosen)
  })

  it.each(['global-time', 'random'] as const)('asks by %s as well', async (protocol) => {
    const result = evaluationJson(await evaluate(options({ protocol, rows: options().rows.slice(0, 2) })))
    expect(result).toMatchObject({ data: 'small world', protocol, users: 80, items: ITEMS })
    for (const { metrics } of result.rows) expect(metrics['ndcg@10'].mean).toBeGreaterThan(0)
  })

  it('stops when asked to', async () => {
    await expect(evaluate(options({ signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: 'TRAINING_ABORTED' })
  })

  it('says that there is nothing to evaluate on', async () => {
    const nothing = { ...corpus.dataset, items: new Uint32Array(0) }
    await expect(evaluate(options({ corpus: { ...corpus, dataset: nothing } }))).rejects.toMatchObject({
      code: 'EMPTY_CATALOGUE',
    })
  })
})
