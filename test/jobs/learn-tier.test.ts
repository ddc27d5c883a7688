import { beforeAll, describe, expect, it } from 'vitest'
import type { SharedTier } from '../../src/adapters/tier.js'
import { restoreTier, tierNames } from '../../src/adapters/tier-artifact.js'
import { learnTier, type TierLesson } from '../../src/jobs/learn-tier.js'
import { tiersToPublish } from '../../src/jobs/published-tiers.js'
import { decodeArtifact } from '../../src/storage/artifact-codec.js'
import { quick, spec, taught } from '../ranking/taught.js'

let lesson: TierLesson
let first: SharedTier

beforeAll(async () => {
  const ranker = await taught({ kind: 'trees', ...quick })
  lesson = ranker.lists!
  first = ranker.tier!
}, 60_000)

describe('teaching a ranker', () => {
  it('brings a shared tier, the same on any number of threads', async () => {
    expect((await taught({ kind: 'trees', ...quick }, 3)).tier).toEqual(first)
    expect(first.space.shape).toMatchObject({ alpha: 16, lists: lesson.lists.length })
    expect(first.scale).toBeGreaterThan(0.1)
  })

  it('brings none where the plan wants none', async () => {
    const { tier } = await taught({ kind: 'trees', ...quick }, 1, { plan: { ...spec, adapters: 'off' } })
    expect(tier).toBeUndefined()
  })
})

describe('the feature space', () => {
  it('stays while the ranker looks at the same features; scale and B₀ begin anew', () => {
    const used = { ...first, scale: 99, base: first.base.map(() => 1), gate: { gain: 3, weight: 9 }, version: 7 }
    const { tier: again } = learnTier(lesson, {}, used)
    expect(again.space).toBe(used.space)
    expect(again.scale).toBeCloseTo(first.scale, 6)
    expect(again.gate.gain).toBe(0)
    expect(again.base.every((value) => value === 0)).toBe(true)
  })

  it('is another when the ranker looks at other features, other numbers are asked for, or far more is known', () => {
    const isKept = (before: SharedTier, options = {}) => learnTier(lesson, options, before).tier.space.id === before.space.id
    const { space } = first
    expect(isKept(first)).toBe(true)
    expect(isKept(first, { gateDiscount: 0.95 })).toBe(true) // how adapters learn is no part of the space
    expect(isKept(first, { rank: 4 })).toBe(false)
    expect(isKept(first, { priorScale: 0.5 })).toBe(false)
    const other = { ...space, id: 'other', features: space.features.map((name) => (name === 'next.z' ? 'gone.z' : name)) }
    expect(isKept({ ...first, space: other })).toBe(false)
    const young = { ...space, id: 'young', shape: { ...space.shape, lists: Math.floor(lesson.lists.length / 5) } }
    expect(isKept({ ...first, space: young })).toBe(false)
  })

  it('of before is published beside a new one, until there is a newer', () => {
    const named = (id: string): SharedTier => ({ ...first, space: { ...first.space, id } })
    const published = (tier: SharedTier, before: Parameters<typeof tiersToPublish>[1]) =>
      new Map([...tiersToPublish(tier, before)].map(([name, bytes]) => [name, restoreTier(decodeArtifact(bytes)).space.id]))
    expect(published(named('a'), {})).toEqual(new Map([[tierNames.current, 'a']]))
    const second = new Map([
      [tierNames.current, 'b'],
      [tierNames.earlier, 'a'],
    ])
    expect(published(named('b'), { current: named('a') })).toEqual(second)
    expect(published(named('b'), { current: named('b'), earlier: named('a') })).toEqual(second)
  })
})
