/** The forms of an adapter that are compared: what a user's numbers are, and how they are learned. */
import type { Lesson } from '../../src/adapters/adapter.js'
import { addEffects, forQuery } from '../../src/adapters/directions.js'
import { evidenceOf, type Study } from '../../src/adapters/learn.js'
import { newtonStep } from '../../src/adapters/newton-step.js'
import type { SharedTier } from '../../src/adapters/tier.js'
import { createRandom, type Random } from '../../src/domain/random.js'

/** A form with the numbers of all users in it. */
export interface Form {
  readonly name: string
  /** What the user's adapter adds to each candidate's log-odds, at full voice. */
  effects(user: number, lesson: Lesson, study: Study): Float64Array
  learn(user: number, lesson: Lesson, study: Study, effects: Float64Array): void
}

/** Whether a form learns from refusals as such and not from what was regretted, takes both for choices like any other, or leaves refusals out. */
export type Labels = 'signed' | 'taken' | 'skip-refused'

export function labelled(lesson: Lesson, labels: Labels): Lesson | undefined {
  if (labels === 'signed') return lesson.liking === 0 ? undefined : lesson
  if (labels === 'taken') return { ...lesson, liking: 1 }
  return lesson.liking < 0 ? undefined : { ...lesson, liking: 1 }
}

/** Second-order steps on B_u over the tier's directions; `queryOf` makes the query side. */
export function newton(
  name: string,
  tier: SharedTier,
  queryOf: QuerySide = (_user, lesson) => lesson.query,
  {
    labels = 'signed' as Labels,
    learnsQuery = undefined as ((user: number, lesson: Lesson, study: Study) => void) | undefined,
  } = {},
): Form {
  const { rank, priors } = tier.space
  const weights = new Map<number, { values: Float32Array; precisions: Float32Array }>()
  const of = (user: number) =>
    weights.get(user) ?? { values: new Float32Array(priors.length), precisions: new Float32Array(priors.length) }
  return {
    name,
    effects(user, lesson, { along }) {
      const effects = new Float64Array(along.length / rank)
      addEffects(along, forQuery(of(user).values, queryOf(user, lesson), rank), 1, effects)
      return effects
    },
    learn(user, lesson, { along, view }, effects) {
      const taken = labelled(lesson, labels)
      if (taken !== undefined) {
        const seen = { ...view, liking: taken.liking, query: queryOf(user, lesson) }
        const evidence = evidenceOf({ view: seen, along }, effects)
        weights.set(user, newtonStep(of(user), evidence, { variance: priors, share: 1, memory: tier.practice.memory }))
      }
      learnsQuery?.(user, lesson, { along, view })
    },
  }
}

export type QuerySide = (user: number, lesson: Lesson) => Float32Array

/**
 * A query side of taste: 1, then where the titles lie along the directions that the user took so far (long-term) and lately (session, each counting
 * 0.7 of the next), then the cells. What the issue calls a real bilinear form.
 */
export function tasteQuery(rank: number): {
  readonly width: number
  readonly of: QuerySide
  readonly learn: (user: number, lesson: Lesson, study: Study) => void
} {
  const tastes = new Map<number, { long: Float64Array; session: Float64Array; count: number }>()
  const of = (user: number) => tastes.get(user) ?? { long: new Float64Array(rank), session: new Float64Array(rank), count: 0 }
  return {
    width: 2 * rank,
    of(user, lesson) {
      const { long, session } = of(user)
      return Float32Array.from([...lesson.query, ...long, ...session])
    },
    learn(user, { liking }, { along, view: { target } }) {
      if (liking < 0) return
      const { long, session, count } = of(user)
      const z = along.subarray(target * rank, (target + 1) * rank)
      tastes.set(user, {
        long: long.map((value, j) => value + (z[j]! - value) / (count + 1)),
        session: session.map((value, j) => 0.7 * value + 0.3 * z[j]!),
        count: count + 1,
      })
    },
  }
}

export interface FirstOrder {
  readonly loss: 'bce' | 'sampled-softmax'
  readonly optimiser: 'adam' | 'sgd'
  readonly learningRate: number
  readonly negatives: number
  /** Weight decay towards 0, per step. */
  readonly decay: number
}

/** First-order steps on B_u, on sampled negatives. Popular titles are drawn more often, and corrected for it in the sampled softmax. */
export function firstOrder(name: string, tier: SharedTier, options: FirstOrder, labels: Labels = 'signed'): Form {
  const { rank, priors } = tier.space
  const size = priors.length
  const states = new Map<number, { values: Float32Array; first: Float64Array; second: Float64Array; steps: number }>()
  const random = createRandom(`forms/${name}`)
  const of = (user: number) =>
    states.get(user) ?? {
      values: new Float32Array(size),
      first: new Float64Array(size),
      second: new Float64Array(size),
      steps: 0,
    }
  return {
    name,
    effects(user, lesson, { along }) {
      const effects = new Float64Array(along.length / rank)
      addEffects(along, forQuery(of(user).values, lesson.query, rank), 1, effects)
      return effects
    },
    learn(user, lesson, study, effects) {
      const taken = labelled(lesson, labels)
      if (taken === undefined) return
      const slope = slopeOf(taken.liking, study, effects, options, random)
      const state = of(user)
      states.set(user, stepped(state, slope, lesson.query, rank, options))
    },
  }
}

/** ∂loss/∂(Bᵀc), on the target and sampled negatives. */
function slopeOf(
  liking: number,
  { view: { target, logits }, along }: Study,
  effects: Float64Array,
  { loss, negatives }: FirstOrder,
  random: Random,
): Float64Array {
  const rank = along.length / effects.length
  const rows = [target]
  while (rows.length <= Math.min(negatives, effects.length - 1)) {
    const row = random.below(effects.length)
    if (row !== target) rows.push(row)
  }
  const logit = (row: number): number => logits[row]! + effects[row]!
  const errors = loss === 'bce' ? binaryErrors(rows.map(logit), liking) : softmaxErrors(rows.map(logit), liking)
  const slope = new Float64Array(rank)
  rows.forEach((row, at) => {
    for (let j = 0; j < rank; j++) slope[j]! += errors[at]! * along[row * rank + j]!
  })
  return slope
}

/** σ(logit) − label, each negative weighing so that together they weigh as much as the target. */
function binaryErrors(logits: readonly number[], liking: number): number[] {
  const offset = logits.reduce((sum, logit) => sum + logit, 0) / logits.length // the intercept of the list
  return logits.map((logit, at) => {
    const chance = 1 / (1 + Math.exp(offset - logit))
    return at === 0 ? Math.abs(liking) * (chance - (liking > 0 ? 1 : 0)) : chance / (logits.length - 1)
  })
}

function softmaxErrors(logits: readonly number[], liking: number): number[] {
  const highest = Math.max(...logits)
  const odds = logits.map((logit) => Math.exp(logit - highest))
  const total = odds.reduce((sum, each) => sum + each, 0)
  return odds.map((each, at) => liking * (each / total - (at === 0 ? 1 : 0)))
}

function stepped(
  { values, first, second, steps }: { values: Float32Array; first: Float64Array; second: Float64Array; steps: number },
  slope: Float64Array,
  query: Float32Array,
  rank: number,
  { optimiser, learningRate, decay }: FirstOrder,
): { values: Float32Array; first: Float64Array; second: Float64Array; steps: number } {
  const next = { values: values.slice(), first: first.slice(), second: second.slice(), steps: steps + 1 }
  for (let at = 0; at < values.length; at++) {
    const gradient = query[Math.floor(at / rank)]! * slope[at % rank]! + decay * values[at]!
    if (optimiser === 'sgd') {
      next.values[at]! -= learningRate * gradient
      continue
    }
    next.first[at] = 0.9 * first[at]! + 0.1 * gradient
    next.second[at] = 0.999 * second[at]! + 0.001 * gradient * gradient
    const mean = next.first[at]! / (1 - 0.9 ** next.steps)
    const spread = Math.sqrt(next.second[at]! / (1 - 0.999 ** next.steps))
    if (spread > 0) next.values[at]! -= (learningRate * mean) / (spread + 1e-8)
  }
  return next
}
