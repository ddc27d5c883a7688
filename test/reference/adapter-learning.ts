import type { Adapter, Lesson } from '../../src/adapters/adapter.js'
import type { SharedTier } from '../../src/adapters/tier.js'

/**
 * What an adapter becomes over some lessons by the letter of docs/adapters.md: every candidate of a list, written out in plain numbers. B₀ says
 * nothing (its gate is shut), and lists are so short that all of their candidates are looked at.
 */
export function learnedByTheLetter(
  adapter: Adapter,
  lessons: readonly Lesson[],
  tier: SharedTier,
): Pick<Adapter, 'values' | 'precisions'> {
  const { rank, priors, directions } = tier.space
  const { memory } = tier.practice
  const d = tier.space.features.length
  const values = Array.from(adapter.values)
  const precisions = Array.from(adapter.precisions)
  for (const { base, features, weight, target, liking, query } of lessons) {
    const z = Array.from(base, (_, i) =>
      Array.from({ length: rank }, (_, j) => sum(d, (f) => directions[j * d + f]! * features[i * d + f]!)),
    )
    const pull = Array.from({ length: rank }, (_, j) => sum(query.length, (k) => query[k]! * values[k * rank + j]!))
    const effects = z.map((each) => sum(rank, (j) => pull[j]! * each[j]!))
    const logits = Array.from(base, (score, i) => tier.scale * score + Math.log(weight[i]!))
    const slopes = liking < 0 ? refused(logits, effects, target, liking) : taken(logits, effects, target, liking)
    const lit = sum(query.length, (k) => Math.abs(query[k]!))
    for (let j = 0; j < rank; j++) {
      const { slope, curvature } = slopes(z.map((each) => each[j]!))
      for (const [k, cell] of query.entries()) {
        const at = k * rank + j
        if (cell === 0) continue
        const faded = ((1 - memory) * values[at]!) / priors[at]!
        precisions[at] = memory * precisions[at]! + Math.abs(cell) * lit * curvature
        values[at]! += (cell * slope - faded) / (1 / priors[at]! + precisions[at]!)
      }
    }
  }
  return { values: Float32Array.from(values), precisions: Float32Array.from(precisions) }
}

type Slopes = (z: readonly number[]) => { readonly slope: number; readonly curvature: number }

function taken(logits: readonly number[], effects: readonly number[], target: number, liking: number): Slopes {
  const chances = softmax(logits.map((logit, i) => logit + effects[i]!))
  return (z) => {
    const mean = sum(z.length, (i) => chances[i]! * z[i]!)
    const variance = sum(z.length, (i) => chances[i]! * (z[i]! - mean) ** 2)
    return { slope: liking * (z[target]! - mean), curvature: liking * variance }
  }
}

function refused(logits: readonly number[], effects: readonly number[], target: number, liking: number): Slopes {
  const chances = softmax(logits)
  const meanOf = (numbers: readonly number[]): number => sum(numbers.length, (i) => chances[i]! * numbers[i]!)
  const chance = 1 / (1 + Math.exp(meanOf(effects) - effects[target]!))
  return (z) => {
    const apart = z[target]! - meanOf(z)
    return { slope: liking * chance * apart, curvature: -liking * chance * (1 - chance) * apart ** 2 }
  }
}

function softmax(logits: readonly number[]): number[] {
  const total = sum(logits.length, (i) => Math.exp(logits[i]!))
  return logits.map((logit) => Math.exp(logit) / total)
}

function sum(count: number, of: (at: number) => number): number {
  return Array.from({ length: count }, (_, at) => of(at)).reduce((total, each) => total + each, 0)
}
