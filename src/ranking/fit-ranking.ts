import type { Random } from '../domain/random.js'
import { boost } from '../math/boosting.js'
import { fitLinear } from '../math/linear-ranking.js'
import { lambdaMart, softmax } from '../math/list-objectives.js'
import type { RankingTable } from '../math/ranking-table.js'
import type { Artifact } from '../models/artifact.js'
import { forestArrays, linearArrays, RANKING, type RankingKind } from '../world/ranking-model.js'

/** How a ranker learns. */
export interface LearningOptions {
  /** `auto`: whichever of trees, linear and the plan's weights ranks best what it did not learn from. */
  readonly kind: RankingKind | 'auto'
  /** What trees follow: the softmax cross-entropy of each list, or the pairwise slopes of LambdaMART. */
  readonly objective: 'softmax' | 'lambdamart'
  /** Typical 50 to 200. */
  readonly trees: number
  /** Leaves of a tree. Typical 7 to 31. */
  readonly leaves: number
  readonly learningRate: number
  /** Share of the features that each tree may ask about. */
  readonly featureShare: number
  /** Ridge on what a leaf says. */
  readonly l2: number
  /** Of a question's wrong candidates, those among the first so many are learned from, … */
  readonly hardNegatives: number
  /** … and this many of the others, drawn at random, each standing for several. */
  readonly randomNegatives: number
  /** Questions learned from, at most. */
  readonly questions: number
  /** Of one user at most so many, so that nobody's habits are taken for everybody's. */
  readonly questionsPerUser: number
}

export const defaultLearning: LearningOptions = {
  kind: 'auto',
  objective: 'softmax',
  trees: 120,
  leaves: 8,
  learningRate: 0.06,
  featureShare: 0.5,
  l2: 10,
  hardNegatives: 25,
  randomNegatives: 25,
  questions: 12_000,
  questionsPerUser: 20,
}

const BINS = 63
const LEAST_HESSIAN = 1e-3
/** Ranks below this move NDCG@10 too little to follow. */
const TRUNCATION = 20
const LINEAR = { epochs: 12, batch: 64, learningRate: 0.02, l2: 1e-4 }

/** What a fit learned from, and with which names. */
export interface Lesson {
  readonly table: RankingTable
  readonly sources: readonly string[]
  readonly features: readonly string[]
}

export interface FitRun {
  readonly random: Random
  readonly checkpoint: (done: number) => void
}

/** Learns a ranker of one kind. Same lesson, options and chance: the same bytes. */
export function fitRanking(kind: RankingKind, lesson: Lesson, options: LearningOptions, run: FitRun): Artifact {
  const { table, sources, features } = lesson
  const { random, checkpoint } = run
  const below = (bound: number): number => random.below(bound)
  return {
    header: {
      format: 1,
      algorithm: RANKING,
      options: { ...options, kind, sources, features },
      fingerprint: '',
      asOfDay: 0,
      users: 0,
      events: table.start.length - 1,
    },
    arrays: arraysOf(),
  }

  function arraysOf(): Artifact['arrays'] {
    switch (kind) {
      case 'trees': {
        const objective = options.objective === 'softmax' ? softmax : lambdaMart(TRUNCATION)
        const growing = { ...options, bins: BINS, leastHessian: LEAST_HESSIAN }
        const { forest, gain } = boost(table, objective, growing, { below, checkpoint })
        return forestArrays(forest, Float32Array.from(gain))
      }
      case 'linear':
        return linearArrays(fitLinear(table, LINEAR, { below, checkpoint }))
      case 'weights':
        return { itemNos: new Int32Array(0) }
    }
  }
}

/** Mean NDCG@k of the lists under a score per row; a row that stands for several wrong ones counts as several. */
export function listNdcg({ start, relevance, weight }: RankingTable, scores: ArrayLike<number>, at = 10): number {
  let sum = 0
  for (let list = 0; list + 1 < start.length; list++) {
    let dcg = 0
    let targets = 0
    for (let row = start[list]; row < start[list + 1]; row++) {
      if (relevance[row] === 0) continue
      targets++
      let above = 0
      for (let other = start[list]; other < start[list + 1]; other++) {
        if (other !== row && (scores[other] > scores[row] || (scores[other] === scores[row] && other < row)))
          above += weight[other]
      }
      if (Math.round(above) < at) dcg += 1 / Math.log2(2 + Math.round(above))
    }
    let ideal = 0
    for (let rank = 0; rank < Math.min(at, targets); rank++) ideal += 1 / Math.log2(2 + rank)
    if (ideal > 0) sum += dcg / ideal
  }
  return sum / Math.max(1, start.length - 1)
}

/** The lists whose number is named, as a table of their own. */
export function someLists(table: RankingTable, lists: readonly number[]): RankingTable {
  const start = new Uint32Array(lists.length + 1)
  lists.forEach((list, at) => {
    start[at + 1] = start[at] + table.start[list + 1] - table.start[list]
  })
  const rows = start[lists.length]
  const some = {
    width: table.width,
    values: new Float32Array(rows * table.width),
    start,
    relevance: new Float32Array(rows),
    weight: new Float32Array(rows),
  }
  lists.forEach((list, at) => {
    const [from, to] = [table.start[list], table.start[list + 1]]
    some.values.set(table.values.subarray(from * table.width, to * table.width), start[at] * table.width)
    some.relevance.set(table.relevance.subarray(from, to), start[at])
    some.weight.set(table.weight.subarray(from, to), start[at])
  })
  return some
}
