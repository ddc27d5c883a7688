import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { assertNoLeak } from '../../src/evaluation/leakage.js'
import { type Fold, globalTime, leaveLastOut, random, type Split } from '../../src/evaluation/splits.js'
import { historyOf, targetsOf } from '../../src/evaluation/tasks.js'
import type { Dataset } from '../../src/features/dataset.js'
import { datasetOf, generatedDataset } from './datasets.js'

/** A fold in words: what each user's training is, and what each task asks. */
function inWords(fold: Fold, dataset: Dataset) {
  const { train, tasks } = fold
  return {
    train: Array.from({ length: train.userCount }, (_, user) => [...train.items.slice(train.start[user], train.start[user + 1])]),
    tasks: Array.from({ length: tasks.count }, (_, task) => ({
      user: tasks.users[task],
      day: tasks.days[task],
      history: [...historyOf(dataset, tasks, task).items],
      targets: [...targetsOf(tasks, task)],
    })),
  }
}

// user 0: 1 2 3 4; user 1: 5 6 (too short); user 2: nobody; user 3: 1 5 1 (its last is a repeat)
const small = datasetOf(
  [
    [
      [1, 10],
      [2, 20],
      [3, 30],
      [4, 40],
    ],
    [
      [5, 10],
      [6, 50],
    ],
    [],
    [
      [1, 15],
      [5, 25],
      [1, 60],
    ],
  ],
  8,
)

describe('leave last out', () => {
  it('asks for the last entry in the test and the one before it in validation, and trains on all others once', () => {
    const split = leaveLastOut(small)
    expect(inWords(split.validation, small)).toEqual({
      train: [[1, 2], [5, 6], [], [1]],
      tasks: [
        { user: 0, day: 30, history: [1, 2], targets: [3] },
        { user: 3, day: 25, history: [1], targets: [5] },
      ],
    })
    expect(inWords(split.test, small).tasks).toEqual([{ user: 0, day: 40, history: [1, 2, 3], targets: [4] }])
    expect(split.test.train).toBe(split.validation.train)
  })

  it('leaves out and counts targets that the history has, unless repeats are kept', () => {
    expect(leaveLastOut(small).test.repeatsLeftOut).toBe(1)
    const kept = leaveLastOut(small, { repeats: 'kept' })
    expect(kept.test.repeatsLeftOut).toBe(0)
    expect(inWords(kept.test, small).tasks[1]).toEqual({ user: 3, day: 60, history: [1, 5], targets: [1] })
  })

  it('says that it leaks and that the test history has the validation event', () => {
    expect(leaveLastOut(small).note).toMatch(/includes the validation event.*leaks other users' future/)
  })

  it('refuses a dataset in which nobody has three entries', () => {
    const short = datasetOf([[[0, 1]], [[1, 2]]], 2)
    expect(() => leaveLastOut(short)).toThrowError(/0 questions for validation and 0 for the test/)
  })
})

describe('global time', () => {
  // Ten entries in time order by day: T_val at the 9th of them by 0.8 (day 9), T_test at 0.9 (day 10).
  const timed = datasetOf(
    [
      [
        [0, 1],
        [1, 3],
        [2, 5],
        [3, 9],
        [4, 10],
      ],
      [
        [1, 2],
        [0, 4],
        [5, 6],
        [0, 7],
        [6, 8],
      ],
    ],
    8,
  )

  it('cuts everybody at the same days and asks for every later event with all that came before it', () => {
    const split = globalTime(timed)
    expect(inWords(split.validation, timed)).toEqual({
      train: [
        [0, 1, 2],
        [1, 0, 5, 0, 6],
      ],
      tasks: [{ user: 0, day: 9, history: [0, 1, 2], targets: [3] }],
    })
    expect(inWords(split.test, timed)).toEqual({
      train: [
        [0, 1, 2, 3],
        [1, 0, 5, 0, 6],
      ],
      tasks: [{ user: 0, day: 10, history: [0, 1, 2, 3], targets: [4] }],
    })
    expect([split.validation.train.asOfDay, split.test.train.asOfDay]).toEqual([9, 10])
  })

  it('keeps targets that nobody had seen at training time, and asks users it has never seen', () => {
    const split = globalTime(timed, { validationQuantile: 0.2, testQuantile: 0.5 })
    const asked = inWords(split.test, timed).tasks
    expect(asked.map(({ user, targets }) => [user, ...targets])).toEqual([
      [0, 3],
      [0, 4],
      [1, 5],
      [1, 6],
    ])
    expect(split.test.repeatsLeftOut).toBe(1) // user 1 takes item 0 again on day 7
    expect(inWords(split.validation, timed).train).toEqual([[0], [1]])
  })

  it('puts entries at exactly the cut on the later side', () => {
    const tied = datasetOf([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((item) => [item, item < 8 ? 1 : item] as const)], 10)
    const split = globalTime(tied)
    expect(split.validation.trainBeforeDay).toBe(8)
    expect(Math.max(...split.validation.train.days)).toBe(1)
  })

  it('says how long ago each event of a history was', () => {
    const { tasks } = globalTime(timed).test
    expect([...historyOf(timed, tasks, 0).ageDays]).toEqual([9, 7, 5, 1])
  })
})

describe('random', () => {
  const generated = generatedDataset(1)

  it('gives each user the stated share as training and the rest as targets of one question', () => {
    const { test } = random(generated, { share: 0.75, random: createRandom(1), repeats: 'kept' })
    for (let user = 0; user < generated.userCount; user++) {
      const all = generated.start[user + 1] - generated.start[user]
      expect(test.train.start[user + 1] - test.train.start[user]).toBe(Math.round(0.75 * all))
    }
    expect(new Set(test.tasks.users).size).toBe(test.tasks.count)
  })

  it('takes validation from the training part only, so that the test stays unseen', () => {
    const { validation, test } = random(generated, { random: createRandom(2) })
    const testEntries = new Set(test.tasks.targetEntries)
    const inTraining = new Set(test.tasks.history)
    expect([...validation.tasks.targetEntries].some((entry) => testEntries.has(entry))).toBe(false)
    expect([...validation.tasks.targetEntries, ...validation.tasks.history].every((entry) => inTraining.has(entry))).toBe(true)
  })

  it('never asks for an item of the history, nor twice for one item', () => {
    const { test } = random(generated, { random: createRandom(3) })
    expect(test.repeatsLeftOut).toBeGreaterThan(0)
    for (let task = 0; task < test.tasks.count; task++) {
      const known = new Set(historyOf(generated, test.tasks, task).items)
      const targets = targetsOf(test.tasks, task)
      expect(new Set(targets).size).toBe(targets.length)
      expect(targets.some((item) => known.has(item))).toBe(false)
    }
  })

  it('draws the same for the same seed and otherwise for another', () => {
    const drawn = (seed: number) => random(generated, { random: createRandom(seed) }).test.train.fingerprint
    expect(drawn(5)).toBe(drawn(5))
    expect(drawn(5)).not.toBe(drawn(6))
  })
})

describe('every protocol', () => {
  const protocols: Readonly<Record<string, (dataset: Dataset) => Split>> = {
    'leave-last-out': leaveLastOut,
    'global-time': globalTime,
    random: (dataset) => random(dataset, { random: createRandom(9) }),
  }

  for (const [name, split] of Object.entries(protocols)) {
    it(`${name} leaks nothing, on generated data`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const dataset = generatedDataset(seed)
        const { validation, test } = split(dataset)
        for (const fold of [validation, test]) {
          assertNoLeak(fold, dataset)
          expect(fold.train.itemCount).toBe(dataset.itemCount)
          expect(fold.tasks.count).toBeGreaterThan(0)
          expect([...fold.tasks.users]).toEqual([...fold.tasks.users].sort((a, b) => a - b))
        }
      }
    })

    it(`${name} names its training data by content`, () => {
      const dataset = generatedDataset(3)
      expect(split(dataset).test.train.fingerprint).toBe(split(generatedDataset(3)).test.train.fingerprint)
      expect(split(dataset).test.train.fingerprint).not.toBe(dataset.fingerprint)
    })
  }
})
