import { expect } from 'vitest'
import { SonaError } from '../../src/domain/errors.js'
import { itemNo } from '../../src/domain/ids.js'
import { createRandom } from '../../src/domain/random.js'
import { type Catalogue, createCatalogue, emptyCatalogue } from '../../src/features/catalogue.js'
import type { Dataset } from '../../src/features/dataset.js'
import { createDatasetBuilder } from '../../src/features/dataset-builder.js'
import { type WeightedHistory, weighHistory } from '../../src/features/history.js'
import { createKernels, type Kernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'
import type { Algorithm, Model, TrainingRun } from '../../src/models/model.js'
import { itemWith } from '../catalogue-of.js'
import { type GeneratedWorld, generateWorld } from './generated-world.js'

/** An algorithm under test, and what may be expected of it. */
export interface Subject {
  readonly algorithm: Algorithm
  /** Options that suit data of some hundred events; the defaults are made for a million. */
  readonly options: object
  /** Whether it looks at the history. One that does not answers everybody, always, and the same. */
  readonly personal: boolean
  /** Mean NDCG@10 on the generated world: worse is broken, better is cheating. */
  readonly quality: { readonly floor: number; readonly ceiling: number }
}

/** One thing every model must do. Fails by throwing. */
export interface Check {
  readonly name: string
  /** Left out: asked of every model. */
  readonly only?: 'personal' | 'personal, of items with events'
  run(subject: Subject): void
}

/** The checks that apply to a subject. */
export function checksFor({ personal, algorithm }: Subject): readonly Check[] {
  const ofActive = algorithm.coversAll !== true
  return checks.filter(({ only }) => only === undefined || (personal && (only === 'personal' || ofActive)))
}

/** What a model must do. Run each as a test of its own; conformance.test.ts proves that faults are caught. */
export const checks: readonly Check[] = [
  {
    name: 'tells two tastes apart: a group’s items rank above the other group’s',
    only: 'personal',
    run(subject) {
      const { model, kernels } = trained(subject, checkerboard())
      for (const group of [0, 1]) {
        const history = historyOf(kernels, [group, group + 2, group + 4])
        const scores = scoresOf(model, history, kernels)
        const own = [...scores].filter((_, item) => item % 2 === group && !history.items.includes(item))
        const others = [...scores].filter((_, item) => item % 2 !== group)
        expect(Math.min(...own)).toBeGreaterThan(Math.max(...others))
      }
    },
  },
  {
    name: 'reads the history, or says that it does not',
    run(subject) {
      const { model, kernels } = trained(subject, world().data)
      const one = scoresOf(model, historyOf(kernels, [0, 1]), kernels)
      const other = scoresOf(model, historyOf(kernels, [60, 61]), kernels)
      if (subject.personal) expect(one).not.toEqual(other)
      else expect(one).toEqual(other)
    },
  },
  {
    name: 'makes the same bytes from the same data and seed',
    run(subject) {
      const first = trained(subject, world().data).model.save()
      const second = trained(subject, world().data).model.save()
      expect(second.header).toEqual(first.header)
      expect(bytesOf(second.arrays)).toEqual(bytesOf(first.arrays))
    },
  },
  {
    name: 'leaves the dataset as it was',
    run(subject) {
      const { data } = world()
      trained(subject, Object.freeze(data))
      expect(bytesOf(arraysOf(data))).toEqual(bytesOf(arraysOf(world().data)))
    },
  },
  {
    name: 'leaves the history as it was',
    run(subject) {
      const { model, kernels } = trained(subject, world().data)
      const history = historyOf(kernels, [5, 6, 40], [0.25, 0.5, 1])
      const before = structuredClone({ items: [...history.items], weights: [...history.weights] })
      scoresOf(model, history, kernels)
      model.scoreSome(history, copied(kernels.arena.u32(2), [1, 2]), kernels.arena.f32(2))
      model.explain?.(history, 7, kernels.arena.f32(3))
      expect({ items: [...history.items], weights: [...history.weights] }).toEqual(before)
    },
  },
  {
    name: 'cannot tell from an empty history, from unknown items, or from entries that weigh nothing',
    run(subject) {
      const { model, kernels } = trained(subject, withUntouchedItems())
      const unknown = subject.algorithm.coversAll === true ? [] : [historyOf(kernels, [8, 9])]
      const silent = [historyOf(kernels, []), ...unknown, historyOf(kernels, [0, 1], [0, 0])]
      for (const history of silent) {
        const scores = scoresOf(model, history, kernels)
        const known = [...scores.subarray(0, 8)]
        if (subject.personal) expect(known.every(Number.isNaN)).toBe(true)
        else expect(known.every(Number.isFinite)).toBe(true)
      }
    },
  },
  {
    name: 'cannot tell about items without events, unless it covers all, and can about the others',
    run(subject) {
      const { model, kernels } = trained(subject, withUntouchedItems())
      const scores = scoresOf(model, historyOf(kernels, [0, 9, 1]), kernels)
      const isSilent = subject.algorithm.coversAll !== true
      expect([...scores].map(Number.isNaN)).toEqual([...Array(8).fill(false), isSilent, isSilent])
    },
  },
  {
    name: 'counts an unknown item of the history for nothing',
    only: 'personal, of items with events',
    run(subject) {
      const { model, kernels } = trained(subject, withUntouchedItems())
      const without = scoresOf(model, historyOf(kernels, [0, 1]), kernels)
      expect(scoresOf(model, historyOf(kernels, [0, 9, 1]), kernels)).toEqual(without)
    },
  },
  {
    name: 'writes every place of the answer, finite or NaN, whatever stood there',
    run(subject) {
      for (const data of [world().data, checkerboard(), withUntouchedItems(), withoutEngagement()]) {
        const { model, kernels } = trained(subject, data)
        for (const items of [[0], [0, 1, 2, 3], [0, 0, 0], []]) {
          const out = kernels.arena.f32(data.itemCount).fill(Number.POSITIVE_INFINITY)
          model.score(historyOf(kernels, items), out)
          expect([...out].filter((score) => !Number.isFinite(score) && !Number.isNaN(score))).toEqual([])
        }
      }
    },
  },
  {
    name: 'stands data of almost nothing',
    run(subject) {
      const tiny = [
        datasetOf(3, []),
        datasetOf(0, []),
        datasetOf(1, [[0, 0]]),
        datasetOf(3, [[0, 1]]),
        datasetOf(4, [
          [0, 0],
          [0, 1],
          [0, 2],
        ]),
        datasetOf(1, [
          [0, 0],
          [1, 0],
          [2, 0],
        ]),
      ]
      for (const data of tiny) {
        const { model, kernels } = trained(subject, data)
        expect(model.itemCount).toBe(data.itemCount)
        const scores = scoresOf(model, historyOf(kernels, data.itemCount > 0 ? [0] : []), kernels)
        expect([...scores].filter((score) => Math.abs(score) === Number.POSITIVE_INFINITY)).toEqual([])
        expect(bytesOf(restored(subject, model).save().arrays)).toEqual(bytesOf(model.save().arrays))
      }
    },
  },
  {
    name: 'stands users who repeat themselves',
    run(subject) {
      const data = datasetOf(
        6,
        Array.from({ length: 60 }, (_, at) => [at % 5, [0, 1, 0, 2, (at * 7) % 6][at % 5]!] as const),
      )
      const { model, kernels } = trained(subject, data)
      const scores = scoresOf(model, historyOf(kernels, [0, 1, 0, 0, 2]), kernels)
      expect([...scores].every(Number.isFinite)).toBe(true)
    },
  },
  {
    name: 'says how far it is, and stops when told to',
    run(subject) {
      const steps: number[] = []
      trained(subject, world().data, (done) => steps.push(done))
      expect(steps.length).toBeGreaterThan(0)
      expect(steps.every((done, at) => done >= 0 && done <= 1 && done >= (steps[at - 1] ?? 0))).toBe(true)
      for (const stopAt of new Set([1, Math.ceil(steps.length / 2), steps.length])) {
        let calls = 0
        const stop = () => {
          if (++calls === stopAt) throw new SonaError('TRAINING_ABORTED', 'Stopped by the test.')
        }
        expect(() => trained(subject, world().data, stop)).toThrow(expect.objectContaining({ code: 'TRAINING_ABORTED' }))
      }
    },
  },
  {
    name: 'scores the same after save and restore, also in another memory',
    run(subject) {
      const { model, kernels } = trained(subject, world().data)
      const elsewhere = newKernels()
      const again = subject.algorithm.restore(structuredClone(model.save()), elsewhere)
      expect([again.algorithm, again.itemCount, again.recency]).toEqual([model.algorithm, model.itemCount, model.recency])
      for (const items of [[3], [3, 4, 5, 90], []]) {
        const expected = scoresOf(model, historyOf(kernels, items), kernels)
        expect(scoresOf(again, historyOf(elsewhere, items), elsewhere)).toEqual(expected)
      }
      expect(bytesOf(again.save().arrays)).toEqual(bytesOf(model.save().arrays))
      expect(again.save().header).toEqual(model.save().header)
    },
  },
  {
    name: 'names itself, its options, its data and its items in the artifact',
    run(subject) {
      const { data } = world()
      const { header, arrays } = trained(subject, data).model.save()
      expect(header).toMatchObject({
        format: 1,
        algorithm: subject.algorithm.name,
        fingerprint: data.fingerprint,
        asOfDay: data.asOfDay,
        users: data.userCount,
        events: data.items.length,
      })
      expect(JSON.parse(JSON.stringify(header.options))).toEqual({ ...subject.algorithm.defaults, ...subject.options })
      expect(arrays.itemNos).toEqual(data.itemNos)
    },
  },
  {
    name: 'refuses an artifact with an array missing, cut short or of another kind',
    run(subject) {
      const artifact = trained(subject, world().data).model.save()
      for (const [name, array] of Object.entries(artifact.arrays)) {
        const { [name]: _, ...missing } = artifact.arrays
        const cut = { ...artifact.arrays, [name]: array.slice(0, -1) }
        const other = { ...artifact.arrays, [name]: new (array instanceof Uint8Array ? Float32Array : Uint8Array)(array.length) }
        for (const arrays of [missing, cut, other]) {
          expect(() => subject.algorithm.restore({ ...artifact, arrays }, newKernels())).toThrow(
            expect.objectContaining({ code: 'ARTIFACT_CORRUPT' }),
          )
        }
      }
    },
  },
  {
    name: 'gives the same numbers for some items as for all',
    run(subject) {
      const { model, kernels } = trained(subject, world().data)
      for (const items of [[3], [3, 4, 5, 90], []]) {
        const history = historyOf(kernels, items)
        const all = scoresOf(model, history, kernels)
        const some = copied(kernels.arena.u32(5), [0, 119, 4, 4, 60])
        const out = kernels.arena.f32(5).fill(7)
        model.scoreSome(history, some, out)
        expect([...out]).toEqual([...some].map((item) => all[item]))
      }
    },
  },
  {
    name: 'explains a score by shares that add up to it, but for what the history has no part in',
    only: 'personal',
    run(subject) {
      for (const data of [world().data, withUntouchedItems()]) {
        const { model, kernels } = trained(subject, data)
        expect(model.explain).toBeDefined()
        const history = historyOf(kernels, [0, 5, 9, 5, 3], [0.1, 0.5, 0.7, 0.2, 1])
        const [rest, spread] = unexplained(model, history, kernels)
        const [restOfOther] = unexplained(model, historyOf(kernels, [7, 2], [1, 0.5]), kernels)
        rest.forEach((value, item) => {
          expect(Math.abs(value - restOfOther[item]!)).toBeLessThanOrEqual(1e-4 * spread)
        })
      }
    },
  },
  {
    name: 'gives back the memory it borrows to answer',
    run(subject) {
      const { model, kernels } = trained(subject, world().data)
      const history = historyOf(kernels, [3, 4])
      const [out, some, shares] = [kernels.arena.f32(model.itemCount), copied(kernels.arena.u32(1), [2]), kernels.arena.f32(2)]
      const before = kernels.arena.usedBytes
      model.score(history, out)
      model.scoreSome(history, some, out.subarray(0, 1))
      model.explain?.(history, 5, shares)
      expect(kernels.arena.usedBytes).toBe(before)
    },
  },
  {
    name: 'keeps from training no more memory than its artifact',
    run(subject) {
      const kernels = newKernels()
      const before = kernels.arena.usedBytes
      const { data } = world()
      const { arrays } = subject.algorithm.train(data, optionsOf(subject), runOn(kernels, catalogueFor(subject, data))).save()
      const bytes = Object.values(arrays).reduce((sum, array) => sum + array.byteLength + 64, 0)
      expect(kernels.arena.usedBytes - before).toBeLessThanOrEqual(bytes)
    },
  },
  {
    name: 'is as good as it should be on data whose truth is known, and no better',
    run(subject) {
      const quality = qualityOf(subject)
      expect(quality).toBeGreaterThan(subject.quality.floor)
      expect(quality).toBeLessThan(subject.quality.ceiling)
    },
  },
]

/** Mean NDCG@10 over the held-out events of the generated world, all unseen items ranked. */
export function qualityOf(subject: Subject): number {
  const { data, questions } = world()
  const { model, kernels } = trained(subject, data)
  let total = 0
  for (const { items, next } of questions) {
    const mark = kernels.arena.mark()
    const scores = scoresOf(model, fadingHistoryOf(kernels, items, model), kernels)
    kernels.arena.release(mark)
    const others = [...scores.keys()].filter((item) => !items.includes(item) && item !== next)
    const better = others.filter((item) => scores[item]! > scores[next]!).length
    const level = others.filter((item) => scores[item] === scores[next]).length
    const rank = better + level / 2 // of equals, the middle
    if (rank < 10) total += 1 / Math.log2(rank + 2)
  }
  return total / questions.length
}

const generated = generateWorld(createRandom('conformance'))

/** The generated world of every check: a copy each, since a faulty model may change what it is given. */
export function world(): GeneratedWorld {
  return structuredClone(generated)
}

function optionsOf({ algorithm, options }: Subject): object {
  return { ...algorithm.defaults, ...options }
}

function newKernels(): Kernels {
  return createKernels(createArena(32 * 2 ** 20))
}

function runOn(kernels: Kernels, catalogue: Catalogue, checkpoint: TrainingRun['checkpoint'] = () => {}): TrainingRun {
  return { kernels, random: createRandom('training'), catalogue, checkpoint }
}

/** What an algorithm that covers all is told of the items: their genre, the group they belong to. The others get by without. */
function catalogueFor({ algorithm }: Subject, { itemNos }: Dataset): Catalogue {
  if (algorithm.coversAll !== true) return emptyCatalogue
  const genreOf = (item: number): string => (itemNos.length > 20 ? `group ${Math.floor(item / 20)}` : `group ${item % 2}`)
  return createCatalogue(
    Array.from(itemNos, (number, item) => ({
      itemNo: itemNo(number),
      item: itemWith({ itemId: String(number), genres: [genreOf(item)] }),
    })),
  )
}

function trained(subject: Subject, data: Dataset, checkpoint?: TrainingRun['checkpoint']) {
  const kernels = newKernels()
  return {
    kernels,
    model: subject.algorithm.train(data, optionsOf(subject), runOn(kernels, catalogueFor(subject, data), checkpoint)),
  }
}

/** What the shares leave over of each item's score, 0 where there is no score and no share; and how large scores are. */
function unexplained(model: Model, history: WeightedHistory, kernels: Kernels): readonly [rest: number[], spread: number] {
  const scores = scoresOf(model, history, kernels)
  const rest = Array.from(scores, (score, item) => {
    const shares = kernels.arena.f32(history.items.length).fill(Number.NaN)
    model.explain?.(history, item, shares)
    return (Number.isNaN(score) ? 0 : score) - shares.reduce((a, b) => a + b, 0)
  })
  return [rest, Math.max(...[...scores].map(Math.abs).filter(Number.isFinite))]
}

function restored({ algorithm }: Subject, model: Model): Model {
  return algorithm.restore(model.save(), newKernels())
}

function scoresOf(model: Model, history: WeightedHistory, { arena }: Kernels): Float32Array {
  const out = arena.f32(model.itemCount).fill(-777)
  model.score(history, out)
  return new Float32Array(out)
}

function historyOf({ arena }: Kernels, items: readonly number[], weights = items.map(() => 1)): WeightedHistory {
  return { items: copied(arena.u32(items.length), items), weights: copied(arena.f32(items.length), weights) }
}

function fadingHistoryOf({ arena }: Kernels, items: Uint32Array, { recency }: Model): WeightedHistory {
  const history = { items, engagement: new Float32Array(items.length).fill(1), ageDays: new Float32Array(items.length) }
  return weighHistory(history, recency, { items: arena.u32(items.length), weights: arena.f32(items.length) })
}

function copied<T extends Uint32Array | Float32Array>(into: T, values: ArrayLike<number>): T {
  into.set(values)
  return into
}

function arraysOf({ start, items, engagement, days, itemNos }: Dataset) {
  return { start, items, engagement, days, itemNos }
}

/** As text, for comparing arrays that live in different memories bit by bit. */
function bytesOf(arrays: Readonly<Record<string, ArrayBufferView>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { buffer, byteOffset, byteLength }]) => [
      name,
      Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64'),
    ]),
  )
}

/** Entries of [user, item], a day apart, all of engagement 1 unless said otherwise. */
function datasetOf(itemCount: number, entries: readonly (readonly [user: number, item: number])[], engagement = 1): Dataset {
  const builder = createDatasetBuilder(Int32Array.from({ length: itemCount }, (_, item) => item))
  entries.forEach(([user, item], at) => {
    builder.add(user, item, engagement, at)
  })
  return builder.build({ asOfDay: entries.length + 1 })
}

/** 16 items, 40 users: even users know even items only, odd users odd ones, each six of the eight in an order of their own. */
function checkerboard(): Dataset {
  const random = createRandom('checkerboard')
  const entries: [number, number][] = []
  for (let user = 0; user < 40; user++) {
    const items = Array.from({ length: 8 }, (_, at) => 2 * at + (user % 2))
    for (let k = 0; k < 6; k++) entries.push([user, items.splice(random.below(items.length), 1)[0]!])
  }
  return datasetOf(16, entries)
}

/** 10 items of which the last two have no events. */
function withUntouchedItems(): Dataset {
  return datasetOf(
    10,
    Array.from({ length: 80 }, (_, at) => [Math.floor(at / 8), (at * 3 + Math.floor(at / 8)) % 8] as const),
  )
}

/** Events that all say "no": engagement 0. */
function withoutEngagement(): Dataset {
  return datasetOf(
    5,
    Array.from({ length: 30 }, (_, at) => [at % 6, (at * 2) % 5] as const),
    0,
  )
}
