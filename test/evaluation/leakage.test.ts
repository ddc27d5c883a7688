import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { assertNoLeak } from '../../src/evaluation/leakage.js'
import { type Fold, globalTime, leaveLastOut, random } from '../../src/evaluation/splits.js'
import type { Dataset } from '../../src/features/dataset.js'
import { generatedDataset } from './datasets.js'

const dataset = generatedDataset(4)

/** The training data with one entry of the full data put where it would stand in time. */
function planted(fold: Fold, user: number, entry: number): Fold {
  const { train } = fold
  let at = train.start[user]
  while (at < train.start[user + 1] && train.days[at] <= dataset.days[entry]) at++
  const inserted = <T extends Uint32Array | Float32Array | Float64Array>(array: T, value: number): T => {
    const longer = new (array.constructor as new (length: number) => T)(array.length + 1)
    longer.set(array.subarray(0, at))
    longer[at] = value
    longer.set(array.subarray(at), at + 1)
    return longer
  }
  const leaky: Dataset = {
    ...train,
    start: train.start.map((first, row) => (row > user ? first + 1 : first)),
    items: inserted(train.items, dataset.items[entry]),
    engagement: inserted(train.engagement, dataset.engagement[entry]),
    days: inserted(train.days, dataset.days[entry]),
  }
  return { ...fold, train: leaky }
}

describe('the leakage check', () => {
  it('catches an event after the cut in the training data', () => {
    const { test } = globalTime(dataset)
    expect(() => assertNoLeak(test, dataset)).not.toThrow()
    expect(() => assertNoLeak(planted(test, test.tasks.users[0], test.tasks.targetEntries[0]), dataset)).toThrowError(
      /leak: .*cut/,
    )
  })

  it('catches a target among the training data where there is no cut', () => {
    for (const fold of [
      leaveLastOut(dataset).validation,
      leaveLastOut(dataset).test,
      random(dataset, { random: createRandom(1) }).test,
    ]) {
      for (const task of [0, fold.tasks.count - 1]) {
        const entry = fold.tasks.targetEntries[fold.tasks.targetStart[task]]
        expect(() => assertNoLeak(planted(fold, fold.tasks.users[task], entry), dataset)).toThrowError(/leak: user/)
      }
    }
  })

  it("catches a user's own later event in training where time is kept in order", () => {
    const { validation } = leaveLastOut(dataset)
    const task = 0
    const afterTarget = validation.tasks.targetEntries[task] + 1
    expect(() => assertNoLeak(planted(validation, validation.tasks.users[task], afterTarget), dataset)).toThrowError(/leak: user/)
  })

  it('catches a history that reaches up to its own target', () => {
    const { test } = globalTime(dataset)
    const tasks = { ...test.tasks, historyEnd: test.tasks.historyEnd.map((end, task) => (task === 1 ? end + 1 : end)) }
    expect(() => assertNoLeak({ ...test, tasks }, dataset)).toThrowError(/leak: .*history of task 1/)
  })

  it('catches a history of somebody else', () => {
    const { test } = leaveLastOut(dataset)
    const tasks = { ...test.tasks, historyStart: test.tasks.historyStart.map((first, task) => (task === 2 ? first - 1 : first)) }
    expect(() => assertNoLeak({ ...test, tasks }, dataset)).toThrowError(/leak: .*history of task 2/)
  })

  it('catches a question asked before something in its history happened', () => {
    const { test } = leaveLastOut(dataset)
    const tasks = { ...test.tasks, days: test.tasks.days.map((day, task) => (task === 0 ? 0 : day)) }
    expect(() => assertNoLeak({ ...test, tasks }, dataset)).toThrowError(/later than the question/)
  })
})
