/** The feature spaces that are compared: learned directions, random ones, and single features. */
import { fitTier, type TierFrame, type TierList } from '../../src/adapters/fit-tier.js'
import { ALWAYS } from '../../src/adapters/query-side.js'
import { type AdapterOptions, adapterOptions, type FeatureSpace, type SharedTier } from '../../src/adapters/tier.js'
import { createRandom } from '../../src/domain/random.js'

export function learnedSpace(frame: TierFrame, teaching: readonly TierList[], said: Partial<AdapterOptions> = {}): SharedTier {
  return fitTier(frame, teaching, adapterOptions(said))
}

/** The same tier with other directions. Each is brought to one unit of spread, as the learned ones are, and gets the mean of their priors. */
export function withDirections(tier: SharedTier, rank: number, directions: Float32Array): SharedTier {
  const { space } = tier
  const scaled = Float32Array.from(directions)
  const learned = spreadsOf(space)
  const unit = learned.reduce((sum, value) => sum + value, 0) / learned.length
  const own = spreadsOf({ ...space, rank, directions })
  scaled.forEach((value, at) => {
    scaled[at] = (value * unit) / own[Math.floor(at / space.features.length)]!
  })
  const priors = Float32Array.from({ length: space.cells.length * rank }, (_, at) => {
    const row = space.priors.subarray(Math.floor(at / rank) * space.rank, (Math.floor(at / rank) + 1) * space.rank)
    return row.reduce((sum, value) => sum + value, 0) / space.rank
  })
  return {
    ...tier,
    space: { ...space, rank, directions: scaled, loadings: scaled, priors },
    base: new Float32Array(priors.length),
    precisions: new Float32Array(priors.length),
  }
}

/** √(a F aᵀ) of each direction, F by the space's own loadings where it can be told, else by unit features. */
function spreadsOf({ rank, directions, features }: Pick<FeatureSpace, 'rank' | 'directions' | 'features'>): number[] {
  const d = features.length
  return Array.from({ length: rank }, (_, j) => Math.hypot(...directions.subarray(j * d, (j + 1) * d)))
}

export function randomSpace(tier: SharedTier, seed: number): SharedTier {
  const random = createRandom(`random-directions/${seed}`)
  return withDirections(
    tier,
    tier.space.rank,
    Float32Array.from(tier.space.directions, () => random.normal()),
  )
}

/** The first r features by how far users are apart along each alone: rows of the identity. */
export function identitySpace(tier: SharedTier, teaching: readonly TierList[]): SharedTier {
  const { rank, features } = tier.space
  const d = features.length
  const strength = apartAlone(teaching, tier.scale, d)
  const top = [...strength.keys()].sort((a, b) => strength[b]! - strength[a]!).slice(0, rank)
  const directions = new Float32Array(rank * d)
  top.forEach((f, j) => {
    directions[j * d + f] = 1
  })
  return withDirections(tier, rank, directions)
}

/** Mean over pairs of lists of a user of e_s e_t, over the mean of e², feature by feature. */
function apartAlone(teaching: readonly TierList[], scale: number, d: number): Float64Array {
  const [pairs, squares] = [new Float64Array(d), new Float64Array(d)]
  const sums = new Map<number, Float64Array>()
  for (const { user, base, features, weight, target } of teaching) {
    const chances = Array.from(base, (score, i) => weight[i]! * Math.exp(scale * score))
    const total = chances.reduce((sum, chance) => sum + chance, 0)
    const sum = sums.get(user) ?? new Float64Array(d)
    sums.set(user, sum)
    for (let f = 0; f < d; f++) {
      let mean = 0
      for (let i = 0; i < chances.length; i++) mean += (chances[i]! / total) * features[i * d + f]!
      const error = features[target * d + f]! - mean
      squares[f]! += error * error
      sum[f]! += error
    }
  }
  for (const sum of sums.values()) for (let f = 0; f < d; f++) pairs[f]! += sum[f]! ** 2
  return pairs.map((value, f) => (squares[f]! > 0 ? (value - squares[f]!) / squares[f]! : 0))
}

/** Only the row that always speaks: r numbers a user. */
export function withoutCells(tier: SharedTier): SharedTier {
  const { cells, priors, rank } = tier.space
  const always = cells.indexOf(ALWAYS)
  return { ...tier, space: { ...tier.space, priors: priors.map((prior, at) => (Math.floor(at / rank) === always ? prior : 0)) } }
}

/** Priors times a factor, on all cells. */
export function withPriors(tier: SharedTier, times: number): SharedTier {
  return { ...tier, space: { ...tier.space, priors: tier.space.priors.map((prior) => prior * times) } }
}

/** More rows on the query side, each with a share of the first row's prior. */
export function withRows(tier: SharedTier, more: number, share: number): SharedTier {
  const { priors, rank, cells } = tier.space
  const always = cells.indexOf(ALWAYS)
  const first = priors.subarray(always * rank, (always + 1) * rank)
  const added = Float32Array.from({ length: more * rank }, (_, at) => first[at % rank]! * share)
  const all = Float32Array.from([...priors, ...added])
  return {
    ...tier,
    space: { ...tier.space, cells: [...cells, ...Array.from({ length: more }, (_, k) => `taste:${k}`)], priors: all },
  }
}
