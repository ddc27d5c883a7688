import { beforeAll, describe, expect, it } from 'vitest'
import { fitTier, type TierFrame, type TierList } from '../../src/adapters/fit-tier.js'
import { fitScale } from '../../src/adapters/scale.js'
import { adapterOptions, type SharedTier } from '../../src/adapters/tier.js'
import { createRandom, type Random } from '../../src/domain/random.js'

const d = 12
const CANDIDATES = 25
const SCALE = 1.7

const frame: TierFrame = {
  features: Array.from({ length: d }, (_, f) => `feature-${f}`),
  mean: new Float32Array(d),
  deviation: new Float32Array(d).fill(1),
  cells: ['always', 'device:tv', 'device:phone'],
}

/** Two directions along which the planted users differ, with their variances; all others are alike everywhere else. */
const planted = [
  { weights: Float64Array.from({ length: d }, (_, f) => (f < 4 ? 0.5 : 0)), variance: 0.35 },
  { weights: Float64Array.from({ length: d }, (_, f) => (f >= 6 && f < 9 ? (f % 2 ? 0.6 : -0.6) : 0)), variance: 0.15 },
]

/** Features of which neighbours go together, so that whitening has something to do. */
function features(random: Random): Float32Array {
  const x = new Float32Array(CANDIDATES * d)
  for (let i = 0; i < CANDIDATES; i++) {
    let last = 0
    for (let f = 0; f < d; f++) {
      last = 0.6 * last + random.normal()
      x[i * d + f] = last
    }
  }
  return x
}

interface Audience {
  readonly users: number
  readonly listsEach: number
  /** Share of the variance that belongs to the device in use. */
  readonly byDevice: number
  readonly popular?: Float64Array
}

function audience(random: Random, { users, listsEach, byDevice, popular }: Audience): TierList[] {
  return Array.from({ length: users }).flatMap((_, user) => {
    const draw = (share: number) => planted.map(({ variance }) => random.normal() * Math.sqrt(share * variance))
    const [own, tv, phone] = [draw(1 - byDevice), draw(byDevice), draw(byDevice)]
    return Array.from({ length: listsEach }, (): TierList => {
      const device = random.below(2)
      const lean = own.map((value, j) => value + (device === 0 ? tv : phone)[j]!)
      const x = features(random)
      const base = Float32Array.from({ length: CANDIDATES }, () => random.normal())
      const odds = Array.from(base, (score, i) => {
        let effect = 0
        for (let f = 0; f < d; f++) {
          const weight = planted.reduce((sum, { weights }, j) => sum + lean[j]! * weights[f]!, popular?.[f] ?? 0)
          effect += weight * x[i * d + f]!
        }
        return Math.exp(SCALE * score + effect)
      })
      let rest = random.next() * odds.reduce((a, b) => a + b)
      const target = odds.findIndex((each) => {
        rest -= each
        return rest <= 0
      })
      const query = Float32Array.of(1, device === 0 ? 1 : 0, device === 1 ? 1 : 0)
      return { user, base, features: x, weight: new Float32Array(CANDIDATES).fill(1), target: Math.max(0, target), query }
    })
  })
}

const options = adapterOptions({ rank: 4, alpha: 4, priorScale: 1 })
let tier: SharedTier

beforeAll(() => {
  tier = fitTier(frame, audience(createRandom('tier'), { users: 1_200, listsEach: 16, byDevice: 0 }), options)
})

/** Cosine between a functional of x and the span of the leading directions, as candidates are spread. */
function inSpan(weights: Float64Array, { space }: SharedTier, leading: number): number {
  const random = createRandom('span')
  const [along, wanted]: [number[][], number[]] = [Array.from({ length: leading }, () => []), []]
  for (let round = 0; round < 400; round++) {
    const x = features(random)
    for (let i = 0; i < CANDIDATES; i++) {
      const dot = (w: ArrayLike<number>, at = 0) =>
        x.subarray(i * d, (i + 1) * d).reduce((sum, value, f) => sum + value * w[at + f]!, 0)
      wanted.push(dot(weights))
      for (let j = 0; j < leading; j++) along[j]!.push(dot(space.directions, j * d))
    }
  }
  const norm = (a: readonly number[]) => Math.sqrt(a.reduce((sum, value) => sum + value * value, 0))
  const basis: number[][] = []
  for (const each of along) {
    const rest = basis.reduce((now, b) => {
      const share = now.reduce((sum, value, at) => sum + value * b[at]!, 0)
      return now.map((value, at) => value - share * b[at]!)
    }, each)
    basis.push(rest.map((value) => value / norm(rest)))
  }
  return norm(basis.map((b) => b.reduce((sum, value, at) => sum + value * wanted[at]!, 0))) / norm(wanted)
}

describe('the shared tier', () => {
  it('finds the planted directions', () => {
    for (const { weights } of planted) expect(inSpan(weights, tier, 2)).toBeGreaterThan(0.97)
    expect(
      inSpan(
        Float64Array.from({ length: d }, (_, f) => (f === 11 ? 1 : 0)),
        tier,
        2,
      ),
    ).toBeLessThan(0.4)
  })

  it('finds how far users are apart along them, and nothing along others', () => {
    const [first, second, third, fourth] = tier.space.priors
    // The planted variance in units of one deviation of the candidates: variance · wᵀ cov(x) w, less what the list's own chances narrow it by.
    expect(first! / second!).toBeGreaterThan(1.2)
    expect(second!).toBeGreaterThan(0.05)
    expect(third!).toBeLessThan(0.25 * second!)
    expect(fourth!).toBeLessThan(0.25 * second!)
  })

  it('finds the scale at which the base says best what was taken', () => {
    const lists = audience(createRandom('scale'), { users: 400, listsEach: 10, byDevice: 0 })
    const near = fitScale(lists)
    const likelihood = (scale: number) =>
      lists.reduce((sum, { base, target }) => {
        const total = base.reduce((all, score) => all + Math.exp(scale * score), 0)
        return sum + scale * base[target]! - Math.log(total)
      }, 0)
    expect(likelihood(near)).toBeGreaterThan(likelihood(near * 1.02))
    expect(likelihood(near)).toBeGreaterThan(likelihood(near * 0.98))
    expect(fitScale([])).toBe(1)
  })

  it('is not misled by what everybody leans to: that is no difference between users', () => {
    const popular = Float64Array.from({ length: d }, (_, f) => (f === 11 ? 1 : 0))
    const lists = audience(createRandom('popular'), { users: 600, listsEach: 16, byDevice: 0, popular })
    const found = fitTier(frame, lists, options)
    expect(inSpan(popular, found, 2)).toBeLessThan(0.4)
    expect(inSpan(planted[0]!.weights, found, 2)).toBeGreaterThan(0.95)
  })

  it('gives cells room where a user’s devices differ, and none where they do not', () => {
    const shareOf = (byDevice: number) => {
      const lists = audience(createRandom('cells'), { users: 800, listsEach: 16, byDevice })
      const { priors } = fitTier(frame, lists, options).space
      return priors[4]! / priors[0]! // the first direction's on TV, and always
    }
    expect(shareOf(0)).toBeLessThan(0.15)
    expect(shareOf(0.6)).toBeGreaterThan(0.7)
    const blind = audience(createRandom('cells'), { users: 50, listsEach: 16, byDevice: 0.6 }).map(
      ({ query: _, ...list }) => list,
    )
    const { priors } = fitTier(frame, blind, { ...options, cellPrior: 0.25 }).space
    expect(priors[4]! / priors[0]!).toBeCloseTo(0.25, 6)
  })

  it('has the same id and numbers for the same lists, and another id for others', () => {
    const lists = audience(createRandom('id'), { users: 60, listsEach: 8, byDevice: 0 })
    const once = fitTier(frame, lists, options)
    expect(fitTier(frame, lists, options)).toEqual(once)
    expect(fitTier(frame, lists.slice(8), options).space.id).not.toBe(once.space.id)
    expect(once.space.id).toMatch(/^[0-9a-f]{16}$/)
  })

  it('of lists without anything to tell makes a tier whose adapters stay at 0', () => {
    const alone = audience(createRandom('alone'), { users: 40, listsEach: 1, byDevice: 0 }) // no user has two lists
    expect([...fitTier(frame, alone, options).space.priors].every((prior) => prior === 0)).toBe(true)
    expect([...fitTier(frame, [], options).space.priors].every((prior) => prior === 0)).toBe(true)
  })
})
