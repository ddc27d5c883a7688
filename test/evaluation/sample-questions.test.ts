import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { assertNoLeak } from '../../src/evaluation/leakage.js'
import { sampleQuestions } from '../../src/evaluation/sample-questions.js'
import { globalTime } from '../../src/evaluation/splits.js'
import { askedUsers } from '../../src/evaluation/user-columns.js'
import { generatedDataset } from './datasets.js'

describe('sampled questions', () => {
  const dataset = generatedDataset(5)
  const whole = globalTime(dataset)
  const sampled = sampleQuestions(dataset, whole, { perUser: 3, random: createRandom(1) })

  it('keep every user, with at most the stated number of questions each', () => {
    const counts = new Map<number, number>()
    for (const user of sampled.test.tasks.users) counts.set(user, (counts.get(user) ?? 0) + 1)
    expect(Math.max(...counts.values())).toBe(3)
    expect(counts.size).toBe(askedUsers(whole.test.tasks))
  })

  it('are questions of the whole split, in order and each once', () => {
    const entries = [...sampled.test.tasks.targetEntries]
    expect(entries).toEqual([...new Set(entries)].sort((a, b) => a - b))
    expect(entries.every((entry) => whole.test.tasks.targetEntries.includes(entry))).toBe(true)
    for (const fold of [sampled.validation, sampled.test]) assertNoLeak(fold, dataset)
  })

  it('are the same for the same seed, and said in the note', () => {
    const again = sampleQuestions(dataset, whole, { perUser: 3, random: createRandom(1) })
    expect(again.test.tasks).toEqual(sampled.test.tasks)
    expect(sampled.note).toMatch(/at most 3 questions/)
  })

  it('are all of them where nobody has more', () => {
    expect(sampleQuestions(dataset, whole, { perUser: 1000, random: createRandom(1) }).test.tasks).toEqual(whole.test.tasks)
  })
})
