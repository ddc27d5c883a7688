import { f64Room, localKernels } from '../math/local-kernels.js'
import type { Lesson } from './adapter.js'

/**
 * What a lesson says of the candidates' effects (what an adapter adds to each one's log-odds), and its slope.
 *
 *   taken    ℓ = liking · log p_t,              p = softmax(scale · base + log weight + effect)
 *   refused  ℓ = −|liking| · log(1 + exp(Δ)),   Δ = effect_t − Σ p⁰_i effect_i,   p⁰ = the same softmax without effects
 *
 * A refusal speaks of one title, not of a choice among all: it is a binary label on the title against the average of what was on offer. The
 * loss −log(1 − p_t) would weigh it by p_t, which is some thousandths: nothing would be learned from it. Both are concave in the effects.
 */
export interface View extends Pick<Lesson, 'target' | 'liking' | 'query'> {
  /** scale · base + log weight of each candidate, less the largest. */
  readonly logits: Float64Array
  /** p⁰. */
  readonly base: Float64Array
  readonly isBeyond: boolean
}

export function viewOf(lesson: Omit<Lesson, 'features'>, scale: number): View {
  const { logits, base, ...rest } = fleetingViewOf(lesson, scale)
  return { ...rest, logits: logits.slice(), base: base.slice() }
}

/** The same without a copy: what is in its arrays stays until the next lesson is looked at. */
export function fleetingViewOf(
  { base: scores, weight, target, liking, query, isBeyond = false }: Omit<Lesson, 'features'>,
  scale: number,
): View {
  const n = scores.length
  const [logits, base] = [logitsRoom(n), chancesRoom(n)]
  for (let i = 0; i < n; i++) {
    const logit = scale * scores[i]
    logits[i] = weight[i] === 1 ? logit : logit + Math.log(weight[i])
  }
  localKernels().softmax(logits, base, n)
  return { target, liking, query, isBeyond, logits: logits.subarray(0, n), base: base.subarray(0, n) }
}

const [logitsRoom, chancesRoom, unkeptRoom] = [f64Room(), f64Room(), f64Room()]

/**
 * ℓ of the lesson at these effects.
 *
 * @param slope where given, out: ∂ℓ/∂effect of each candidate
 */
export function logLikelihood(view: View, effects: Float64Array, slope?: Float64Array): number {
  return view.liking < 0 ? refusal(view, effects, slope) : choice(view, effects, slope)
}

/** ℓ without effects: what the base says alone. */
export function baseLogLikelihood({ target, liking, base }: View): number {
  return liking < 0 ? liking * Math.LN2 : liking * Math.log(base[target])
}

function choice({ target, liking, logits }: View, effects: Float64Array, slope?: Float64Array): number {
  const n = logits.length
  const chances = slope ?? unkeptRoom(n)
  let highest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < n; i++) {
    const logit = logits[i] + effects[i]
    chances[i] = logit
    if (logit > highest) highest = logit
  }
  const chosen = chances[target] - highest
  let total = 0
  for (let i = 0; i < n; i++) {
    chances[i] = Math.exp(chances[i] - highest)
    total += chances[i]
  }
  if (slope !== undefined) {
    const share = -liking / total
    for (let i = 0; i < n; i++) slope[i] *= share
    slope[target] += liking
  }
  return liking * (chosen - Math.log(total))
}

function refusal({ target, liking, base }: View, effects: Float64Array, slope?: Float64Array): number {
  let average = 0
  for (let i = 0; i < base.length; i++) average += base[i] * effects[i]
  const contrast = effects[target] - average
  if (slope !== undefined) {
    const pull = liking / (1 + Math.exp(-contrast)) // liking is below 0
    for (let i = 0; i < base.length; i++) slope[i] = -pull * base[i]
    slope[target] += pull
  }
  return liking * softplus(contrast)
}

/** log(1 + exp(x)), for large x too. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}
