import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parsePlan } from '../../src/contract/plan.js'
import { createRandom } from '../../src/domain/random.js'
import { beforeTest } from '../../src/evaluation/before-test.js'
import { createCatalogue } from '../../src/features/catalogue.js'
import type { Dataset } from '../../src/features/dataset.js'
import { createDatasetBuilder } from '../../src/features/dataset-builder.js'
import { evaluate } from '../../src/jobs/evaluate.js'
import { type TuneOptions, tune } from '../../src/jobs/tune.js'
import { tuningPage, tuningTable } from '../../src/jobs/tuning/report.js'
import { singleModelPlan } from '../../src/pipeline/default-plan.js'
import type { PlanSpec } from '../../src/pipeline/plan.js'
import { ITEMS, smallDataset, smallItems } from '../small-world.js'

let directory: string
let runs = 0

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sona-tune-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const catalogue = createCatalogue(smallItems)
/** Two sources, one of them without training worth the name: a search that takes seconds. */
const smallPlan: PlanSpec = {
  name: 'small',
  sources: [
    { name: 'transitions', source: 'sequential', model: 'transitions' },
    { name: 'popular', source: 'popular', model: 'popularity' },
  ],
  ranker: 'weighted',
  weights: { transitions: 1, popular: 0.1 },
  rules: [{ name: 'eligible' }],
  candidatesPerSource: 100,
}

function options(changes: Partial<TuneOptions> = {}, dataset = smallDataset()): TuneOptions {
  return {
    data: beforeTest('leave-last-out', dataset, createRandom('1/split')),
    catalogue,
    name: 'small world',
    command: 'test',
    versions: {},
    plan: smallPlan,
    trials: 4,
    budgetMs: Number.POSITIVE_INFINITY,
    at: 10,
    seed: 1,
    threads: 1,
    directory: join(directory, `run-${runs++}`),
    resume: false,
    ...changes,
  }
}

const trialsIn = async (run: string): Promise<string[]> =>
  (await readFile(join(run, 'trials.ndjson'), 'utf8')).trimEnd().split('\n').slice(1)

/** Until day 260 everybody watches the same sixteen films, from day 290 eight others: fewer views, but it is what counts now. */
function fashionableDataset(): Dataset {
  const random = createRandom(5)
  const builder = createDatasetBuilder(catalogue.itemNos)
  for (let user = 0; user < 150; user++) {
    for (let visit = 0; visit < 16; visit++) {
      const isOld = visit < 12
      const day = isOld ? 200 + 60 * random.next() : 290 + 9 * random.next()
      const inFashion = isOld ? random.below(16) : 30 + random.below(8)
      builder.add(user, random.next() < 0.9 ? inFashion : random.below(ITEMS), 0.6, 19_000 + day)
    }
  }
  return builder.build({ asOfDay: 20_000 })
}

describe('tune', { timeout: 240_000 }, () => {
  it('gives the same bytes for the same seed, on any number of threads, and others for another seed', async () => {
    const once = JSON.stringify(await tune(options()))
    expect(JSON.stringify(await tune(options({ threads: 3 })))).toBe(once)
    expect(JSON.stringify(await tune(options({ seed: 2 })))).not.toBe(once)
  })

  it('finds what was planted: where the fashion has changed, popularity must forget within weeks', async () => {
    const plan = { ...singleModelPlan('popularity'), sources: [{ name: 'popular', source: 'popular', model: 'popularity' }] }
    const { before, after, difference } = await tune(options({ plan, trials: 9 }, fashionableDataset()))
    const halfLife = after.plan.models?.[0]?.options?.halfLifeDays
    expect(halfLife).toBeGreaterThan(0)
    expect(halfLife).toBeLessThan(60)
    expect(after.value).toBeGreaterThan(1.5 * before.value)
    expect(difference?.low).toBeGreaterThan(0)
  })

  it('measures the plan that it began with as evaluate does, and never ends below it', async () => {
    const dataset = smallDataset()
    const { before, after } = await tune(options({ trials: 1 }))
    const { rows } = await evaluate({
      corpus: { items: smallItems, catalogue, dataset },
      data: 'small world',
      command: 'test',
      versions: {},
      protocol: 'leave-last-out',
      rows: [{ kind: 'plan', plan: smallPlan }],
      at: 10,
      seed: 1,
      threads: 2,
    })
    expect(before.value).toBeCloseTo(rows[0]!.validation, 12)
    expect(after.value).toBeGreaterThanOrEqual(before.value)
  })

  it('writes a plan that reads back as itself', async () => {
    const { after } = await tune(options())
    expect(parsePlan(JSON.parse(JSON.stringify(after.plan)))).toEqual(after.plan)
  })

  it('sees nothing of the test: other test events, the same bytes; other validation events, others', async () => {
    const full = smallDataset()
    const changed = (fromEnd: number): Dataset => {
      const items = full.items.slice()
      const engagement = full.engagement.slice()
      for (let user = 0; user < full.userCount; user++) {
        const entry = full.start[user + 1]! - fromEnd
        items[entry] = (items[entry]! + 17) % ITEMS
        engagement[entry] = 0.1
      }
      return { ...full, items, engagement }
    }
    const once = JSON.stringify(await tune(options({}, full)))
    expect(JSON.stringify(await tune(options({}, changed(1))))).toBe(once)
    expect(JSON.stringify(await tune(options({}, changed(2))))).not.toBe(once)
  })

  it('goes on where it was stopped, without measuring anything twice', async () => {
    const whole = options()
    const uninterrupted = JSON.stringify(await tune(whole))
    const stopped = options()
    const stop = new AbortController()
    const onProgress = ({ done }: { done: number }): void => void (done === 7 && stop.abort())
    await expect(tune({ ...stopped, signal: stop.signal, onProgress })).rejects.toMatchObject({ code: 'TRAINING_ABORTED' })
    const early = await trialsIn(stopped.directory)
    expect(early.length).toBeGreaterThanOrEqual(7)
    expect(JSON.stringify(await tune({ ...stopped, resume: true }))).toBe(uninterrupted)
    const late = await trialsIn(stopped.directory)
    expect(late.slice(0, early.length)).toEqual(early)
    expect(late).toHaveLength((await trialsIn(whole.directory)).length)
  })

  it('does not go on with a run of other data, seed or plan, and says which; a new run puts the old one aside', async () => {
    const first = options({ trials: 1 })
    await tune(first)
    const again = { ...first, resume: true }
    const refused = { code: 'TUNING_DIFFERS' }
    await expect(tune({ ...again, seed: 2 })).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('another seed'),
    })
    const data = beforeTest('leave-last-out', smallDataset(2), createRandom('1/split'))
    await expect(tune({ ...again, data })).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('the data have changed'),
    })
    const plan = { ...smallPlan, weights: {} }
    await expect(tune({ ...again, plan })).rejects.toMatchObject({ ...refused, message: expect.stringContaining('another plan') })

    const log = join(first.directory, 'trials.ndjson')
    const old = await readFile(log, 'utf8')
    await tune({ ...first, seed: 2 })
    expect(await readFile(`${log}.previous`, 'utf8')).toBe(old)
    await writeFile(log, 'no run at all\n')
    await expect(tune(again)).rejects.toMatchObject({ code: 'INVALID_FILE' })
  })

  it('ends when its time is over, with what it found by then', async () => {
    const started = performance.now()
    const { outOfTime, stages, before } = await tune(options({ trials: 10_000, budgetMs: 6_000 }))
    expect(performance.now() - started).toBeLessThan(6_000 + 5_000)
    expect(outOfTime).toBe(true)
    expect(before.value).toBeGreaterThan(0)
    expect(stages.some(({ trials, best }) => trials.length > 3 && best !== undefined)).toBe(true)
  })

  it('keeps the plan when there was no time for anything', async () => {
    const tuning = await tune(options({ budgetMs: 1 }))
    expect(tuning).toMatchObject({ outOfTime: true, before: { value: Number.NaN } })
    expect(tuning.after.plan).toEqual(smallPlan)
    expect(tuningTable(tuning)).toContain('no time to measure even the plan as it is')
  })

  it('reports every trial, in the terminal and on the page', async () => {
    const tuning = await tune(options({ name: '<small> & world' }))
    const table = tuningTable(tuning)
    const page = tuningPage(tuning)
    expect(page).toContain('&lt;small&gt; &amp; world')
    for (const { name, trials } of tuning.stages) {
      expect(table).toContain(name)
      expect(page).toContain(`<h2>${name}</h2>`)
      const section = table.split(`${name} — `)[1]?.split('\n\n')[0] ?? ''
      expect(section.split('\n')).toHaveLength(trials.length + 2)
    }
  })
})
