import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { beforeTest, type SearchedProtocol } from '../../src/evaluation/before-test.js'
import { assertNoLeak } from '../../src/evaluation/leakage.js'
import { type Fold, globalTime, leaveLastOut, random, type Split } from '../../src/evaluation/splits.js'
import { historyOf, targetsOf } from '../../src/evaluation/tasks.js'
import type { Dataset } from '../../src/features/dataset.js'
import { generatedDataset } from './datasets.js'

const splits: Readonly<Record<SearchedProtocol, (dataset: Dataset, seed: number) => Split>> = {
  'leave-last-out': (dataset) => leaveLastOut(dataset),
  'global-time': (dataset) => globalTime(dataset),
  random: (dataset, seed) => random(dataset, { random: createRandom(seed) }),
}
const protocols = Object.keys(splits) as (keyof typeof splits)[]

/** All that a fold asks and teaches, without positions of entries. */
function inWords({ train, tasks, trainBeforeDay, order, repeatsLeftOut }: Fold, dataset: Dataset) {
  return {
    train: train.fingerprint,
    trainBeforeDay,
    order,
    repeatsLeftOut,
    tasks: Array.from({ length: tasks.count }, (_, task) => ({
      user: tasks.users[task],
      day: tasks.days[task],
      history: historyOf(dataset, tasks, task),
      targets: [...targetsOf(tasks, task)],
    })),
  }
}

describe('the data before the test', () => {
  it.each(protocols)('by %s asks what the validation of the split asks', (protocol) => {
    for (let seed = 1; seed <= 20; seed++) {
      const full = generatedDataset(seed)
      const before = beforeTest(protocol, full, createRandom(seed))
      expect(inWords(before.validation, before.dataset)).toEqual(inWords(splits[protocol](full, seed).validation, full))
      assertNoLeak(before.validation, before.dataset)
    }
  })

  it.each(protocols)('by %s holds no entry that the test asks for', (protocol) => {
    const full = generatedDataset(3)
    const { dataset } = beforeTest(protocol, full, createRandom(3))
    const { test } = splits[protocol](full, 3)
    const left = new Map<string, number>()
    for (const name of entriesOf(full)) left.set(name, (left.get(name) ?? 0) + 1)
    for (const name of entriesOf(dataset)) left.set(name, (left.get(name) ?? 0) - 1)
    expect(test.tasks.targetEntries.length).toBeGreaterThan(10)
    for (const entry of test.tasks.targetEntries) expect(left.get(nameOf(full, entry))).toBeGreaterThan(0)
    expect(Math.min(...left.values())).toBe(0)
  })

  it('refuses data that leave no question', () => {
    const nobody = { ...generatedDataset(1), start: new Uint32Array(61), items: new Uint32Array(0) }
    const empty = { ...nobody, engagement: new Float32Array(0), days: new Float64Array(0) }
    expect(() => beforeTest('leave-last-out', empty, createRandom(1))).toThrowError(/too few events to tune by leave-last-out/)
  })
})

function entriesOf(dataset: Dataset): string[] {
  return Array.from(dataset.items, (_, entry) => nameOf(dataset, entry))
}

/** User, item, day and engagement: together, no two entries of the generated data are alike. */
function nameOf({ start, items, days, engagement }: Dataset, entry: number): string {
  const user = start.findLastIndex((first) => first <= entry)
  return `${user} ${items[entry]} ${days[entry]} ${engagement[entry]}`
}
