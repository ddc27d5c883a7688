import { fingerprintOfArrays } from '../features/fingerprint.js'
import { assert } from '../math/assert.js'
import { symmetricEigen } from '../math/symmetric-eigen.js'
import { cellShares } from './cell-shares.js'
import { shutGate } from './gate.js'
import { gainsByWidth, WIDTHS } from './prior-width.js'
import { fitScale } from './scale.js'
import type { AdapterOptions, FeatureSpace, Practice, SharedTier } from './tier.js'

/**
 * The shared tier from what many users took: along which directions people differ from everybody, and how much.
 *
 *   e = x_t − Σ p_i x_i                      what a list says of its user: the slope of log p_t in the weights of x
 *   F = mean Σ p_i (x_i − x̄)(x_i − x̄)ᵀ      how much a list can say (Fisher information)
 *   M = mean over pairs of lists of one user, in the same cells, of (e_s − ē)(e_t − ē)ᵀ
 *   M ≈ F Σ F where users' own weights have covariance Σ: chance makes two lists of a user alike no more than two of anybody
 *   F^-½ M F^-½ = Σ_j λ_j v_j v_jᵀ,     A_j = α/r · v_jᵀ F^-½,     prior variance of direction j in cell k = (priorScale · λ_j + width) · share_k
 *
 * So along each direction candidates of a list differ by one unit (times α/r), λ_j is how far users are apart there, and no two directions say
 * the same. Pairs are of the same part of the day and device, where these are known: an account that is two people is two people here, and
 * cell-shares.ts says how much of it is the account's and how much the cell's. λ_j as found is too large, for the directions were chosen where it is large; it is measured again on users that did not choose. What moments
 * of few lists cannot see, prediction may: prior-width.ts chooses the width.
 *
 * Method of moments for random coefficients (Swamy, "Efficient inference in a random coefficient regression model", Econometrica 1970), with
 * the eigen directions of Fisher-whitened gradients; ADR 0025 compares it with others.
 *
 * Cost    O(candidates · d²) and one eigensystem of d × d, thrice.
 */
/** One list as a tier is fitted from it. Lists of one user stand together. n candidates. */
export interface TierList {
  readonly user: number
  /** The base ranker's scores, from a ranker that did not learn from this list. */
  readonly base: Float32Array
  /** n × d, normalised. */
  readonly features: Float32Array
  readonly weight: Float32Array
  readonly target: number
  /** c_q, where the circumstances are known. */
  readonly query?: Float32Array
  /** As of a lesson. Default: 1, taken. */
  readonly liking?: number
  /** Its candidates are from beyond those that are ranked: odds among them say nothing of how sure the ranking is. */
  readonly isBeyond?: boolean
}

/** What is decided before the fit: names, normalisation and cells. */
export type TierFrame = Pick<FeatureSpace, 'features' | 'mean' | 'deviation' | 'cells'>

/** Throws nothing: from lists that tell nothing it makes a tier whose adapters stay silent. */
export function fitTier(frame: TierFrame, given: readonly TierList[], options: AdapterOptions): SharedTier {
  const lists = given.filter(({ liking = 1 }) => liking > 0)
  const { rank, alpha, priorScale, cellPrior } = options
  assert(rank >= 1 && rank <= frame.features.length, () => `rank ${rank} of ${frame.features.length} features`)
  const d = frame.features.length
  const scale = scaleOf(lists)
  const gradients = gradientsOf(lists, scale, d)
  const root = inverseRoot(gradients.fisher, d)
  const whole = directionsOf(gradients, root, d, () => true)
  const halves = [0, 1].map((half) => directionsOf(gradients, root, d, (user) => user % 2 === half))
  const apart = crossed(gradients, halves, d, rank)
  const shares = cellShares(frame.cells, lists, gradients, whole.vectors, rank, cellPrior)
  const priorsAt = (width: number): Float32Array =>
    Float32Array.from({ length: frame.cells.length * rank }, (_, at) => {
      const [cell, j] = [Math.floor(at / rank), at % rank]
      return (priorScale * apart[j] + width) * shares[cell]
    })
  const tierAlong = ({ vectors }: Directions, priors: Float32Array): SharedTier => {
    const directions = vectors.slice(0, rank * d).map((value) => (value * alpha) / rank)
    const shape = { alpha, priorScale, cellPrior, lists: lists.length }
    const loadings = Float32Array.from(product(directions, gradients.fisher, rank, d))
    const space = { ...frame, rank, shape, directions: Float32Array.from(directions), loadings, priors }
    return unlearned({ id: idOf(space), ...space }, scale, options)
  }
  // Each half of the users is predicted along directions that the other half gave.
  const gains = [0, 1].map((half) => {
    const own = lists.filter(({ user }) => user % 2 === half)
    return gainsByWidth(own, tierAlong(halves[1 - half], priorsAt(0)), priorsAt)
  })
  const together = WIDTHS.map((_, w) => gains[0][w] + gains[1][w])
  return tierAlong(whole, priorsAt(WIDTHS[together.indexOf(Math.max(...together))]))
}

/** From the base ranker's units to log-odds, by the lists that it ranks. */
export function scaleOf(lists: readonly TierList[]): number {
  return fitScale(lists.filter(({ isBeyond }) => isBeyond !== true))
}

/** A tier of which nothing is learned but its space. */
export function unlearned(
  space: FeatureSpace,
  scale: number,
  { gateDiscount, memory, sharedPrior, sharedMemory }: Practice,
): SharedTier {
  const { length } = space.priors
  const practice = { gateDiscount, memory, sharedPrior, sharedMemory }
  return {
    space,
    scale,
    base: new Float32Array(length),
    precisions: new Float32Array(length),
    gate: shutGate,
    practice,
    version: 0,
  }
}

/** What every list says, and how much it can say. */
export interface Gradients {
  readonly users: Uint32Array
  /** The same number for lists of the same cells. */
  readonly circumstances: Uint32Array
  /** lists × d: e − ē. */
  readonly errors: Float64Array
  /** F: d × d. */
  readonly fisher: Float64Array
}

function gradientsOf(lists: readonly TierList[], scale: number, d: number): Gradients {
  const errors = new Float64Array(lists.length * d)
  const fisher = new Float64Array(d * d)
  const mean = new Float64Array(d)
  const centred = new Float64Array(d)
  const overall = new Float64Array(d)
  lists.forEach(({ base, features, weight, target }, list) => {
    const chances = chancesOf(base, weight, scale)
    mean.fill(0)
    for (let i = 0; i < chances.length; i++) for (let f = 0; f < d; f++) mean[f] += chances[i] * features[i * d + f]
    for (let f = 0; f < d; f++) {
      errors[list * d + f] = features[target * d + f] - mean[f]
      overall[f] += errors[list * d + f] / lists.length
    }
    for (let i = 0; i < chances.length; i++) {
      if (chances[i] < LEAST_CHANCE) continue
      for (let f = 0; f < d; f++) centred[f] = features[i * d + f] - mean[f]
      for (let f = 0; f < d; f++) {
        const scaled = (chances[i] * centred[f]) / lists.length
        for (let g = 0; g <= f; g++) fisher[f * d + g] += scaled * centred[g]
      }
    }
  })
  for (let f = 0; f < d; f++) for (let g = 0; g < f; g++) fisher[g * d + f] = fisher[f * d + g]
  for (let at = 0; at < errors.length; at++) errors[at] -= overall[at % d]
  const numbers = new Map<string, number>()
  const circumstances = Uint32Array.from(lists, ({ query }) => {
    const cells = query?.join() ?? ''
    numbers.set(cells, numbers.get(cells) ?? numbers.size)
    return numbers.get(cells) ?? 0
  })
  return { users: Uint32Array.from(lists, ({ user }) => user), circumstances, errors, fisher }
}

/** A candidate that is taken less often than this adds nothing to the information that could be seen. */
const LEAST_CHANCE = 1e-5

/** p of each candidate by the base alone. */
export function chancesOf(base: Float32Array, weight: Float32Array, scale: number): Float64Array {
  const chances = new Float64Array(base.length)
  let highest = Number.NEGATIVE_INFINITY
  for (const score of base) highest = Math.max(highest, scale * score)
  let total = 0
  for (let i = 0; i < base.length; i++) {
    chances[i] = weight[i] * Math.exp(scale * base[i] - highest)
    total += chances[i]
  }
  return chances.map((chance) => chance / total)
}

interface Directions {
  /** λ, largest first. Length d. */
  readonly values: Float64Array
  /** v_jᵀ F^-½: d × d. */
  readonly vectors: Float64Array
}

/** The directions along which those users differ that are `among`. */
function directionsOf(gradients: Gradients, root: Float64Array, d: number, among: (user: number) => boolean): Directions {
  const whitened = product(product(root, pairMean(gradients, d, among), d, d), root, d, d)
  const { values, vectors } = symmetricEigen(whitened, d)
  return { values, vectors: product(vectors, root, d, d) }
}

/** M: mean over ordered pairs of different lists of one user in the same cells. d × d. */
function pairMean({ users, circumstances, errors }: Gradients, d: number, among: (user: number) => boolean): Float64Array {
  const sum = new Float64Array(d * d)
  let pairs = 0
  for (let from = 0, to = 0; from < users.length; from = to) {
    while (to < users.length && users[to] === users[from]) to++
    if (!among(users[from])) continue
    const groups = new Map<number, number[]>()
    for (let list = from; list < to; list++) {
      const group = groups.get(circumstances[list])
      if (group === undefined) groups.set(circumstances[list], [list])
      else group.push(list)
    }
    for (const group of groups.values()) {
      if (group.length < 2) continue
      pairs += group.length * (group.length - 1)
      const total = new Float64Array(d)
      for (const list of group) for (let f = 0; f < d; f++) total[f] += errors[list * d + f]
      addOuter(sum, total, 0, d, 1)
      for (const list of group) addOuter(sum, errors, list * d, d, -1)
    }
  }
  return pairs === 0 ? sum : sum.map((value) => value / pairs)
}

function addOuter(sum: Float64Array, vector: Float64Array, at: number, d: number, sign: number): void {
  for (let f = 0; f < d; f++) {
    const scaled = sign * vector[at + f]
    for (let g = 0; g < d; g++) sum[f * d + g] += scaled * vector[at + g]
  }
}

/**
 * λ of each direction, without the luck of the draw: directions chosen by one half of the users are measured on the other, and the other way
 * round. Never rising, as where neighbours that rise are pooled (Ayer et al., Annals of Mathematical Statistics 1955), and never below 0.
 */
function crossed(gradients: Gradients, halves: readonly Directions[], d: number, rank: number): Float64Array {
  const found = new Float64Array(rank)
  for (const [half, { vectors }] of halves.entries()) {
    const other = pairMean(gradients, d, (user) => user % 2 !== half)
    const turned = product(vectors.subarray(0, rank * d), other, rank, d)
    for (let j = 0; j < rank; j++) for (let f = 0; f < d; f++) found[j] += (turned[j * d + f] * vectors[j * d + f]) / 2
  }
  return pooled(found).map((value) => Math.max(0, value))
}

/** The closest numbers that never rise: neighbours that do share their mean. */
function pooled(values: Float64Array): Float64Array {
  const blocks: { sum: number; count: number }[] = []
  for (const value of values) {
    let block = { sum: value, count: 1 }
    for (let last = blocks.at(-1); last !== undefined && block.sum / block.count > last.sum / last.count; last = blocks.at(-1)) {
      block = { sum: block.sum + last.sum, count: block.count + last.count }
      blocks.pop()
    }
    blocks.push(block)
  }
  return Float64Array.from(blocks.flatMap(({ sum, count }) => new Array<number>(count).fill(sum / count)))
}

/** Kept back from inverting what hardly varies: this share of the mean information is added to each feature's. */
const RIDGE = 0.01

/** (F + ridge · mean information · I)^-½, d × d. */
function inverseRoot(fisher: Float64Array, d: number): Float64Array {
  const { values, vectors } = symmetricEigen(fisher, d)
  const added = (RIDGE * values.reduce((sum, value) => sum + value, 0)) / d
  const root = new Float64Array(d * d)
  for (let k = 0; k < d; k++) {
    const value = Math.max(0, values[k]) + added
    if (value === 0) continue
    for (let f = 0; f < d; f++) {
      const scaled = vectors[k * d + f] / Math.sqrt(value)
      for (let g = 0; g < d; g++) root[f * d + g] += scaled * vectors[k * d + g]
    }
  }
  return root
}

/** rows × d by d × d. */
function product(a: Float64Array, b: Float64Array, rows: number, d: number): Float64Array {
  const out = new Float64Array(rows * d)
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < d; k++) {
      const factor = a[i * d + k]
      for (let j = 0; j < d; j++) out[i * d + j] += factor * b[k * d + j]
    }
  }
  return out
}

function idOf({ features, cells, mean, deviation, directions, priors }: Omit<FeatureSpace, 'id'>): string {
  const letters = Uint32Array.from([...features, ...cells].join('\n'), (letter) => letter.codePointAt(0) ?? 0)
  return fingerprintOfArrays([letters, mean, deviation, directions, priors])
}
