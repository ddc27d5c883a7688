import type { TierList } from './fit-tier.js'

type Scored = Pick<TierList, 'base' | 'weight' | 'target'>

const STEPS = 50
const ENOUGH = 1e-6

/**
 * From the base ranker's units to log-odds: the factor at which softmax(factor · score) says best what was taken, by Newton's method on the
 * mean log-likelihood, which is concave in it. 1 where there are no lists; never below `LEAST`, for an effect is divided by it.
 */
export function fitScale(lists: readonly Scored[]): number {
  let scale = 1
  for (let step = 0; step < STEPS && lists.length > 0; step++) {
    let [slope, curvature] = [0, 0]
    for (const list of lists) {
      const { error, variance } = momentsAt(list, scale)
      slope += error
      curvature += variance
    }
    if (!(curvature > 0)) break
    const next = Math.max(LEAST, Math.min(2 * scale, scale + slope / curvature))
    const isDone = Math.abs(next - scale) < ENOUGH * scale
    scale = next
    if (isDone) break
  }
  return scale
}

const LEAST = 1e-2

/** Score of the target less the mean score, and the variance of the scores, under the softmax. */
function momentsAt({ base, weight, target }: Scored, scale: number): { readonly error: number; readonly variance: number } {
  let highest = Number.NEGATIVE_INFINITY
  for (const score of base) highest = Math.max(highest, score)
  let [total, sum, squares] = [0, 0, 0]
  for (let i = 0; i < base.length; i++) {
    const chance = weight[i] * Math.exp(scale * (base[i] - highest))
    const score = base[i] - highest
    total += chance
    sum += chance * score
    squares += chance * score * score
  }
  const mean = sum / total
  return { error: base[target] - highest - mean, variance: squares / total - mean * mean }
}
