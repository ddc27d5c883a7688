import { type Forest, forestScores, forestTerms, isForest } from '../math/forest.js'
import type { Kernels } from '../math/kernels.js'
import { type LinearRanking, linearScores, standardised } from '../math/linear-ranking.js'
import { withScratch } from '../math/scratch.js'
import { type Artifact, arrayOf, assertArtifact } from '../models/artifact.js'

export type RankingKind = 'weights' | 'linear' | 'trees'

/** What was learned about ranking: how to score a candidate from its features. */
export interface RankingModel {
  /** `weights`: nothing was learned that beats the plan's own weights. */
  readonly kind: RankingKind
  /** Whose scores it was taught with, in order. */
  readonly sources: readonly string[]
  /** Its features, in order; see ranking/candidate-features.ts. */
  readonly features: readonly string[]
  /** out[k] = the score of candidate k, whose features are values[k · features] … */
  score(values: Float32Array, out: Float32Array): void
  /** What each feature of one candidate did to its score: out[f], out.length = features. */
  explain(row: Float32Array, out: Float32Array): void
  /** How much each feature counts: of trees what its splits gained, of a linear one its weight. */
  readonly importance: Float32Array
}

/** The algorithm that an artifact of a ranker names. */
export const RANKING = 'ranking'

/** The options in the header of a ranker's artifact. */
export interface RankingOptions {
  readonly kind: RankingKind
  readonly sources: readonly string[]
  readonly features: readonly string[]
}

/** The arrays of a ranker's artifact, by kind. Rankers know no items: `itemNos` is empty. */
export function forestArrays(forest: Forest, importance: Float32Array): Artifact['arrays'] {
  return { itemNos: new Int32Array(0), ...forest, importance }
}

export function linearArrays({ weight, mean, deviation }: LinearRanking): Artifact['arrays'] {
  return { itemNos: new Int32Array(0), weight, mean, deviation, importance: weight }
}

/**
 * Throws ARTIFACT_CORRUPT when arrays are missing or do not fit together.
 *
 * @param kernels in whose arena the artifact lies. Without them the plain twins score, to the same bits.
 */
export function restoreRanking(artifact: Artifact, kernels?: Kernels): RankingModel {
  const { kind, sources, features } = artifact.header.options as unknown as RankingOptions
  const known = { kind, sources, features }
  switch (kind) {
    case 'trees':
      return { ...known, ...treesOf(artifact, features.length, kernels) }
    case 'linear':
      return { ...known, ...linearOf(artifact, features.length) }
    default:
      assertArtifact(artifact, kind === 'weights', `it is a ranker of an unknown kind, ${String(kind)}`)
      return { ...known, score: () => {}, explain: () => {}, importance: new Float32Array(0) }
  }
}

type Learned = Pick<RankingModel, 'score' | 'explain' | 'importance'>

function treesOf(artifact: Artifact, width: number, kernels: Kernels | undefined): Learned {
  const feature = arrayOf(artifact, 'feature', Int32Array)
  const forest: Forest = {
    roots: arrayOf(artifact, 'roots', Uint32Array),
    feature,
    value: arrayOf(artifact, 'value', Float32Array, feature.length),
    left: arrayOf(artifact, 'left', Uint32Array, feature.length),
    expected: arrayOf(artifact, 'expected', Float32Array, feature.length),
  }
  assertArtifact(artifact, isForest(forest, width), 'its trees lead nowhere')
  return {
    score: kernels === undefined ? (values, out) => forestScores(forest, values, width, out) : inKernels(forest, width, kernels),
    explain: (row, out) => forestTerms(forest, row, out),
    importance: arrayOf(artifact, 'importance', Float32Array, width),
  }
}

function inKernels(forest: Forest, width: number, kernels: Kernels): Learned['score'] {
  const { arena } = kernels
  return (values, out) =>
    withScratch(arena, () => {
      const table = arena.f32(values.length)
      const scores = arena.f32(out.length)
      table.set(values)
      kernels.forestScores(forest, table, width, scores)
      out.set(scores)
    })
}

function linearOf(artifact: Artifact, width: number): Learned {
  const linear: LinearRanking = {
    weight: arrayOf(artifact, 'weight', Float32Array, width),
    mean: arrayOf(artifact, 'mean', Float32Array, width),
    deviation: arrayOf(artifact, 'deviation', Float32Array, width),
  }
  return {
    score: (values, out) => linearScores(linear, values, out),
    explain(row, out) {
      for (let f = 0; f < width; f++) out[f] += linear.weight[f] * standardised(row[f], linear.mean[f], linear.deviation[f])
    },
    importance: linear.weight,
  }
}
