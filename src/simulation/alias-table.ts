/**
 * Alias table — draws one of n things by weight in constant time.
 *
 *   Every column holds 1/n of all weight: a share of its own thing, and the rest of one other thing.
 *   To draw: a column by chance, then its own thing with its share, else the other.
 *
 * Walker 1977; built in O(n) as in Vose, "A Linear Algorithm for Generating Random Numbers with a Given Distribution", 1991.
 *
 * Cost    O(n) to build, 8 bytes a thing, two random numbers a draw.
 */
import type { Random } from '../domain/random.js'

export interface AliasTable {
  /** The share of a column that is its own, 0–1. */
  readonly share: Float32Array
  readonly other: Uint32Array
}

/** A table over weights ≥ 0, of which at least one is positive. */
export function aliasTable(weights: Float64Array): AliasTable {
  const n = weights.length
  let total = 0
  for (const weight of weights) total += weight
  const filling = weights.map((weight) => (weight * n) / total)
  const share = new Float32Array(n).fill(1)
  const other = Uint32Array.from({ length: n }, (_, column) => column)
  const tooFull: number[] = []
  const tooEmpty: number[] = []
  for (let column = 0; column < n; column++) (filling[column] < 1 ? tooEmpty : tooFull).push(column)
  while (tooEmpty.length > 0 && tooFull.length > 0) {
    const taker = tooEmpty.pop()!
    const giver = tooFull[tooFull.length - 1]
    share[taker] = filling[taker]
    other[taker] = giver
    filling[giver] -= 1 - filling[taker]
    if (filling[giver] < 1) tooEmpty.push(tooFull.pop()!)
  }
  // What is left over is full but for rounding, and keeps its own share of 1.
  return { share, other }
}

/** One thing, with probability proportional to its weight. */
export function drawFrom({ share, other }: AliasTable, random: Random): number {
  const column = random.below(share.length)
  return random.next() < share[column] ? column : other[column]
}
