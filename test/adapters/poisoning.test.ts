import { describe, expect, it } from 'vitest'
import { emptyAdapter, type Lesson } from '../../src/adapters/adapter.js'
import { openness, shutGate } from '../../src/adapters/gate.js'
import { study } from '../../src/adapters/learn.js'
import { learnShared, learnSharedFromUser, MOST_SHARED } from '../../src/adapters/shared.js'
import { defaultPractice, type SharedTier } from '../../src/adapters/tier.js'
import { createRandom, type Random } from '../../src/domain/random.js'
import { gainOf, NO_GROUP } from '../../src/evaluation/prequential/gain.js'
import { scoresOf } from '../../src/evaluation/prequential/player.js'

const CANDIDATES = 60
const FEATURES = 12
const RANK = 8

/** A tier as fitted ones are: along each direction candidates differ by one, and users by √0.03. */
function tierOf(): SharedTier {
  const directions = new Float32Array(RANK * FEATURES)
  for (let j = 0; j < RANK; j++) directions[j * FEATURES + j] = 1
  const space = {
    id: 'poisoned',
    features: Array.from({ length: FEATURES }, (_, f) => `f${f}`),
    mean: new Float32Array(FEATURES),
    deviation: new Float32Array(FEATURES).fill(1),
    rank: RANK,
    directions,
    loadings: directions,
    cells: ['always'],
    shape: { alpha: 16, priorScale: 0.075, cellPrior: 0.5, lists: 1_000 },
    priors: new Float32Array(RANK).fill(0.03),
  }
  const zeros = new Float32Array(RANK)
  return { space, scale: 1, base: zeros, precisions: zeros, gate: shutGate, practice: defaultPractice, version: 0 }
}

/** The base is right about what everybody else takes, so that there is nothing to learn and all to spoil. */
function question(random: Random): Lesson {
  const features = Float32Array.from({ length: CANDIDATES * FEATURES }, () => random.normal())
  const base = Float32Array.from(
    { length: CANDIDATES },
    (_, i) => features[i * FEATURES] + features[i * FEATURES + 1] + random.normal(),
  )
  return { base, features, weight: new Float32Array(CANDIDATES).fill(1), target: drawn(base, random), liking: 1, query: always }
}

const always = Float32Array.of(1)

function drawn(base: Float32Array, random: Random): number {
  const weights = base.map(Math.exp)
  let left = random.next() * weights.reduce((sum, weight) => sum + weight, 0)
  const at = weights.findIndex((weight) => {
    left -= weight
    return left < 0
  })
  return Math.max(0, at)
}

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

const free = { groups: new Int32Array(CANDIDATES).fill(NO_GROUP), perGroup: 3 }

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
