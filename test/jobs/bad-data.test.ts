import { describe, expect, it } from 'vitest'
import { itemNo } from '../../src/domain/ids.js'
import { createGeneration, type OpenGeneration, openGeneration } from '../../src/engine/generation.js'
import { placeArtifact } from '../../src/engine/place-artifact.js'
import { rank } from '../../src/engine/rank.js'
import type { RankedAnswer } from '../../src/engine/ranking.js'
import type { Protocol } from '../../src/evaluation/splits.js'
import { createCatalogue } from '../../src/features/catalogue.js'
import { createDatasetBuilder } from '../../src/features/dataset-builder.js'
import type { Corpus } from '../../src/jobs/corpus.js'
import { evaluate } from '../../src/jobs/evaluate.js'
import { learnFromLatest, modelsInOrder } from '../../src/jobs/learn-from-latest.js'
import { trainModels } from '../../src/jobs/train.js'
import { createArena } from '../../src/math/memory.js'
import { defaultPlan, singleModelPlan } from '../../src/pipeline/default-plan.js'
import type { RankerReport } from '../../src/pipeline/learn.js'
import { createPlan } from '../../src/pipeline/plan.js'
import { itemWith, numbered } from '../catalogue-of.js'
import { questionOf } from '../small-world.js'

/** Data as nobody would wish it (issue 3), through all that `sona train` does with the plan that serves, and an answer. */
const plan = createPlan(defaultPlan)
const kinds = ['auto', 'trees', 'linear'] as const

/** One visit: who, what, and on which day. */
type Visit = readonly [user: number, item: number, day: number]

function corpusOf(itemCount: number, visits: readonly Visit[], fields: object = {}): Corpus {
  const items = numbered(
    Array.from({ length: itemCount }, (_, at) =>
      itemWith({ itemId: `item-${at}`, title: `Title ${at}`, genres: [at % 2 === 0 ? 'drama' : 'war'], ...fields }),
    ),
  )
  const catalogue = createCatalogue(items)
  const builder = createDatasetBuilder(catalogue.itemNos)
  for (const [user, item, day] of visits) builder.add(user, item, 0.6, 19_000 + day)
  return { items, catalogue, dataset: builder.build({ asOfDay: 20_000 }) }
}

interface Trained {
  readonly generation: OpenGeneration
  readonly report: RankerReport
}

async function trained({ catalogue, dataset }: Corpus, kind: (typeof kinds)[number] = 'auto'): Promise<Trained> {
  const models = modelsInOrder(defaultPlan)
  const past = await learnFromLatest(
    { ...defaultPlan, learning: { kind, trees: 20 } },
    { dataset, catalogue },
    (earlier) => trainModels(earlier, { models, threads: 1 }),
    { threads: 1 },
  )
  const published = await trainModels({ dataset, catalogue, previous: past.earlier }, { models, threads: 1 })
  const arena = createArena(64 * 2 ** 20)
  const artifacts = [
    ...published.map(({ model, bytes }) => ({ name: model, artifact: placeArtifact(bytes, arena) })),
    { name: past.ranker.name, artifact: placeArtifact(past.ranker.bytes, arena) },
  ]
  const generation = openGeneration(createGeneration('1', arena, artifacts, catalogue, 1), 0)
  return { generation, report: past.ranker.report }
}

/** Asks, and holds every number of the answer to be one; a NaN anywhere fails. */
function ask({ generation }: Trained, history: readonly number[], count = 10): RankedAnswer {
  const answer = rank(questionOf(history, { count }), plan, generation)
  expect(answer.degraded).toEqual([])
  expect(answer.failures).toEqual([])
  const shown = answer.items.map(({ itemNo }) => itemNo)
  expect(new Set(shown).size).toBe(shown.length)
  for (const seen of history) expect(shown).not.toContain(seen)
  const scores = answer.items.map(({ score }) => score)
  expect([...scores].sort((a, b) => b - a)).toEqual(scores)
  expect(numbersIn(answer).filter((number) => !Number.isFinite(number))).toEqual([])
  for (const { reasons } of answer.items) expect(reasons.length).toBeGreaterThan(0)
  return answer
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : []
}

const shownBy = (answer: RankedAnswer): number[] => answer.items.map(({ itemNo }) => itemNo)

/** Every user watches every item, each in an order of their own. */
const everything = (users: number, items: number, dayOf: (user: number, step: number) => number): Visit[] =>
  Array.from({ length: users * items }, (_, at) => {
    const [user, step] = [Math.floor(at / items), at % items]
    return [user, (7 * user + 11 * step) % items, dayOf(user, step)]
  })

/** A title a day, nobody at the same moment as another. */
const inTurn = (user: number, step: number): number => step + user / 80

describe('training and an answer', () => {
  it('work for one user, one item and one event: a stranger gets the item, its user nothing', async () => {
    const one = await trained(corpusOf(1, [[0, 0, 0]]))
    expect(one.report.kind).toBe('weights')
    expect(shownBy(ask(one, []))).toEqual([0])
    expect(shownBy(ask(one, [0]))).toEqual([])
  })

  it('work for one user who watched two of three items', async () => {
    const few = await trained(
      corpusOf(3, [
        [0, 0, 0],
        [0, 1, 1],
      ]),
    )
    expect(shownBy(ask(few, [0, 1]))).toEqual([2])
    expect(shownBy(ask(few, [0]))).toContain(1)
    expect(shownBy(ask(few, [])).sort()).toEqual([0, 1, 2])
  })

  it('work when all events are of the same moment, and the ranker says that it has nothing to learn from', async () => {
    const halves = Array.from({ length: 400 }, (_, at): Visit => [at % 40, ((at * 7) % 15) + 15 * (at % 2), 0])
    const frozen = await trained(corpusOf(30, halves))
    expect(frozen.report).toMatchObject({ kind: 'weights', questions: 0 })
    expect(shownBy(ask(frozen, [0, 2, 4]))).toHaveLength(10)
  })

  describe.each(kinds)('by a ranker of kind %s', (kind) => {
    it('work when everybody likes everything, and for those who have seen the whole catalogue', async () => {
      const all = await trained(corpusOf(30, everything(80, 30, inTurn)), kind)
      expect(all.report.lists).toBeGreaterThan(200)
      expect(all.report.kind).toBe(kind === 'auto' ? 'weights' : kind) // what all like in the same way teaches nothing
      expect(shownBy(ask(all, [3, 4, 5]))).toHaveLength(10)
      expect(shownBy(ask(all, []))).toHaveLength(10)
      const everyItem = Array.from({ length: 30 }, (_, item) => item)
      expect(shownBy(ask(all, everyItem))).toEqual([])
      expect(shownBy(ask(all, everyItem.slice(1), 30))).toEqual([0])
    })

    it('work when one title is there under two ids: each is an item of its own', async () => {
      const visits = everything(80, 30, inTurn).map(([user, item, day]): Visit => [user, 2 * item + (user % 2), day])
      const twins = await trained(corpusOf(60, visits, { title: 'The Same', directors: ['Nobody'], releasedAt: 0 }), kind)
      const whole = shownBy(ask(twins, [0, 2, 4], 57))
      expect(whole).toHaveLength(57)
      expect(whole).toContain(1) // the twin of what was seen
    })

    it('work when the catalogue grew tenfold since: the best is still what was learned, and all that is new can be had', async () => {
      const known = await trained(corpusOf(30, everything(80, 30, inTurn)), kind)
      known.generation.patch(
        Array.from({ length: 270 }, (_, at) => ({
          itemNo: itemNo(30 + at),
          item: itemWith({ itemId: `new-${at}`, title: `New ${at}`, genres: ['war'], releasedAt: Date.UTC(2020, 0, at) }),
        })),
      )
      const whole = shownBy(ask(known, [0, 1, 2], 297))
      expect(whole).toHaveLength(297)
      expect(whole[0]).toBeLessThan(30)
      // Somebody who has watched nothing but what came later is answered as well.
      expect(shownBy(ask(known, [40, 41, 299], 5))).toHaveLength(5)
    })
  })
})

describe('an evaluation', () => {
  const evaluated = (corpus: Corpus, protocol: Protocol) =>
    evaluate({
      corpus,
      data: 'bad',
      command: 'test',
      versions: {},
      protocol,
      rows: [{ kind: 'model', plan: singleModelPlan('popularity') }],
      at: 10,
      seed: 1,
      threads: 1,
    })

  it.each(['leave-last-out', 'global-time', 'random', 'new-items'] as const)(
    'by %s of one event says what is missing',
    async (protocol) => {
      await expect(evaluated(corpusOf(1, [[0, 0, 0]]), protocol)).rejects.toMatchObject({
        code: 'EMPTY_CATALOGUE',
        message: expect.stringMatching(/too few|Import more/),
      })
    },
  )

  it('by time of events that are all of the same moment says what is missing; by the order of events it works', async () => {
    const frozen = corpusOf(
      10,
      everything(20, 10, () => 0).filter(([, , day], at) => day === 0 && at % 3 > 0),
    )
    await expect(evaluated(frozen, 'global-time')).rejects.toMatchObject({ code: 'EMPTY_CATALOGUE' })
    const { rows } = await evaluated(frozen, 'leave-last-out')
    for (const { mean } of Object.values(rows[0].metrics)) expect(mean).toSatisfy(Number.isFinite)
  })
})
