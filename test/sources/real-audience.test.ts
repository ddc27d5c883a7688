import { beforeAll, describe, expect, it } from 'vitest'
import type { Query } from '../../src/domain/query.js'
import type { Candidate } from '../../src/domain/recommendation.js'
import { MS_PER_DAY } from '../../src/domain/time.js'
import { noTraits } from '../../src/domain/user.js'
import { createGeneration, type OpenGeneration, openGeneration } from '../../src/engine/generation.js'
import { placeArtifact } from '../../src/engine/place-artifact.js'
import { cutDataset } from '../../src/evaluation/cut-dataset.js'
import { openMovielens } from '../../src/formats/movielens.js'
import { type Corpus, corpusFromFeed } from '../../src/jobs/corpus.js'
import { modelsInOrder } from '../../src/jobs/learn-from-latest.js'
import { trainModels } from '../../src/jobs/train.js'
import * as bitmap from '../../src/math/bitmap.js'
import { createArena } from '../../src/math/memory.js'
import { defaultPlan } from '../../src/pipeline/default-plan.js'
import { createPlan } from '../../src/pipeline/plan.js'
import { gather } from '../../src/pipeline/recommend.js'
import type { ModelSpec } from '../../src/pipeline/train.js'
import { createWorld, unlimited } from '../../src/world/visit.js'
import { realData } from '../formats/files.js'

/**
 * No source is a stub (issue 3): the sources of the plan that serves, on ml-1m. Models learn from every sixteenth user; 200 others ask.
 * What a list depends on is tried with nothing left out as seen, so that lists differ only where their source thinks otherwise.
 */
const directory = realData('ml-1m')
const names = defaultPlan.sources.filter(({ source }) => source !== 'signal').map(({ name }) => name)
const isPopular = (name: string): boolean => defaultPlan.sources.some((each) => each.name === name && each.source === 'popular')

const TAUGHT_BY = 16
const ASKED = 200
const PLACES = 10

const query: Query = { count: PLACES, context: {}, kinds: [], exclude: [], reasons: false }
const plan = createPlan({ ...defaultPlan, ranker: 'weighted' })
const none = new Uint32Array(0)

/** The first ten rows that each source proposes, by its name. */
type Lists = ReadonlyMap<string, string>

/** Models of the users whose number is `first` and each sixteenth after it, open in this thread. */
async function taughtBy(first: number, { dataset, catalogue }: Corpus, models: readonly ModelSpec[]): Promise<OpenGeneration> {
  const kept = bitmap.create(dataset.items.length)
  for (let user = first; user < dataset.userCount; user += TAUGHT_BY) {
    for (let entry = dataset.start[user]!; entry < dataset.start[user + 1]!; entry++) bitmap.set(kept, entry)
  }
  const trained = await trainModels({ dataset: cutDataset(dataset, kept, dataset.asOfDay), catalogue }, { models })
  const arena = createArena(512 * 2 ** 20)
  const artifacts = trained.map(({ model, bytes }) => ({ name: model, artifact: placeArtifact(bytes, arena) }))
  return openGeneration(createGeneration('1', arena, artifacts, catalogue, 1), 0)
}

function ask({ kernels, snapshot }: OpenGeneration, items: Uint32Array, days: Float64Array, seen: Uint32Array): Lists {
  const mark = kernels.arena.mark()
  const now = days.at(-1)!
  const history = {
    items: kernels.arena.u32(items.length),
    engagement: kernels.arena.f32(items.length).fill(0.8),
    ageDays: kernels.arena.f32(items.length),
  }
  history.items.set(items)
  history.ageDays.set(days.map((day) => now - day))
  const visitor = { now: now * MS_PER_DAY, traits: noTraits, history, seen }
  const { pools } = gather(query, plan, createWorld(query, snapshot(), visitor, unlimited, kernels))
  kernels.arena.release(mark)
  return new Map(pools.map(({ source, candidates }) => [source, rowsOf(candidates)]))
}

const rowsOf = (candidates: readonly Candidate[]): string =>
  candidates
    .filter(({ score }) => Number.isFinite(score))
    .slice(0, PLACES)
    .map(({ item }) => item)
    .join(' ')

describe.skipIf(directory === undefined)('on ml-1m (skipped without ../shared/data/ml-1m)', () => {
  let corpus: Corpus
  /** As it would be answered; with nothing left out; and with nothing left out after another last title. */
  const served: Lists[] = []
  const whole: Lists[] = []
  const moved: Lists[] = []

  beforeAll(async () => {
    corpus = await corpusFromFeed(await openMovielens(directory!, { now: Date.now() }), Date.now())
    const { dataset } = corpus
    const generation = await taughtBy(0, corpus, modelsInOrder(defaultPlan))
    const askers = Array.from(
      { length: ASKED },
      (_, at) => TAUGHT_BY * Math.floor((at * dataset.userCount) / ASKED / TAUGHT_BY) + 1 + (at % 15),
    )
    const lastOf = (user: number): number => dataset.items[dataset.start[user + 1]! - 1]!
    askers.forEach((user, at) => {
      const items = dataset.items.slice(dataset.start[user]!, dataset.start[user + 1]!)
      const days = dataset.days.slice(dataset.start[user]!, dataset.start[user + 1]!)
      const otherwise = Uint32Array.from([...items.subarray(0, -1), lastOf(askers[(at + 1) % ASKED]!)])
      served.push(ask(generation, items, days, items))
      whole.push(ask(generation, items, days, none))
      moved.push(ask(generation, otherwise, days, none))
    })
  }, 300_000)

  const listsOf = (name: string, lists: readonly Lists[]): string[] => lists.map((each) => each.get(name) ?? '')

  it.each(names)('%s proposes ten titles to at least 98 of 100 users', (name) => {
    const full = listsOf(name, served).filter((list) => list.split(' ').length === PLACES)
    expect(full.length / ASKED).toBeGreaterThanOrEqual(0.98)
  })

  it.each(names.filter((name) => !isPopular(name)))('%s has a list of its own for at least 95 of 100 users', (name) => {
    expect(new Set(listsOf(name, whole)).size / ASKED).toBeGreaterThanOrEqual(0.95)
  })

  it.each(names.filter((name) => !isPopular(name)))(
    '%s changes the list of at least 60 of 100 users with their last title alone',
    (name) => {
      const after = listsOf(name, moved)
      const changed = listsOf(name, whole).filter((list, at) => list !== after[at])
      expect(changed.length / ASKED).toBeGreaterThanOrEqual(0.6)
    },
  )

  it.each(names.filter(isPopular))('%s is the exception: one list for everybody, another when others watch', async (name) => {
    const [list, ...others] = new Set(listsOf(name, whole))
    expect(others).toEqual([])
    expect(new Set(listsOf(name, served)).size).toBeGreaterThan(ASKED / 2) // what each has seen is left out
    const elsewhere = await taughtBy(
      8,
      corpus,
      modelsInOrder(defaultPlan).filter(({ algorithm }) => algorithm === 'popularity'),
    )
    expect(ask(elsewhere, Uint32Array.of(0), Float64Array.of(corpus.dataset.asOfDay - 1), none).get(name)).not.toBe(list)
  })
})
