/**
 * The k best of many scores without sorting them all: a heap of the k best so far, its worst on top.
 *
 * Cost O(n + s log k), where s is how often a score beats the k-th best so far (about k ln(n/k) for scores in random order).
 */
import type { Bitmap } from './bitmap.js'

/**
 * Indexes of the k highest admissible scores, best first; equal scores by lower index. NaN is never selected. Shorter than k when
 * fewer qualify. The result is a view of `into` when that is given (it must hold k numbers), so that a caller may reuse it.
 */
export function topK(
  scores: Float32Array,
  admissible: Bitmap | undefined,
  k: number,
  into: Uint32Array = new Uint32Array(Math.min(k, scores.length)),
): Uint32Array {
  const heap = into.subarray(0, Math.min(k, scores.length))
  if (heap.length === 0) return heap
  let size = 0
  let bar = Number.NEGATIVE_INFINITY // the k-th best so far; a later equal score has a higher index and loses
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]
    const qualifies = size < heap.length ? score >= bar : score > bar // false for NaN
    if (!qualifies) continue
    if (admissible !== undefined && !has(admissible, i)) continue
    if (size < heap.length) siftUp(scores, heap, size++, i)
    else siftDown(scores, heap, size, i)
    if (size === heap.length) bar = scores[heap[0]]
  }
  return sortHeap(scores, heap.subarray(0, size))
}

/** Places `item` as the new last leaf and lifts it while it is worse than its parent. */
function siftUp(scores: Float32Array, heap: Uint32Array, leaf: number, item: number): void {
  let at = leaf
  while (at > 0) {
    const parent = (at - 1) >>> 1
    if (!isWorse(scores, item, heap[parent])) break
    heap[at] = heap[parent]
    at = parent
  }
  heap[at] = item
}

/** Replaces the top by `item` and lowers it while a child is worse. */
function siftDown(scores: Float32Array, heap: Uint32Array, size: number, item: number): void {
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= size) break
    if (child + 1 < size && isWorse(scores, heap[child + 1], heap[child])) child++
    if (!isWorse(scores, heap[child], item)) break
    heap[at] = heap[child]
    at = child
  }
  heap[at] = item
}

/** Takes the worst off the top again and again, filling from the back: best first. */
function sortHeap(scores: Float32Array, heap: Uint32Array): Uint32Array {
  for (let size = heap.length - 1; size > 0; size--) {
    const worst = heap[0]
    siftDown(scores, heap, size, heap[size])
    heap[size] = worst
  }
  return heap
}

function isWorse(scores: Float32Array, a: number, b: number): boolean {
  return scores[a] < scores[b] || (scores[a] === scores[b] && a > b)
}

function has({ words }: Bitmap, index: number): boolean {
  return ((words[index >>> 5] >>> (index & 31)) & 1) === 1
}
