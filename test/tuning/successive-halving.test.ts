import { describe, expect, it } from 'vitest'
import { type Rung, rungsFor, successiveHalving } from '../../src/tuning/successive-halving.js'

describe('rungs', () => {
  it('ask a third each, down to 1,000 users', () => {
    expect(rungsFor(18_000).map(({ users }) => users)).toEqual([2_000, 6_000, 18_000])
    expect(rungsFor(6_040).map(({ users }) => users)).toEqual([2_013, 6_040])
    expect(rungsFor(943)).toEqual([{ users: 943, share: 1 }])
    expect(rungsFor(1_000_000)).toHaveLength(3)
  })
})

describe('successive halving', () => {
  const rungs: readonly Rung[] = [
    { users: 1, share: 1 / 9 },
    { users: 3, share: 1 / 3 },
    { users: 9, share: 1 },
  ]

  /** Candidates are what they are worth; each measurement is written down as its rung's users and the candidates. */
  function worth(asked: [number, ...number[]][], stopAfter = Number.POSITIVE_INFINITY) {
    let left = stopAfter
    return async (candidates: readonly number[], { users }: Rung): Promise<readonly number[]> => {
      asked.push([users, ...candidates])
      const measured = candidates.slice(0, Math.max(0, left))
      left -= candidates.length
      return measured
    }
  }

  it('asks nine cheaply, the best three more dearly, and the best of all in full', async () => {
    const asked: [number, ...number[]][] = []
    expect(await successiveHalving([4, 7, 1, 9, 2, 8, 3, 6, 5], rungs, worth(asked))).toEqual([{ candidate: 9, value: 9 }])
    expect(asked).toEqual([
      [1, 4, 7, 1, 9, 2, 8, 3, 6, 5],
      [3, 7, 9, 8],
      [9, 9],
    ])
  })

  it('lets the first-born of equals go on, and what is not known last', async () => {
    const asked: [number, ...number[]][] = []
    const values = [Number.NaN, 1, 1, 1]
    const finalists = await successiveHalving([0, 1, 2, 3], rungs.slice(1), async (candidates, { users }) => {
      asked.push([users, ...candidates])
      return candidates.map((candidate) => values[candidate]!)
    })
    expect(finalists.map(({ candidate }) => candidate)).toEqual([1, 2])
  })

  it('goes on with the best of those that a rung could measure in time, and has no finalist when none reaches the last', async () => {
    expect(await successiveHalving([3, 2, 1], rungs, worth([], 2))).toEqual([])
    const hasty = worth([])
    const inTime = async (each: readonly number[], rung: Rung) =>
      (await hasty(each, rung)).slice(0, rung.share < 1 ? 5 : undefined)
    expect(await successiveHalving([2, 1, 3, 1, 1, 9, 9, 9, 9], rungs, inTime)).toEqual([{ candidate: 3, value: 3 }])
    expect(await successiveHalving([3, 2, 1], rungs.slice(2), worth([], 2))).toEqual([
      { candidate: 3, value: 3 },
      { candidate: 2, value: 2 },
    ])
  })
})
