import { beforeAll, describe, expect, it } from 'vitest'
import { openSource } from '../../src/formats/source.js'
import { type Corpus, corpusFromFeed } from '../../src/jobs/corpus.js'
import { evaluate } from '../../src/jobs/evaluate.js'
import { type PrequentialOptions, prequential } from '../../src/jobs/prequential.js'
import { prequentialJson, prequentialTable } from '../../src/jobs/prequential-report.js'
import { stagesOf } from '../../src/jobs/prequential-split.js'
import { defaultPlan } from '../../src/pipeline/default-plan.js'
import type { PlanSpec } from '../../src/pipeline/plan.js'

const NOW = Date.UTC(2026, 6, 1)

/** The default plan with what is quick to train. */
const plan: PlanSpec = {
  ...defaultPlan,
  sources: defaultPlan.sources.filter(({ model }) => ['transitions', 'popularity', 'ease'].includes(model)),
}

let corpus: Corpus
let alone: Awaited<ReturnType<typeof prequential>>
beforeAll(async () => {
  corpus = await corpusFromFeed(await openSource('simulation:households,users=60,mean-events=120,items=300', { now: NOW }), NOW)
  alone = await play()
}, 120_000)

function play(changes: Partial<PrequentialOptions> = {}) {
  return prequential({
    corpus,
    data: 'households',
    command: 'test',
    plan,
    stages: stagesOf(0.1),
    at: 10,
    seed: 1,
    threads: 1,
    ...changes,
  })
}

describe('the prequential evaluation', () => {
  it('says the same bytes on any number of threads, in its table and in JSON', async () => {
    const together = await play({ threads: 2 })
    expect(JSON.stringify(prequentialJson(together))).toBe(JSON.stringify(prequentialJson(alone)))
    expect(prequentialTable(together)).toBe(prequentialTable(alone))
  }, 120_000)

  it('has the rows that scripts rely on, each with its difference to the base', () => {
    const json = JSON.parse(JSON.stringify(prequentialJson(alone)))
    expect(json.rows.map(({ name }: { name: string }) => name)).toEqual([
      'base',
      'shared',
      'adapters-ungated',
      'adapters',
      'adapters-shuffled',
    ])
    for (const row of json.rows) {
      expect(Object.keys(row.difference)).toEqual(['mean', 'low', 'high'])
      expect(row.metrics['ndcg@10'].mean).toBeGreaterThan(0)
    }
  }, 120_000)

  it('has the base of the table of sona evaluate: the list that serves', async () => {
    const { report, played } = alone
    const { rows, at } = await evaluate({
      corpus,
      data: 'households',
      command: 'test',
      versions: {},
      protocol: 'global-time',
      rows: [{ kind: 'plan', plan }],
      at: 10,
      seed: 1,
      threads: 1,
    })
    // What was refused outright is asked for there, and not here.
    const isAsked = played.gains.filter((_, place) => place % 5 === 0).every((gain) => !Number.isNaN(gain))
    const base = report.rows[0]!.mean.mean
    if (isAsked) expect(base).toBeCloseTo(rows[0]!.metrics[`ndcg@${at}`]!.mean, 6)
    else expect(Math.abs(base / rows[0]!.metrics[`ndcg@${at}`]!.mean - 1)).toBeLessThan(0.05)
  }, 120_000)
})
