/**
 * A set of small non-negative integers (row numbers) as bits: 32 to a word. Bits at or beyond `size` are always 0.
 *
 * Read best under its own name: `import * as bitmap from '../math/bitmap.js'`, then `bitmap.has(admissible, item)`.
 */
import { assert } from './assert.js'

/** Which of the numbers 0 … size − 1 are in the set. */
export interface Bitmap {
  readonly size: number
  /** Bit i is `words[i >> 5] & (1 << (i & 31))`. */
  readonly words: Uint32Array
}

/** An empty set over the numbers 0 … size − 1. */
export function create(size: number): Bitmap {
  assert(Number.isSafeInteger(size) && size >= 0, `a bitmap of ${size} bits`)
  return { size, words: new Uint32Array((size + 31) >>> 5) }
}

export function has(bitmap: Bitmap, index: number): boolean {
  return index < bitmap.size && ((bitmap.words[index >>> 5] >>> (index & 31)) & 1) === 1
}

/** Puts `index` into the set. In place. */
export function set(bitmap: Bitmap, index: number): void {
  assertInside(bitmap, index)
  bitmap.words[index >>> 5] |= 1 << (index & 31)
}

/** Takes `index` out of the set. In place. */
export function clear(bitmap: Bitmap, index: number): void {
  assertInside(bitmap, index)
  bitmap.words[index >>> 5] &= ~(1 << (index & 31))
}

/** Puts every number 0 … size − 1 into the set. In place. */
export function fill(bitmap: Bitmap): void {
  bitmap.words.fill(0xffff_ffff)
  clearPadding(bitmap)
}

/** The numbers in both sets, as a new set. */
export function and(a: Bitmap, b: Bitmap): Bitmap {
  return combine(a, b, (x, y) => x & y)
}

/** The numbers in either set, as a new set. */
export function or(a: Bitmap, b: Bitmap): Bitmap {
  return combine(a, b, (x, y) => x | y)
}

/** The numbers not in the set, as a new set. */
export function not(a: Bitmap): Bitmap {
  const result = { size: a.size, words: a.words.map((word) => ~word) }
  clearPadding(result)
  return result
}

/** How many numbers are in the set. */
export function count(bitmap: Bitmap): number {
  let total = 0
  for (const word of bitmap.words) total += onesIn(word)
  return total
}

function combine(a: Bitmap, b: Bitmap, operation: (x: number, y: number) => number): Bitmap {
  assert(a.size === b.size, () => `bitmaps of ${a.size} and ${b.size} bits`)
  return { size: a.size, words: a.words.map((word, at) => operation(word, b.words[at])) }
}

function clearPadding({ size, words }: Bitmap): void {
  const used = size & 31
  if (used !== 0) words[words.length - 1] &= (1 << used) - 1
}

function assertInside(bitmap: Bitmap, index: number): void {
  assert(index >= 0 && index < bitmap.size, () => `bit ${index} of a bitmap of ${bitmap.size}`)
}

/** Population count by adding neighbours: 2-bit, 4-bit, 8-bit sums, then one multiplication adds the four bytes. */
function onesIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555)
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333)
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}
