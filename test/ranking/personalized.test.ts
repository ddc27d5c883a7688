import { beforeAll, describe, expect, it } from 'vitest'
import { type Adapter, emptyAdapter } from '../../src/adapters/adapter.js'
import { encodeAdapter } from '../../src/adapters/codec.js'
import { fold } from '../../src/adapters/fold.js'
import { study } from '../../src/adapters/learn.js'
import { learnShared } from '../../src/adapters/shared.js'
import type { SharedTier } from '../../src/adapters/tier.js'
import { restoreTier, tierArtifact, tierNames } from '../../src/adapters/tier-artifact.js'
import type { OpenGeneration } from '../../src/engine/generation.js'
import { rank, worldOf } from '../../src/engine/rank.js'
import type { RankingRequest } from '../../src/engine/ranking.js'
import type { LearnedRanker } from '../../src/jobs/learn-ranker.js'
import { adapterLesson, adapterStudy } from '../../src/pipeline/adapter-lesson.js'
import { createPlan } from '../../src/pipeline/plan.js'
import { gather } from '../../src/pipeline/recommend.js'
import { effectsOf, itemSide, normalise, rawItemSide } from '../../src/ranking/adapter-features.js'
import { beyondTheCut } from '../../src/ranking/beyond-the-cut.js'
import { lookFor } from '../../src/ranking/learned-order.js'
import { decodeArtifact, encodeArtifact } from '../../src/storage/artifact-codec.js'
import { questionOf, smallGeneration } from '../small-world.js'
import { models, quick, spec, taught } from './taught.js'

const plan = createPlan({ ...spec, ranker: 'personalized' })
const learnedPlan = createPlan(spec)
let trees: LearnedRanker
let tier: SharedTier

beforeAll(async () => {
  trees = await taught({ kind: 'trees', ...quick })
  tier = trees.tier!
}, 60_000)

const stored = (name: string, of: SharedTier) => ({ name, bytes: encodeArtifact(tierArtifact(of)) })

function generationWith(...tiers: { readonly name: string; readonly bytes: Uint8Array }[]): OpenGeneration {
  return smallGeneration(models, [{ name: 'ranker', bytes: trees.bytes }, ...tiers])
}

const withTier = (): OpenGeneration => generationWith(stored(tierNames.current, tier))

/** Leans, in one cell, to what goes with a feature: an adapter as some hundred events might have left it. */
function leaningTo(feature: string, cell = 'always', strength = 4): Adapter {
  const { space } = tier
  const f = space.features.indexOf(feature)
  const values = new Float32Array(space.priors.length)
  for (let j = 0; j < space.rank; j++) {
    values[space.cells.indexOf(cell) * space.rank + j] = strength * space.loadings[j * space.features.length + f]!
  }
  return { ...emptyAdapter(space), values, gate: { gain: 9, weight: 30 }, lessons: 30 }
}

const asked = (adapter?: Adapter, changes: Partial<RankingRequest['query']> = {}): RankingRequest => ({
  ...questionOf([1, 3, 32], changes),
  ...(adapter && { adapter: encodeAdapter(adapter, 'f32') }),
})

/** How many of the first ten are thrillers: films 30 to 59. */
const thrillersIn = (request: RankingRequest, generation = withTier()): number =>
  rank(request, plan, generation).items.filter(({ itemNo }) => itemNo >= 30).length

describe('the personalized ranker', () => {
  it('is the learned one, bit for bit, without a tier, an adapter, or a gate that is open', () => {
    const expected = rank(asked(), learnedPlan, generationWith())
    const shut = { ...leaningTo('genre:thriller'), gate: { gain: -0.5, weight: 30 } }
    expect(rank(asked(), plan, generationWith())).toEqual(expected)
    expect(rank(asked(leaningTo('genre:thriller')), plan, generationWith())).toEqual(expected)
    expect(rank(asked(), plan, withTier())).toEqual(expected)
    expect(rank(asked(emptyAdapter(tier.space)), plan, withTier())).toEqual(expected)
    expect(rank(asked(shut), plan, withTier())).toEqual(expected)
  })

  it('lifts what the user leans to, and says so', () => {
    expect(thrillersIn(asked(leaningTo('genre:thriller')))).toBeGreaterThan(thrillersIn(asked()))
    expect(thrillersIn(asked(leaningTo('genre:comedy')))).toBeLessThan(thrillersIn(asked()) + 1)
    const { items } = rank(asked(leaningTo('genre:thriller')), plan, withTier())
    const first = items.find(({ itemNo }) => itemNo >= 30)!
    const part = first.parts.find(({ source }) => source === 'adapter')!
    expect(part.value).toBeGreaterThan(0)
    const reason = first.reasons.find(({ kind }) => kind === 'adapter')
    expect(reason).toMatchObject({
      kind: 'adapter',
      source: 'adapter',
      causes: expect.arrayContaining([{ name: 'thriller', share: expect.any(Number) }]),
    })
    for (const { parts, reasons } of items) {
      const own = parts.find(({ source }) => source === 'adapter')!
      if (own.value <= 0) expect(reasons.map(({ kind }) => kind)).not.toContain('adapter')
    }
  })

  it('knows the device, and the hour by the viewer’s own clocks', () => {
    const onPhone = leaningTo('genre:thriller', 'device:phone')
    const without = rank(asked(), plan, withTier()).items
    const here = (context: RankingRequest['query']['context']) => rank(asked(onPhone, { context }), plan, withTier()).items
    expect(here({ device: 'phone' })).not.toEqual(without)
    expect(here({ device: 'tv' }).map(({ itemNo, score }) => [itemNo, score])).toEqual(
      without.map(({ itemNo, score }) => [itemNo, score]),
    )
    expect(here({}).map(({ itemNo }) => itemNo)).toEqual(without.map(({ itemNo }) => itemNo))
    const atNight = leaningTo('genre:thriller', 'daypart:night') // asked at midnight UTC
    expect(thrillersIn(asked(atNight, { context: { timeZone: 'Europe/Berlin' } }))).toBeGreaterThan(thrillersIn(asked()))
    expect(thrillersIn(asked(atNight, { context: { timeZone: 'Asia/Tokyo' } }))).toBe(thrillersIn(asked()))
  })

  it('uses an adapter of the space before, and leaves one of an unknown space alone', () => {
    const other = { ...tier, space: { ...tier.space, id: 'another-space' } }
    const old = { ...leaningTo('genre:thriller'), space: 'another-space' }
    const both = generationWith(stored(tierNames.current, tier), stored(tierNames.earlier, other))
    expect(thrillersIn(asked(old), both)).toBeGreaterThan(thrillersIn(asked()))
    expect(rank(asked(old), plan, withTier())).toEqual(rank(asked(), plan, withTier()))
  })
})

describe('what an adapter adds to a candidate', () => {
  it('is the same whether its features are written down or not', () => {
    const { space } = tier
    const generation = withTier()
    const request = asked()
    const { query, world } = worldOf(request, generation.snapshot(), generation.kernels)
    const said = plan.ranker.look!(query, gatherPools(generation, request), world)!
    const weights = Float32Array.from(space.features, (_, f) => Math.sin(f))
    const effects = effectsOf(weights, space, said.table, world.snapshot.catalogue, said.cut)
    const x = itemSide(space, said.table, world.snapshot.catalogue, said.cut)
    expect(x).toEqual(normalise(space, rawItemSide(space.features, said.table, world.snapshot.catalogue, said.cut)))
    effects.forEach((effect, k) => {
      const expected = weights.reduce((sum, weight, f) => sum + weight * x[k * weights.length + f]!, 0)
      expect(Math.abs(effect - expected)).toBeLessThan(1e-5)
    })
  })
})

describe('a tier', () => {
  it('is the same after it was stored and read', () => {
    expect(restoreTier(decodeArtifact(encodeArtifact(tierArtifact(tier))))).toEqual(tier)
  })

  it('looks at what the ranker looks at, and at the genres', () => {
    const { features } = tier.space
    expect(features).toContain('collaborative.z')
    expect(features).toContain('match.genresRecent')
    expect(features).toContain('genre:thriller')
    expect(features.filter((feature) => feature.startsWith('user.'))).toEqual([])
  })
})

describe('a lesson', () => {
  it('shows the candidates that the ranker would have looked at, in the order in which it would have ranked them', () => {
    const generation = withTier()
    const adapter = leaningTo('genre:thriller')
    const request = asked(adapter, { count: 30, context: { device: 'tv' } })
    const { query, world } = worldOf(request, generation.snapshot(), generation.kernels)
    const lesson = adapterLesson(query, plan, world, tier, { row: 5, liking: 0.6 })!
    expect(lesson).toMatchObject({ liking: 0.6 })
    expect([...lesson.query].map((cell, k) => (cell === 1 ? tier.space.cells[k] : ''))).toEqual(
      tier.space.cells.map((cell) => (cell === 'always' || cell === 'device:tv' ? cell : '')),
    )
    const said = plan.ranker.look!(query, gatherPools(generation, request), world)!
    expect(said.cut[lesson.target]).toBe(5)
    expect([...lesson.base]).toEqual([...said.scores])
    const weights = fold(tier, adapter, lesson.query)!
    const scores = said.scores.map((score, k) => {
      let effect = 0
      for (let f = 0; f < weights.length; f++) effect += weights[f]! * lesson.features[k * weights.length + f]!
      return score + effect / tier.scale
    })
    const order = [...said.cut.keys()].sort((a, b) => scores[b]! - scores[a]! || said.cut[a]! - said.cut[b]!)
    const served = rank(request, plan, generation).items.map(({ itemNo }) => itemNo)
    expect(served).toEqual(order.slice(0, 30).map((k) => said.cut[k]))
  })

  it('of a title from beyond the candidates is a choice among others from there', () => {
    const generation = smallGeneration(models, [{ name: 'ranker', bytes: trees.bytes }, stored(tierNames.current, tier)])
    const narrow = createPlan({ ...spec, ranker: 'personalized', candidatesPerSource: 5 })
    const request = asked(undefined, { count: 2 })
    const { query, world } = worldOf(request, generation.snapshot(), generation.kernels)
    const said = narrow.ranker.look!(query, gather(query, narrow, world).pools, world)!
    const known = [...said.cut, ...said.others, 1, 3, 32]
    const row = [...Array(60).keys()].find((each) => !known.includes(each))!
    const lesson = adapterLesson(query, narrow, world, tier, { row, liking: 1 })!
    expect(lesson.target).toBe(lesson.base.length - 1)
    const alternatives = beyondTheCut(row, said, world)!
    expect(alternatives.at(-1)).toBe(row)
    expect(lesson.base.length).toBe(alternatives.length)
    expect(new Set(alternatives).size).toBe(alternatives.length)
    expect([...alternatives].filter((each) => each !== row && known.includes(each))).toEqual([])
    const asOf = lookFor({ row, otherwise: 'beyond' }, said, gather(query, narrow, world).pools, world)!
    expect([...lesson.base]).toEqual([...asOf.scores])
    expect(lesson.isBeyond).toBe(true)
    expect(adapterStudy(query, narrow, world, tier, { row, liking: 1 })).toEqual(study(lesson, tier))
    expect(learnShared(tier, lesson)).toBe(tier)
  })

  it('is studied to the same bits whether its features are written down or not', () => {
    const generation = withTier()
    const { query, world } = worldOf(asked(), generation.snapshot(), generation.kernels)
    for (const outcome of [
      { row: 5, liking: 0.6 },
      { row: 3, liking: -1 },
    ]) {
      const lesson = adapterLesson(query, plan, world, tier, outcome)!
      expect(adapterStudy(query, plan, world, tier, outcome)).toEqual(study(lesson, tier))
    }
    expect(adapterStudy(query, plan, world, tier, { row: 3, liking: 1 })).toBeUndefined()
  })

  it('is none of a title that could not have been proposed, unless it was refused', () => {
    const generation = withTier()
    const { query, world } = worldOf(asked(), generation.snapshot(), generation.kernels)
    const seen = 3 // watched before: no candidate
    expect(adapterLesson(query, plan, world, tier, { row: seen, liking: 1 })).toBeUndefined()
    const refused = adapterLesson(query, plan, world, tier, { row: seen, liking: -1 })!
    expect(refused.target).toBe(refused.base.length - 1)
    expect(refused.features.length).toBe(refused.base.length * tier.space.features.length)
    expect(adapterLesson(query, createPlan({ ...spec, ranker: 'weighted' }), world, tier, { row: 5, liking: 1 })).toBeUndefined()
  })
})

function gatherPools(generation: OpenGeneration, request: RankingRequest) {
  const { query, world } = worldOf(request, generation.snapshot(), generation.kernels)
  return plan.sources.map((source) => ({
    source: source.name,
    scorer: source.scorer,
    candidates: source.find(query, world, Math.max(plan.candidatesPerSource, 2 * query.count)),
  }))
}
