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

const bins: i32 = 1024

/** Bytes of scratch that `topK` needs for k numbers. */
export function topKScratch(k: i32): usize {
  return 4 * <usize>(k + bins)
}

/**
 * What topK of top-k.ts gives: fills `heap` with the positions of the k highest scores that are not NaN and whose bit is set in `words`
 * (0: all), best first, and returns how many there are. Of a long list the scores are first counted in bins, so that few of them meet the heap: it
 * mispredicts every other step. The first numbers of `scratch` are the heap's scores beside its positions.
 */
export function topK(scores: usize, length: i32, words: usize, k: i32, heap: usize, scratch: usize): i32 {
  const isLong = length >= 512 && length >= 4 * k && k > 0
  const size = isLong ? heapOfBest(scores, length, words, k, heap, scratch) : heapOf(scores, length, words, k, heap, scratch)
  for (let last = size - 1; last > 0; last--) {
    const worst = load<i32>(heap), least = load<f32>(scratch)
    siftDown(heap, scratch, last, load<i32>(heap + 4 * <usize>last), load<f32>(scratch + 4 * <usize>last))
    put(heap, scratch, last, worst, least)
  }
  return size
}

function heapOf(scores: usize, length: i32, words: usize, k: i32, heap: usize, keys: usize): i32 {
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
  return size
}

/** The same of those alone that stand in no lower bin than the k-th best. Bins are of equal width from the lowest score to the highest. */
function heapOfBest(scores: usize, length: i32, words: usize, k: i32, heap: usize, keys: usize): i32 {
  const groups: usize = 4 * <usize>(length & ~3)
  let lowest = f32x4.splat(Infinity), highest = f32x4.splat(-Infinity)
  for (let at: usize = 0; at < groups; at += 16) {
    const v = v128.load(scores + at)
    highest = f32x4.pmax(highest, v) // stays where v is NaN
    lowest = f32x4.pmin(lowest, v128.bitselect(v, f32x4.splat(Infinity), f32x4.gt(v, f32x4.splat(-Infinity))))
  }
  let low = min(min(f32x4.extract_lane(lowest, 0), f32x4.extract_lane(lowest, 1)), min(f32x4.extract_lane(lowest, 2), f32x4.extract_lane(lowest, 3)))
  let high = max(max(f32x4.extract_lane(highest, 0), f32x4.extract_lane(highest, 1)), max(f32x4.extract_lane(highest, 2), f32x4.extract_lane(highest, 3)))
  for (let i = length & ~3; i < length; i++) {
    const v = load<f32>(scores + 4 * <usize>i)
    if (v > high) high = v
    if (v < low && v > -Infinity) low = v
  }
  const scale: f32 = <f32>(bins - 1) / (high - low)
  if (!(scale > 0 && scale < Infinity)) return heapOf(scores, length, words, k, heap, keys) // all alike, or without bound
  const bar = lowestBin(scores, groups, words, k, keys + 4 * <usize>k, low, scale)

  let size = 0
  const from = f32x4.splat(low), by = f32x4.splat(scale), least = f32x4.splat(<f32>bar)
  for (let at: usize = 0; at < groups; at += 16) {
    const v = v128.load(scores + at)
    let met = bar === 0 ? 15 : i32x4.bitmask(f32x4.ge(f32x4.mul(f32x4.sub(v, from), by), least))
    while (met !== 0) {
      const i = <i32>(at >>> 2) + ctz(met)
      met &= met - 1
      size = meet(scores, i, words, k, heap, keys, size)
    }
  }
  for (let i = length & ~3; i < length; i++) size = meet(scores, i, words, k, heap, keys, size)
  return size
}

/** The bin of the k-th best, over whole groups of four; 0 where there are no k. */
function lowestBin(scores: usize, groups: usize, words: usize, k: i32, counts: usize, low: f32, scale: f32): i32 {
  memory.fill(counts, 0, 4 * bins)
  const from = f32x4.splat(low), by = f32x4.splat(scale)
  for (let at: usize = 0; at < groups; at += 16) {
    const i = <i32>(at >>> 2)
    const bits = words === 0 ? 15 : load<u32>(words + 4 * <usize>(i >>> 5)) >>> (i & 31)
    const places = i32x4.max_s(i32x4.trunc_sat_f32x4_s(f32x4.mul(f32x4.sub(v128.load(scores + at), from), by)), i32x4.splat(0))
    count(counts, i32x4.extract_lane(places, 0), bits & 1)
    count(counts, i32x4.extract_lane(places, 1), (bits >>> 1) & 1)
    count(counts, i32x4.extract_lane(places, 2), (bits >>> 2) & 1)
    count(counts, i32x4.extract_lane(places, 3), (bits >>> 3) & 1)
  }
  let met = 0
  for (let bin = bins - 1; bin > 0; bin--) {
    met += load<i32>(counts + 4 * <usize>bin)
    if (met >= k) return bin
  }
  return 0
}

// @ts-ignore: decorator
@inline
function count(counts: usize, bin: i32, more: u32): void {
  const at = counts + 4 * <usize>bin
  store<u32>(at, load<u32>(at) + more)
}

/** The size of the heap after one more score. */
function meet(scores: usize, i: i32, words: usize, k: i32, heap: usize, keys: usize, size: i32): i32 {
  const score = load<f32>(scores + 4 * <usize>i)
  if (size < k ? !(score >= -Infinity) : !(score > load<f32>(keys))) return size
  if (words !== 0 && ((load<u32>(words + 4 * <usize>(i >>> 5)) >>> (i & 31)) & 1) === 0) return size
  if (size < k) {
    siftUp(heap, keys, size, i, score)
    return size + 1
  }
  siftDown(heap, keys, size, i, score)
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
