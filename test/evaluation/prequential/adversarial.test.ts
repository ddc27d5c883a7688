import { describe, expect, it } from 'vitest'
import { emptyAdapter, type Lesson } from '../../../src/adapters/adapter.js'
import { learn } from '../../../src/adapters/learn.js'
import { createRandom, type Random } from '../../../src/domain/random.js'
import { gainOf } from '../../../src/evaluation/prequential/gain.js'
import { scoresOf } from '../../../src/evaluation/prequential/player.js'
import { CANDIDATES, FEATURES, free, question, tierOf } from '../../adapters/nothing-to-learn.js'

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

describe('an adapter with an adversarial history', () => {
  it.each(Object.keys(histories))('loses its user no more than 2 of a hundred of the base: %s', (name) => {
    const loss = lossAfter(histories[name], name.includes('10,000') ? 5 : 40)
    expect(loss).toBeLessThanOrEqual(0.02)
  })
})
