import { type Adapter, emptyAdapter, type Lesson } from '../../src/adapters/adapter.js'
import { shutGate } from '../../src/adapters/gate.js'
import { allCells } from '../../src/adapters/query-side.js'
import { defaultPractice, type FeatureSpace, type SharedTier } from '../../src/adapters/tier.js'
import type { Random } from '../../src/domain/random.js'

export interface Shape {
  readonly cells: number
  readonly rank: number
  readonly features: number
}

export const defaultShape: Shape = { cells: allCells.length, rank: 8, features: 60 }

/** A tier of random directions, each of which is of deviation about 1 over normal features. What is learned does not fade. */
export function madeUpTier(random: Random, { cells, rank, features }: Shape = defaultShape, variance = 0.05): SharedTier {
  const normals = (count: number, scale: number) => Float32Array.from({ length: count }, () => random.normal() * scale)
  const directions = normals(rank * features, 1 / Math.sqrt(features))
  const space: FeatureSpace = {
    id: 'made-up',
    features: Array.from({ length: features }, (_, at) => `feature-${at}`),
    mean: new Float32Array(features),
    deviation: new Float32Array(features).fill(1),
    rank,
    directions,
    loadings: directions,
    cells: Array.from({ length: cells }, (_, at) => allCells[at] ?? `device:made-up-${at}`),
    shape: { alpha: 2 * rank, priorScale: 1, cellPrior: 1, lists: 1_000 },
    priors: new Float32Array(cells * rank).fill(variance),
  }
  return {
    space,
    scale: 1,
    base: new Float32Array(cells * rank),
    precisions: new Float32Array(cells * rank),
    gate: shutGate,
    practice: { ...defaultPractice, memory: 1 },
    version: 0,
  }
}

/** An adapter with random numbers in it, as after some lessons. */
export function madeUpAdapter(random: Random, { space }: SharedTier): Adapter {
  return {
    ...emptyAdapter(space),
    values: Float32Array.from(space.priors, (variance) => random.normal() * Math.sqrt(variance)),
    precisions: Float32Array.from(space.priors, () => random.next() * 300),
    gate: { gain: 1.5, weight: 20 },
    sharedGate: { gain: -0.25, weight: 20 },
    lessons: 20,
    learnedTo: 41,
  }
}

/** A list of `count` candidates with random features; the target is drawn as the base with these effects would (none: as the base would). */
export function madeUpLesson(
  random: Random,
  { space, scale }: SharedTier,
  { count = 40, liking = 1, query = querySide(space.cells.length), taste }: Partial<LessonWish> = {},
): Lesson {
  const d = space.features.length
  const base = Float32Array.from({ length: count }, () => random.normal())
  const features = Float32Array.from({ length: count * d }, () => random.normal())
  const weight = Float32Array.from({ length: count }, () => 1 + random.below(4))
  const chances = Array.from(base, (score, i) => {
    const effect = taste?.reduce((sum, value, f) => sum + value * features[i * d + f]!, 0) ?? 0
    return weight[i]! * Math.exp(scale * score + effect)
  })
  return { base, features, weight, target: drawn(chances, random), liking, query }
}

interface LessonWish {
  readonly count: number
  readonly liking: number
  readonly query: Float32Array
  /** What the user's own weight of each feature is. */
  readonly taste: Float32Array
}

/** The row that always speaks, and the second cell. */
function querySide(cells: number): Float32Array {
  return Float32Array.from({ length: cells }, (_, cell) => (cell < 2 ? 1 : 0))
}

function drawn(chances: readonly number[], random: Random): number {
  let rest = random.next() * chances.reduce((sum, chance) => sum + chance, 0)
  for (const [at, chance] of chances.entries()) {
    rest -= chance
    if (rest <= 0) return at
  }
  return chances.length - 1
}
