import { describe, expect, it } from 'vitest'
import { emptyAdapter, type Lesson } from '../../src/adapters/adapter.js'
import { openness } from '../../src/adapters/gate.js'
import { study } from '../../src/adapters/learn.js'
import { learnShared, learnSharedFromUser, MOST_SHARED } from '../../src/adapters/shared.js'
import type { SharedTier } from '../../src/adapters/tier.js'
import { createRandom, type Random } from '../../src/domain/random.js'
import { gainOf } from '../../src/evaluation/prequential/gain.js'
import { scoresOf } from '../../src/evaluation/prequential/player.js'
import { CANDIDATES, FEATURES, free, question, tierOf } from './nothing-to-learn.js'

/** A list with a title in it that is like no other, and that the base thinks little of. */
function withOddTitle(random: Random): Lesson {
  const list = question(random)
  for (let f = 0; f < FEATURES; f++) list.features[f] = f % 2 === 0 ? 2 : -2
  list.base[0] = 0
  return { ...list, target: 0 }
}

const spam: Readonly<Record<string, (random: Random) => Lesson>> = {
  'random clicks': (random) => ({ ...question(random), target: random.below(CANDIDATES) }),
  'one title, again and again': withOddTitle,
  'one title, disliked again and again': (random) => ({ ...withOddTitle(random), liking: -1 }),
}

/** What share of their NDCG@10 others lose over so many events of theirs, which teach too. */
function lossOfOthers(start: SharedTier, events: number): number {
  let base = 0
  let poisoned = 0
  for (let round = 0; round < ROUNDS; round++) {
    const random = createRandom(`others/${round}`)
    let tier = start
    for (let n = 0; n < events; n++) {
      const next = question(random)
      base += gainOf(next.base, next.target, free, 10)
      poisoned += gainOf(scoresOf(next, tier, emptyAdapter(tier.space)), next.target, free, 10)
      tier = learnShared(tier, next)
    }
  }
  return 1 - poisoned / base
}

/** Of one, chance alone is a half of a hundred. */
const ROUNDS = 8

const SPAM = 10_000
const BATCH = 50

/** As a trainer learns from one user who sends events without end. */
function afterSpam(of: (random: Random) => Lesson, start: SharedTier): SharedTier {
  const random = createRandom('spam')
  let tier = start
  for (let before = 0; before < SPAM && before <= MOST_SHARED; before += BATCH) {
    const lessons = Array.from({ length: BATCH }, () => study(of(random), tier))
    tier = learnSharedFromUser(tier, lessons, before)
  }
  return tier
}

describe('an account that sends events without end', () => {
  it.each(Object.keys(spam))('costs all others no more than 2 of a hundred, right after it and later: %s', (name) => {
    for (const known of [0, 1_000]) {
      const random = createRandom('before')
      let tier = tierOf()
      for (let n = 0; n < known; n++) tier = learnShared(tier, question(random))
      const poisoned = afterSpam(spam[name], tier)
      expect(openness(poisoned.gate)).toBeGreaterThan(0.5) // it is heard, as far as that goes
      expect(lossOfOthers(poisoned, 500)).toBeLessThan(0.02)
      expect(lossOfOthers(poisoned, 2_000)).toBeLessThan(0.01)
    }
  })

  it('would cost them much if all of its lessons moved what is shared', () => {
    const random = createRandom('spam')
    let tier = tierOf()
    for (let n = 0; n < 2_000; n++) tier = learnShared(tier, withOddTitle(random))
    expect(lossOfOthers(tier, 500)).toBeGreaterThan(0.05)
  })

  it('moves nothing that is shared with what it does after its first 200 lessons', () => {
    const random = createRandom('spam')
    const tier = tierOf()
    const lessons = Array.from({ length: 10 }, () => study(withOddTitle(random), tier))
    expect(learnSharedFromUser(tier, lessons, MOST_SHARED)).toEqual(tier)
    expect(learnSharedFromUser(tier, lessons, MOST_SHARED - 3)).toEqual(learnSharedFromUser(tier, lessons.slice(0, 3), 0))
  })
})
