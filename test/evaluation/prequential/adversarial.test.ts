import { describe, expect, it } from 'vitest'
import { emptyAdapter, type Lesson } from '../../../src/adapters/adapter.js'
import { shutGate } from '../../../src/adapters/gate.js'
import { learn } from '../../../src/adapters/learn.js'
import { defaultPractice, type SharedTier } from '../../../src/adapters/tier.js'
import { createRandom, type Random } from '../../../src/domain/random.js'
import { gainOf, NO_GROUP } from '../../../src/evaluation/prequential/gain.js'
import { scoresOf } from '../../../src/evaluation/prequential/player.js'

const CANDIDATES = 60
const FEATURES = 12
const RANK = 8

/** A tier as fitted ones are: along each direction candidates differ by one, and users by √0.03. */
function tierOf(): SharedTier {
  const directions = new Float32Array(RANK * FEATURES)
  for (let j = 0; j < RANK; j++) directions[j * FEATURES + j] = 1
  const space = {
    id: 'adversarial',
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

/** One question: the base is right about what this user takes, so that there is nothing to learn and all to spoil. */
function question(random: Random): Lesson {
  const features = Float32Array.from({ length: CANDIDATES * FEATURES }, () => random.normal())
  const base = Float32Array.from(
    { length: CANDIDATES },
    (_, i) => features[i * FEATURES] + features[i * FEATURES + 1] + random.normal(),
  )
  const target = drawn(base, random)
  return { base, features, weight: new Float32Array(CANDIDATES).fill(1), target, liking: 1, query: Float32Array.of(1) }
}

function drawn(base: Float32Array, random: Random): number {
  const weights = base.map(Math.exp)
  let left = random.next() * weights.reduce((sum, weight) => sum + weight, 0)
  return Math.max(
    0,
    weights.findIndex((weight) => {
      left -= weight
      return left < 0
    }),
  )
}

type History = (event: number, random: Random) => Lesson

const histories: Readonly<Record<string, { readonly events: number; readonly at: History }>> = {
  'random clicks': { events: 200, at: (_, random) => ({ ...question(random), target: random.below(CANDIDATES) }) },
  'one title 10,000 times': {
    events: 10_000,
    at(event, random) {
      const list = event < 50 ? question(random) : known[event % 50]
      known[event % 50] = list
      for (let f = 0; f < FEATURES; f++) list.features[f] = f % 2 === 0 ? 2 : -2
      list.base[0] = 0
      return { ...list, target: 0 }
    },
  },
  'contradictory ratings': {
    events: 200,
    at(event, random) {
      const list = question(random)
      for (let f = 0; f < FEATURES; f++) list.features[f] = 1.5
      return { ...list, target: 0, liking: event % 2 === 0 ? 1 : -1 }
    },
  },
}

/** Lists that come again: making ten thousand would take longer than learning from them. */
const known: Lesson[] = []

const HONEST = 50

/** What NDCG@10 the adapters' row loses of the base's, over users with such a history who then take what they like. */
function lossAfter({ events, at }: (typeof histories)[string], users: number): number {
  const tier = tierOf()
  let base = 0
  let adapted = 0
  for (let user = 0; user < users; user++) {
    const random = createRandom(`adversarial/${user}`)
    let adapter = emptyAdapter(tier.space)
    for (let n = 0; n < events; n++) adapter = learn(adapter, at(n, random), tier, n)
    for (let n = 0; n < HONEST; n++) {
      const next = question(random)
      base += gainOf(next.base, next.target, free, 10)
      adapted += gainOf(scoresOf(next, tier, adapter), next.target, free, 10)
      adapter = learn(adapter, next, tier, events + n)
    }
  }
  return 1 - adapted / base
}

const free = { groups: new Int32Array(CANDIDATES).fill(NO_GROUP), perGroup: 3 }

describe('an adapter with an adversarial history', () => {
  it.each(Object.keys(histories))('loses its user no more than 2 of a hundred of the base: %s', (name) => {
    const loss = lossAfter(histories[name], name.includes('10,000') ? 5 : 40)
    expect(loss).toBeLessThanOrEqual(0.02)
  })
})
