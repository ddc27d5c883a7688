import { describe, expect, it } from 'vitest'
import { createCatalogue } from '../../src/features/catalogue.js'
import type { Corpus } from '../../src/jobs/corpus.js'
import { type EvaluateOptions, evaluate } from '../../src/jobs/evaluate.js'
import { evaluationJson } from '../../src/jobs/evaluate-report.js'
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
