import { describe, expect, it } from 'vitest'
import { assertNoLeak } from '../../src/evaluation/leakage.js'
import { type SplitOptions, splitBy, splitFingerprint } from '../../src/evaluation/protocols.js'
import { targetsOf } from '../../src/evaluation/tasks.js'
import { engagementOf } from '../../src/features/engagement.js'
import { datasetOf, generatedDataset } from './datasets.js'

const protocols = ['leave-last-out', 'global-time', 'random', 'new-items'] as const
const rated = (value: number, min: number): number =>
  engagementOf({ kind: 'rate', rewatch: false, rating: { value, min, max: 5 } })!

describe('relevant targets', () => {
  it('are those rated at least so much, on scales of whole and of half stars alike', () => {
    const stars = [rated(3, 1), rated(4, 1), rated(3.5, 0.5), rated(4, 0.5), rated(5, 1)]
    const user = [0, 1, 2].map((item) => [item, item + 1, 0] as const)
    // Each user's last event has another rating.
    const dataset = datasetOf(
      stars.map((engagement) => [...user, [3, 9, engagement]] as const),
      4,
    )
    expect(() => splitBy(dataset, { protocol: 'leave-last-out', seed: 1, relevant: 4 })).toThrowError(
      /0 questions for validation/,
    )
    const liked = datasetOf(
      stars.map(
        (engagement) =>
          [
            [0, 1],
            [1, 2],
            [2, 3, 1],
            [3, 9, engagement],
          ] as const,
      ),
      4,
    )
    const { test } = splitBy(liked, { protocol: 'leave-last-out', seed: 1, relevant: 4 })
    expect([...test.tasks.users]).toEqual([1, 3, 4])
  })

  it('leave training and histories whole, and ask nothing where none is left', () => {
    const dataset = generatedDataset(2)
    for (const protocol of protocols) {
      const whole = splitBy(dataset, { protocol, seed: 1 })
      const liked = splitBy(dataset, { protocol, seed: 1, relevant: 2.5 })
      expect(liked.test.train.fingerprint).toBe(whole.test.train.fingerprint)
      expect(liked.test.tasks.targets.length).toBeLessThan(whole.test.tasks.targets.length)
      for (const fold of [liked.validation, liked.test]) {
        assertNoLeak(fold, dataset)
        for (let task = 0; task < fold.tasks.count; task++) expect(targetsOf(fold.tasks, task).length).toBeGreaterThan(0)
        for (const entry of fold.tasks.targetEntries)
          expect(dataset.engagement[entry]).toBeGreaterThanOrEqual(rated(2.5, 1) - 1e-6)
      }
    }
  })
})

describe('the name of a split', () => {
  const dataset = generatedDataset(3)
  const named = (options: Partial<SplitOptions>, data = dataset) =>
    splitFingerprint(splitBy(data, { protocol: 'random', seed: 1, ...options }))

  it('is the same for the same split, whenever the data was read', () => {
    for (const protocol of protocols) expect(named({ protocol }, { ...dataset, asOfDay: 99_999 })).toBe(named({ protocol }))
  })

  it('is another for another split', () => {
    const names = [
      ...protocols.map((protocol) => named({ protocol })),
      named({ seed: 2 }),
      named({ randomTrain: 0.8 }),
      named({ relevant: 2 }),
      named({ protocol: 'global-time', perUser: 2 }),
      named({}, generatedDataset(4)),
    ]
    expect(new Set(names).size).toBe(names.length)
  })

  it('changes with what would be right, even if nothing else does', () => {
    const split = splitBy(dataset, { protocol: 'leave-last-out', seed: 1 })
    const { tasks } = split.test
    const other = { ...split, test: { ...split.test, tasks: { ...tasks, targets: tasks.targets.map((item) => item ^ 1) } } }
    expect(splitFingerprint(other)).not.toBe(splitFingerprint(split))
  })
})
