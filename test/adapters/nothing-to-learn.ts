import type { Lesson } from '../../src/adapters/adapter.js'
import { shutGate } from '../../src/adapters/gate.js'
import { defaultPractice, type SharedTier } from '../../src/adapters/tier.js'
import type { Random } from '../../src/domain/random.js'
import { NO_GROUP } from '../../src/evaluation/prequential/gain.js'

export const CANDIDATES = 60
export const FEATURES = 12
const RANK = 8

/** A tier as fitted ones are: along each direction candidates differ by one, and users by √0.03. */
export function tierOf(): SharedTier {
  const directions = new Float32Array(RANK * FEATURES)
  for (let j = 0; j < RANK; j++) directions[j * FEATURES + j] = 1
  const space = {
    id: 'spoilable',
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

/** One question: the base is right about what is taken, so that there is nothing to learn and all to spoil. */
export function question(random: Random): Lesson {
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

/** No title is of a franchise. */
export const free = { groups: new Int32Array(CANDIDATES).fill(NO_GROUP), perGroup: 3 }
