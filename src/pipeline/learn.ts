import type { Query } from '../domain/query.js'
import type { Random } from '../domain/random.js'
import { beyondTheCut } from '../ranking/beyond-the-cut.js'
import { blendedScore, inTurns, voicesOf } from '../ranking/blend.js'
import { candidateFeatures, someRows } from '../ranking/candidate-features.js'
import type { LearningOptions } from '../ranking/fit-ranking.js'
import { CUT } from '../ranking/learned-order.js'
import type { SourceWeights } from '../ranking/ranker.js'
import type { RankingKind } from '../world/ranking-model.js'
import type { World } from '../world/visit.js'
import type { Plan } from './plan.js'
import { gather } from './recommend.js'

/** One question as a ranker learns from it: some of its candidates with their features, and which of them were right. */
export interface RankerList {
  /** The right one was not among the candidates: nothing that a ranker could put right, but adapters learn from it (beyond-the-cut.ts). */
  readonly isBeyond: boolean
  readonly features: readonly string[]
  /** The candidates kept, as rows of the catalogue. */
  readonly rows: Uint32Array
  /** rows × features. */
  readonly values: Float32Array
  /** 1 where right. */
  readonly relevance: Float32Array
  /** How many candidates the row stands for. */
  readonly weight: Float32Array
  /** What the plan's weights say: the score to beat. */
  readonly blend: Float32Array
}

/** Some rows of the cut, by their place in it, with how many candidates each stands for; or rows from beyond it, each for itself. */
interface Drawn {
  readonly looked: Uint32Array
  readonly kept: ReadonlyMap<number, number>
}

/**
 * What the learned ranker would be shown if this question were asked now, of which all right candidates are kept, the wrong ones that
 * were proposed first, and some of the others. Where none is right, the right one among others from beyond the cut; undefined where it could not
 * have been proposed. `world` must know nothing of what came after the question, and no model may have learned from its answer.
 */
export function rankerList(
  query: Query,
  { plan, weights }: { readonly plan: Plan; readonly weights: SourceWeights },
  world: World,
  targets: Uint32Array,
  options: Pick<LearningOptions, 'hardNegatives' | 'randomNegatives'>,
  random: Random,
): RankerList | undefined {
  const { pools } = gather(query, plan, world)
  const proposed = inTurns(weights, pools, world)
  const cut = proposed.subarray(0, CUT)
  const isBeyond = !cut.some((row) => targets.includes(row))
  const drawn = isBeyond ? drawBeyond(targets[0], cut, proposed.subarray(CUT), world) : drawFrom(cut, targets, options, random)
  if (drawn === undefined) return undefined
  const { looked, kept } = drawn
  const voices = voicesOf(weights, pools, world)
  const blendOf = (row: number): number => {
    const score = blendedScore(row, voices)
    return Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score
  }
  const table = candidateFeatures(
    plan.sources.map(({ name }) => name),
    pools,
    world,
    looked,
  )
  const places = Uint32Array.from(kept.keys()).sort()
  const { names, values } = someRows(table, places)
  return {
    isBeyond,
    features: names,
    rows: places.map((place) => looked[place]),
    values,
    relevance: Float32Array.from(places, (place) => (targets.includes(looked[place]) ? 1 : 0)),
    weight: Float32Array.from(places, (place) => kept.get(place) ?? 0),
    blend: Float32Array.from(places, (place) => blendOf(looked[place])),
  }
}

function drawFrom(
  cut: Uint32Array,
  targets: Uint32Array,
  { hardNegatives, randomNegatives }: Pick<LearningOptions, 'hardNegatives' | 'randomNegatives'>,
  random: Random,
): Drawn {
  const kept = new Map<number, number>()
  const others: number[] = []
  cut.forEach((row, place) => {
    if (targets.includes(row) || place < hardNegatives) kept.set(place, 1)
    else others.push(place)
  })
  const drawn = Math.min(randomNegatives, others.length)
  for (let at = 0; at < drawn; at++) {
    const pick = at + random.below(others.length - at)
    kept.set(others[pick], others.length / drawn)
    others[pick] = others[at]
  }
  return { looked: cut, kept }
}

function drawBeyond(target: number, cut: Uint32Array, others: Uint32Array, world: World): Drawn | undefined {
  const looked = beyondTheCut(target, { cut, others }, world)
  return looked && { looked, kept: new Map(Array.from(looked, (_, place) => [place, 1])) }
}

/** What is known of a ranker that was learned. */
export interface RankerReport {
  readonly kind: RankingKind
  /** Why it is that kind, in words. */
  readonly because: string
  /** Questions asked, and those among them with a right candidate: what was learned from. */
  readonly questions: number
  readonly lists: number
  /** NDCG@10 over those lists, of rankers that learned from the users of the other half; the plan's weights learn nothing. */
  readonly heldOut: Readonly<Partial<Record<RankingKind, number>>>
  /** Of trees what the splits on each feature gained, of a linear ranker its weights; largest first. */
  readonly importance: readonly { readonly feature: string; readonly value: number }[]
}
