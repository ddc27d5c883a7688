import type { View } from './likelihood.js'

/** A list is learned from through at most so many of its candidates, and the target. */
export const REPRESENTATIVES = 16

/** Some candidates of a list that stand for all. */
export interface Representatives {
  /** Which they are, ascending. */
  readonly rows: Uint32Array
  /** The list as if there were only they. */
  readonly view: View
}

/**
 * Whoever the base gives a chance of 1/most or more stays; of the others every
 * 1/most of chance is stood for by whoever it falls on, in their order (systematic sampling in proportion to the chance, Madow, Annals of
 * Mathematical Statistics 1949), with a weight that corrects for how likely it was to be picked. So negatives are drawn where they are hard, and popular
 * ones count no more than they should.
 *
 *   a sampled candidate stands for 1 / (most · p⁰_i) of its kind, so that Σ p⁰ over the picked, each as often as it stands for, ≈ 1
 *
 * What is lost is measured in ADR 0024. Cost: O(candidates), for the sake of O(most · d · rank) instead of O(candidates · d · rank) after it.
 */
export function representatives(view: View, most = REPRESENTATIVES): Representatives {
  const { base, logits, target } = view
  const n = base.length
  if (n <= most + 1) return { rows: Uint32Array.from(base.keys()), view: { ...view, logits: logits.slice(), base: base.slice() } }
  const rows = new Uint32Array(2 * most + 1)
  const odds = new Float64Array(rows.length) // of each to be taken, before they are brought to 1
  let count = 0
  let passed = 0.5 // half-way into the first share
  for (let i = 0; i < n; i++) {
    const share = most * base[i]
    const isSampled = share < 1
    if (isSampled) passed += share
    const isDue = passed >= 1
    if (isDue) passed -= 1
    if (isSampled && !isDue && i !== target) continue
    rows[count] = i
    odds[count++] = isSampled && i !== target ? 1 / most : base[i] // the target stands for itself, whatever its chance
  }
  const taken = rows.subarray(0, count)
  return { rows: taken, view: viewOfSome(view, taken, odds.subarray(0, count)) }
}

function viewOfSome({ logits, base, target, liking, query, isBeyond }: View, rows: Uint32Array, odds: Float64Array): View {
  const some = new Float64Array(rows.length)
  let total = 0
  let place = 0
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]
    const stands = odds[at] / base[row]
    some[at] = stands === 1 ? logits[row] : logits[row] + Math.log(stands)
    total += odds[at]
    if (row === target) place = at
  }
  for (let at = 0; at < odds.length; at++) odds[at] /= total
  // Field by field: `...rest` takes as long as all the rest of this.
  return { target: place, liking, query, isBeyond, logits: some, base: odds }
}
