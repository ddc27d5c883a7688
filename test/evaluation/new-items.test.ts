import { describe, expect, it } from 'vitest'
import { assertNoLeak } from '../../src/evaluation/leakage.js'
import { newItems } from '../../src/evaluation/new-items.js'
import { historyOf, targetsOf } from '../../src/evaluation/tasks.js'
import { has } from '../../src/math/bitmap.js'
import { datasetOf, generatedDataset } from './datasets.js'

// Items 0–3, first seen on days 1, 2, 3 and 4; item 4 is seen by nobody.
const small = datasetOf(
  [
    [
      [0, 1],
      [2, 3],
      [3, 5],
      [1, 6],
    ],
    [
      [1, 2],
      [0, 3],
      [3, 4],
    ],
    [
      [2, 4],
      [0, 9],
    ],
  ],
  5,
)

function asked(fold: ReturnType<typeof newItems>['test']) {
  return Array.from({ length: fold.tasks.count }, (_, task) => ({
    user: fold.tasks.users[task],
    day: fold.tasks.days[task],
    history: [...historyOf(small, fold.tasks, task).items],
    targets: [...targetsOf(fold.tasks, task)],
  }))
}

describe('new items', () => {
  it('withholds the items that were first seen last, and asks for them knowing all the rest', () => {
    const { validation, test } = newItems(small, { share: 0.25 })
    expect(asked(test)).toEqual([
      { user: 0, day: 6, history: [0, 2, 1], targets: [3] },
      { user: 1, day: 4, history: [1, 0], targets: [3] },
    ])
    expect([...test.train.items]).toEqual([0, 2, 1, 1, 0, 2, 0])
    // Item 2 is the newest without item 3, of which validation knows nothing either.
    expect(asked(validation)).toEqual([
      { user: 0, day: 6, history: [0, 1], targets: [2] },
      { user: 2, day: 9, history: [0], targets: [2] },
    ])
    expect([...validation.train.items]).toEqual([0, 1, 1, 0, 0])
  })

  it('goes by release dates where nearly all are known, and by first events where not', () => {
    const released = newItems(small, { share: 0.25, releasedOnDay: [1000, 2, 3, 4, 2000] })
    expect([...Array(5).keys()].filter((item) => has(released.test.withheld!, item))).toEqual([0])
    expect(released.note).toContain('by release date; 1 of 4')
    const unknown = newItems(small, { share: 0.25, releasedOnDay: [1000, Number.NaN, Number.NaN, 4, 2000] })
    expect(unknown.note).toContain('by first event')
    expect(has(unknown.test.withheld!, 3)).toBe(true)
  })

  it('leaks nothing on generated data; a planted event on a withheld item is caught', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const dataset = generatedDataset(seed)
      const { validation, test } = newItems(dataset)
      for (const fold of [validation, test]) assertNoLeak(fold, dataset)
      const known = test.train.items[0]
      const withheld = { ...test.withheld!, words: test.withheld!.words.slice() }
      withheld.words[known >>> 5] |= 1 << (known & 31)
      expect(() => assertNoLeak({ ...test, withheld }, dataset)).toThrowError(/leak: item \d+ is withheld/)
    }
  })
})
