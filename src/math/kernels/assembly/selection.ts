// What a list of scores is like: its mean and spread, and which are the highest.

/** Writes count, mean and population deviation, three f64, of the numbers that are not NaN. Two passes, as in moments.ts. */
export function moments(values: usize, length: i32, out: usize): void {
  let count = i32x4.splat(0)
  let low = f64x2.splat(0), high = f64x2.splat(0)
  const end: usize = 4 * <usize>(length & ~3)
  for (let at: usize = 0; at < end; at += 16) {
    const v = v128.load(values + at)
    const isKnown = f32x4.eq(v, v)
    count = i32x4.sub(count, isKnown)
    const known = v128.and(v, isKnown)
    low = f64x2.add(low, f64x2.promote_low_f32x4(known))
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i32>(known, known, 2, 3, 2, 3)))
  }
  let known = i32x4.extract_lane(count, 0) + i32x4.extract_lane(count, 1) + i32x4.extract_lane(count, 2) + i32x4.extract_lane(count, 3)
  let sum = acrossPairs(low, high)
  for (let at = end; at < 4 * <usize>length; at += 4) {
    const v = load<f32>(values + at)
    if (v !== v) continue
    known++
    sum += v
  }
  const mean = sum / <f64>known
  store<f64>(out, <f64>known)
  store<f64>(out, mean, 8)
  store<f64>(out, Math.sqrt(squaresAround(mean, values, length) / <f64>known), 16)
}

function squaresAround(mean: f64, values: usize, length: i32): f64 {
  const centre = f64x2.splat(mean)
  let low = f64x2.splat(0), high = f64x2.splat(0)
  const end: usize = 4 * <usize>(length & ~3)
  for (let at: usize = 0; at < end; at += 16) {
    const v = v128.load(values + at)
    const isKnown = f32x4.eq(v, v)
    const first = v128.and(f64x2.sub(f64x2.promote_low_f32x4(v), centre), v128.shuffle<i32>(isKnown, isKnown, 0, 0, 1, 1))
    const rest = v128.shuffle<i32>(v, v, 2, 3, 2, 3)
    const second = v128.and(f64x2.sub(f64x2.promote_low_f32x4(rest), centre), v128.shuffle<i32>(isKnown, isKnown, 2, 2, 3, 3))
    low = f64x2.add(low, f64x2.mul(first, first))
    high = f64x2.add(high, f64x2.mul(second, second))
  }
  let squares = acrossPairs(low, high)
  for (let at = end; at < 4 * <usize>length; at += 4) {
    const v = load<f32>(values + at)
    if (v === v) squares += (v - mean) * (v - mean)
  }
  return squares
}

function acrossPairs(low: v128, high: v128): f64 {
  const pair = f64x2.add(low, high)
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1)
}

/**
 * The heap of top-k.ts: fills `heap` with the positions of the k highest scores that are not NaN and whose bit is set in `words`
 * (0: all), best first, and returns how many there are. `keys` is room for k numbers: the heap's scores beside their positions.
 */
export function topK(scores: usize, length: i32, words: usize, k: i32, heap: usize, keys: usize): i32 {
  let size = 0
  let bar = -Infinity as f32
  for (let i = 0; i < length; i++) {
    const score = load<f32>(scores + 4 * <usize>i)
    if (size < k ? !(score >= bar) : !(score > bar)) continue
    if (words !== 0 && ((load<u32>(words + 4 * <usize>(i >>> 5)) >>> (i & 31)) & 1) === 0) continue
    if (size < k) siftUp(heap, keys, size++, i, score)
    else siftDown(heap, keys, size, i, score)
    if (size === k) bar = load<f32>(keys)
  }
  for (let last = size - 1; last > 0; last--) {
    const worst = load<i32>(heap), least = load<f32>(keys)
    siftDown(heap, keys, last, load<i32>(heap + 4 * <usize>last), load<f32>(keys + 4 * <usize>last))
    put(heap, keys, last, worst, least)
  }
  return size
}

/** Places an item as the new last leaf and lifts it while it is worse than its parent. */
function siftUp(heap: usize, keys: usize, leaf: i32, item: i32, score: f32): void {
  let at = leaf
  while (at > 0) {
    const parent = (at - 1) >>> 1
    if (!isWorse(score, item, load<f32>(keys + 4 * <usize>parent), load<i32>(heap + 4 * <usize>parent))) break
    move(heap, keys, parent, at)
    at = parent
  }
  put(heap, keys, at, item, score)
}

/** Replaces the top by an item and lowers it while a child is worse. */
function siftDown(heap: usize, keys: usize, size: i32, item: i32, score: f32): void {
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= size) break
    let key = load<f32>(keys + 4 * <usize>child)
    if (child + 1 < size) {
      const other = load<f32>(keys + 4 * <usize>child, 4)
      if (isWorse(other, load<i32>(heap + 4 * <usize>child, 4), key, load<i32>(heap + 4 * <usize>child))) {
        child++
        key = other
      }
    }
    if (!isWorse(key, load<i32>(heap + 4 * <usize>child), score, item)) break
    move(heap, keys, child, at)
    at = child
  }
  put(heap, keys, at, item, score)
}

// @ts-ignore: decorator
@inline
function isWorse(a: f32, itemA: i32, b: f32, itemB: i32): bool {
  return a < b || (a === b && itemA > itemB)
}

// @ts-ignore: decorator
@inline
function move(heap: usize, keys: usize, from: i32, to: i32): void {
  put(heap, keys, to, load<i32>(heap + 4 * <usize>from), load<f32>(keys + 4 * <usize>from))
}

// @ts-ignore: decorator
@inline
function put(heap: usize, keys: usize, at: i32, item: i32, score: f32): void {
  store<i32>(heap + 4 * <usize>at, item)
  store<f32>(keys + 4 * <usize>at, score)
}
