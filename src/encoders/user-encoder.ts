import type { Random } from '../domain/random.js'
import { normalise } from './text-tower.js'

/**
 * User encoder — what somebody did last as one vector among the items' vectors.
 *
 *   logit_l = θ₀·log(engagement_l) + θ₁·age_l/30 days + θ₂·log(1 + 24·age_l) + q·e_l
 *   u = normalised( Σ softmax(logit)_l · e_l )
 *
 * θ = (1, −ln 2, 0), q = 0 is the engagement-weighted mean that halves every 30 days, from which learning begins. θ and q are learned on
 * what came next: softmax over the next item and others drawn by chance, of cos(u, e)/τ.
 * Attention pooling: Bahdanau et al., ICLR 2015; one query for all users, as in Yang et al., "Hierarchical Attention Networks", NAACL 2016.
 *
 * Cost    examples · length · dimensions an epoch.
 * Choose  where it was measured to beat the decayed mean on users it did not learn from; else the decayed mean is kept, see `UserEncoder`.
 */
export interface UserEncoder {
  readonly dimensions: number
  readonly theta: readonly [engagement: number, months: number, hours: number]
  /** q: `dimensions` numbers. */
  readonly query: Float32Array
}

const LEAST_ENGAGEMENT = 1e-6
const DAYS_PER_MONTH = 30

/** The engagement-weighted mean that halves every 30 days. */
export function decayedMean(dimensions: number): UserEncoder {
  return { dimensions, theta: [1, -Math.LN2, 0], query: new Float32Array(dimensions) }
}

/** A history, oldest first, as the encoder reads it: length × dimensions, and two numbers an entry. */
export interface EncodedHistory {
  readonly items: Float32Array
  readonly engagements: Float32Array
  readonly agesDays: Float32Array
}

/** The user's vector, of unit length, into `out`; NaN where no entry has a vector or any engagement. */
export function encodeUser(encoder: UserEncoder, history: EncodedHistory, out: Float32Array): void {
  pool(history, attentionOf(encoder, history), encoder.dimensions, out)
  normalise(out)
}

/** softmax(logit); all zeros where nothing can be told. */
function attentionOf({ theta, query, dimensions }: UserEncoder, { items, engagements, agesDays }: EncodedHistory): Float64Array {
  const logits = Float64Array.from(engagements, (engagement, l) => {
    if (Number.isNaN(items[l * dimensions]) || engagement <= 0) return Number.NEGATIVE_INFINITY
    let alike = 0
    for (let at = 0; at < dimensions; at++) alike += query[at] * items[l * dimensions + at]
    const [a, b, c] = aboutEntry(engagement, agesDays[l])
    return theta[0] * a + theta[1] * b + theta[2] * c + alike
  })
  const most = logits.reduce((largest, logit) => Math.max(largest, logit), Number.NEGATIVE_INFINITY)
  if (most === Number.NEGATIVE_INFINITY) return logits.fill(0)
  const weights = logits.map((logit) => Math.exp(logit - most))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

function aboutEntry(engagement: number, ageDays: number): readonly [number, number, number] {
  return [Math.log(Math.max(engagement, LEAST_ENGAGEMENT)), ageDays / DAYS_PER_MONTH, Math.log1p(24 * ageDays)]
}

function pool({ items }: EncodedHistory, weights: Float64Array, dimensions: number, out: Float32Array): void {
  out.fill(0)
  weights.forEach((weight, l) => {
    if (weight > 0) for (let at = 0; at < dimensions; at++) out[at] += weight * items[l * dimensions + at]
  })
}

/** A history and the item that came next: rows of `vectors`. */
export interface NextItem {
  readonly items: Uint32Array
  readonly engagements: Float32Array
  readonly agesDays: Float32Array
  readonly next: number
}

export interface UserEncoderOptions {
  readonly epochs: number
  /** Others that the next item is told from. Typical 50 to 200. */
  readonly negatives: number
  /** τ. Typical 0.05 to 0.2. */
  readonly temperature: number
  /** Adam's step. */
  readonly stepSize: number
  /** Examples of one step. */
  readonly batch: number
}

export const userEncoderDefaults: UserEncoderOptions = {
  epochs: 6,
  negatives: 100,
  temperature: 0.1,
  stepSize: 0.03,
  batch: 64,
}

/**
 * Learns θ and q. Same examples and seed, same bytes.
 *
 * @param vectors items × dimensions, of unit length; rows without a vector are NaN
 */
export function fitUserEncoder(
  examples: readonly NextItem[],
  vectors: Float32Array,
  dimensions: number,
  options: UserEncoderOptions,
  random: Random,
  checkpoint: (done: number) => void,
): UserEncoder {
  const start = decayedMean(dimensions)
  const parameters = Float64Array.from([...start.theta, ...start.query])
  const adam = createAdam(parameters, options.stepSize)
  const gradient = new Float64Array(parameters.length)
  const known = Uint32Array.from({ length: vectors.length / dimensions }, (_, row) => row).filter(
    (row) => !Number.isNaN(vectors[row * dimensions]),
  )
  const learnable = examples.filter(({ next }) => !Number.isNaN(vectors[next * dimensions]))
  const steps = options.epochs * learnable.length
  for (let step = 0; step < steps; step++) {
    const example = learnable[random.below(learnable.length)]
    const rows = [example.next, ...Array.from({ length: options.negatives }, () => known[random.below(known.length)])]
    addGradient(encoderOf(parameters, dimensions), example, rows, vectors, options.temperature, gradient)
    if ((step + 1) % options.batch === 0 || step + 1 === steps) {
      adam(gradient, options.batch)
      checkpoint((step + 1) / steps)
    }
  }
  return encoderOf(parameters, dimensions)
}

function encoderOf(parameters: Float64Array, dimensions: number): UserEncoder {
  const [engagement, months, hours] = parameters
  return { dimensions, theta: [engagement, months, hours], query: Float32Array.from(parameters.subarray(3)) }
}

/** The history of an example with its items' vectors. */
export function withVectors(
  { items, engagements, agesDays }: NextItem,
  vectors: Float32Array,
  dimensions: number,
): EncodedHistory {
  const rows = new Float32Array(items.length * dimensions)
  items.forEach((item, l) => {
    rows.set(vectors.subarray(item * dimensions, (item + 1) * dimensions), l * dimensions)
  })
  return { items: rows, engagements, agesDays }
}

/** Adds the gradient of −log softmax(cos(u, e)/τ) of the first row among `rows`. Returns that loss. */
export function addGradient(
  encoder: UserEncoder,
  example: NextItem,
  rows: readonly number[],
  vectors: Float32Array,
  temperature: number,
  gradient: Float64Array,
): number {
  const { dimensions } = encoder
  const history = withVectors(example, vectors, dimensions)
  const weights = attentionOf(encoder, history)
  const pooled = new Float32Array(dimensions)
  pool(history, weights, dimensions, pooled)
  const length = Math.sqrt(pooled.reduce((sum, value) => sum + value * value, 0))
  if (!(length > 1e-6)) return 0
  const unit = pooled.map((value) => value / length)
  const logits = rows.map((row) => dotRow(unit, vectors, row * dimensions) / temperature)
  const most = Math.max(...logits)
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - most), 0)

  // d loss / d unit, then through the normalisation, the pooling and the softmax.
  const toUnit = new Float64Array(dimensions)
  rows.forEach((row, place) => {
    const share = Math.exp(logits[place] - most) / sum - (place === 0 ? 1 : 0)
    for (let at = 0; at < dimensions; at++) toUnit[at] += (share / temperature) * vectors[row * dimensions + at]
  })
  const along = toUnit.reduce((total, value, at) => total + value * unit[at], 0)
  const toPooled = toUnit.map((value, at) => (value - along * unit[at]) / length)
  const toWeight = Float64Array.from(weights, (weight, l) => (weight === 0 ? 0 : dotRow(toPooled, history.items, l * dimensions)))
  const mean = toWeight.reduce((total, value, l) => total + value * weights[l], 0)
  weights.forEach((weight, l) => {
    if (weight === 0) return
    const toLogit = weight * (toWeight[l] - mean)
    aboutEntry(history.engagements[l], history.agesDays[l]).forEach((value, at) => {
      gradient[at] += toLogit * value
    })
    for (let at = 0; at < dimensions; at++) gradient[3 + at] += toLogit * history.items[l * dimensions + at]
  })
  return most + Math.log(sum) - logits[0]
}

function dotRow(a: ArrayLike<number>, matrix: Float32Array, from: number): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += a[at] * matrix[from + at]
  return sum
}

/** Adam (Kingma & Ba, ICLR 2015) in place; the gradient is divided by `count`, and left as zeros. */
function createAdam(parameters: Float64Array, stepSize: number): (gradient: Float64Array, count: number) => void {
  const first = new Float64Array(parameters.length)
  const second = new Float64Array(parameters.length)
  let steps = 0
  return (gradient, count) => {
    steps++
    for (let at = 0; at < parameters.length; at++) {
      const slope = gradient[at] / count
      first[at] = 0.9 * first[at] + 0.1 * slope
      second[at] = 0.999 * second[at] + 0.001 * slope * slope
      const size = Math.sqrt(second[at] / (1 - 0.999 ** steps)) + 1e-8
      parameters[at] -= (stepSize * (first[at] / (1 - 0.9 ** steps))) / size
    }
    gradient.fill(0)
  }
}
