import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { beforeTest } from '../../src/evaluation/before-test.js'
import { askingOrder, errorOfDifference, meanOverUsers, meansOfUsers } from '../../src/tuning/asking-order.js'
import { generatedDataset } from '../evaluation/datasets.js'

const { tasks } = beforeTest('global-time', generatedDataset(1), createRandom(1)).validation

describe('the order of asking', () => {
  it('has each user once with questions of their own, none twice, and no more than it may', () => {
    const { users, tasks: asked, start } = askingOrder(tasks, { users: 20, perUser: 3 }, createRandom(1))
    expect(users).toBe(20)
    const owners = Array.from({ length: users }, (_, user) => {
      const own = asked.subarray(start[user], start[user + 1])
      expect(own.length).toBeGreaterThan(0)
      expect(own.length).toBeLessThanOrEqual(3)
      expect(new Set(own).size).toBe(own.length)
      expect(new Set(own.map((task) => tasks.users[task]!)).size).toBe(1)
      return tasks.users[own[0]!]
    })
    expect(new Set(owners).size).toBe(20)
    expect(asked).toHaveLength(start[users]!)
  })

  it('asks everything when it may, in the same order for the same seed', () => {
    const all = askingOrder(tasks, { users: 1_000, perUser: 1_000 }, createRandom(1))
    expect([...all.tasks].sort((a, b) => a - b)).toEqual(Array.from({ length: tasks.count }, (_, task) => task))
    expect(askingOrder(tasks, { users: 1_000, perUser: 1_000 }, createRandom(1)).tasks).toEqual(all.tasks)
    expect(askingOrder(tasks, { users: 1_000, perUser: 1_000 }, createRandom(2)).tasks).not.toEqual(all.tasks)
  })

  it('counts every user once, however many questions they have', () => {
    const order = { users: 3, tasks: new Uint32Array(6), start: Uint32Array.of(0, 1, 5, 6) }
    const values = Float64Array.of(1, 0, 0, 0, 1, 0.5)
    expect([...meansOfUsers(order, values)]).toEqual([1, 0.25, 0.5])
    expect(meanOverUsers(order, values, 2)).toBe(0.625)
  })
})

describe('the error of a difference', () => {
  it('is that of the paired differences: 0 where all users differ alike', () => {
    expect(errorOfDifference(Float64Array.of(1, 2, 3), Float64Array.of(0, 1, 2))).toBe(0)
    // differences 1, 0, 2, 1: mean 1, variance 2/3, standard error √(2/3/4)
    expect(errorOfDifference(Float64Array.of(1, 2, 3, 4), Float64Array.of(0, 2, 1, 3))).toBeCloseTo(Math.sqrt(2 / 3 / 4), 12)
  })
})
