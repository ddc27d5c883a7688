import { describe, expect, it } from 'vitest'
import type { Lesson } from '../../../src/adapters/adapter.js'
import type { SharedTier } from '../../../src/adapters/tier.js'
import { createRandom, type Random } from '../../../src/domain/random.js'
import { NO_GROUP } from '../../../src/evaluation/prequential/gain.js'
import { createPlayer, type PlayedEvent, prequentialRows } from '../../../src/evaluation/prequential/player.js'
import { madeUpLesson, madeUpTier } from '../../adapters/made-up.js'

const shape = { cells: 1, rank: 4, features: 4 }
const query = Float32Array.of(1)

function tierOf(variance: number): SharedTier {
  const tier = madeUpTier(createRandom('tier'), shape, variance)
  const directions = new Float32Array(16)
  for (let j = 0; j < 4; j++) directions[5 * j] = 1
  return { ...tier, space: { ...tier.space, directions, loadings: directions } }
}

function event(user: number, sequence: number, lesson: Lesson): PlayedEvent {
  return { user, sequence, lesson, groups: new Int32Array(lesson.base.length).fill(NO_GROUP), perGroup: 3 }
}

/** Plays events of two users in turns, who like opposite things; sums of NDCG by row. */
function played(tier: SharedTier, events: number, tastes: readonly (Float32Array | undefined)[], random: Random): Float64Array {
  const player = createPlayer(tier, { at: 10, strangerOf: Uint32Array.of(1, 0) })
  const sums = new Float64Array(prequentialRows.length)
  const out = new Float64Array(prequentialRows.length)
  for (let n = 0; n < events; n++) {
    const user = n % 2
    const taste = tastes[user]
    const next = event(user, n, madeUpLesson(random, tier, { count: 60, query, ...(taste && { taste }) }))
    player.score(next, out)
    for (const [row, gain] of out.entries()) sums[row]! += gain
    player.learn(next)
  }
  return sums
}

describe('the player', () => {
  it('ranks as the base does, bit for bit, in every row that has nothing to say', () => {
    const sums = played(tierOf(0), 40, [undefined, undefined], createRandom('silent'))
    expect([...sums]).toEqual(new Array(prequentialRows.length).fill(sums[0]))
  })

  it('finds that users differ where they do: adapters beat base and control, and those of somebody else do harm', () => {
    const taste = Float32Array.of(1.2, 0, -1.2, 0)
    const opposite = taste.map((value) => -value)
    const [base, shared, ungated, adapters, shuffled] = played(tierOf(0.3), 400, [taste, opposite], createRandom('differ'))
    expect(adapters! / base!).toBeGreaterThan(1.2)
    expect(adapters! / shared!).toBeGreaterThan(1.2)
    expect(ungated! / base!).toBeGreaterThan(1.2)
    expect(shuffled! / base!).toBeLessThan(0.9)
  })

  it('finds what everybody leans to by the control alone', () => {
    const taste = Float32Array.of(1.2, 0, -1.2, 0)
    const [base, shared] = played({ ...tierOf(0.3) }, 400, [taste, taste], createRandom('alike'))
    expect(shared! / base!).toBeGreaterThan(1.1)
  })
})
