// Lists of some tens or hundreds of candidates: chances, places along a few directions, sums of bounded features.

import { exponential64 } from './exponential'

/** Lowers `logits` by their largest and writes their softmax into `chances`; both are f64. Sums: even and odd places apart, then the last. */
export function softmax(n: i32, logits: usize, chances: usize): void {
  const pairs: usize = 8 * <usize>(n & ~1)
  const last: usize = 8 * <usize>(n - 1)
  const isOdd = (n & 1) !== 0
  let highest = f64x2.splat(-Infinity)
  for (let at: usize = 0; at < pairs; at += 16) highest = f64x2.pmax(highest, v128.load(logits + at))
  let top = max(f64x2.extract_lane(highest, 0), f64x2.extract_lane(highest, 1))
  if (isOdd) top = max(top, load<f64>(logits + last))
  const shift = f64x2.splat(top)
  let sums = f64x2.splat(0)
  for (let at: usize = 0; at < pairs; at += 16) {
    const lowered = f64x2.sub(v128.load(logits + at), shift)
    const e = exponential64(lowered)
    v128.store(logits + at, lowered)
    v128.store(chances + at, e)
    sums = f64x2.add(sums, e)
  }
  let total = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
  if (isOdd) {
    const lowered = load<f64>(logits + last) - top
    const e = f64x2.extract_lane(exponential64(f64x2.splat(lowered)), 0)
    store<f64>(logits + last, lowered)
    store<f64>(chances + last, e)
    total += e
  }
  const share = f64x2.splat(total)
  for (let at: usize = 0; at < pairs; at += 16) v128.store(chances + at, f64x2.div(v128.load(chances + at), share))
  if (isOdd) store<f64>(chances + last, load<f64>(chances + last) / total)
}

/** out[i, j] = Σ_f x[i, f]·turned[f, j] for eight directions j: `turned` is columns × 8, and so is each row of `out`. Two rows at a time. */
export function alongEight(rows: i32, columns: i32, x: usize, turned: usize, out: usize): void {
  const stride: usize = 4 * <usize>columns
  let i = 0
  for (; i + 2 <= rows; i += 2) {
    let a0 = f32x4.splat(0), a1 = f32x4.splat(0), b0 = f32x4.splat(0), b1 = f32x4.splat(0)
    let at = turned
    for (let f: usize = 0; f < stride; f += 4) {
      const t0 = v128.load(at), t1 = v128.load(at, 16)
      const a = v128.load_splat<f32>(x + f), b = v128.load_splat<f32>(x + stride + f)
      a0 = f32x4.add(a0, f32x4.mul(a, t0))
      a1 = f32x4.add(a1, f32x4.mul(a, t1))
      b0 = f32x4.add(b0, f32x4.mul(b, t0))
      b1 = f32x4.add(b1, f32x4.mul(b, t1))
      at += 32
    }
    v128.store(out, a0)
    v128.store(out, a1, 16)
    v128.store(out, b0, 32)
    v128.store(out, b1, 48)
    x += 2 * stride
    out += 64
  }
  if (i === rows) return
  let a0 = f32x4.splat(0), a1 = f32x4.splat(0)
  for (let f: usize = 0; f < stride; f += 4) {
    const a = v128.load_splat<f32>(x + f)
    a0 = f32x4.add(a0, f32x4.mul(a, v128.load(turned + 8 * f)))
    a1 = f32x4.add(a1, f32x4.mul(a, v128.load(turned + 8 * f, 16)))
  }
  v128.store(out, a0)
  v128.store(out, a1, 16)
}

/**
 * out[i] = Σ_f weight[f]·bounded((values[i, f] − mean[f])·inverse[f]) within ±most; a number that is NaN counts 0. In 64 bits: `weight`, `mean`
 * and `inverse` are f64, `width` of them, and `out` too. Even and odd features are summed apart, then the last.
 */
export function boundedSums(
  rows: i32, width: i32, values: usize, weight: usize, mean: usize, inverse: usize, most: f64, out: usize,
): void {
  const above = f64x2.splat(most), below = f64x2.splat(-most)
  const pairs = <usize>(width & ~1)
  for (let i = 0; i < rows; i++) {
    let sums = f64x2.splat(0)
    for (let f: usize = 0; f < pairs; f += 2) {
      const at = f << 3
      const value = f64x2.promote_low_f32x4(v128.load64_zero(values + (f << 2)))
      const x = f64x2.mul(f64x2.sub(value, v128.load(mean + at)), v128.load(inverse + at))
      const known = v128.and(f64x2.pmin(f64x2.pmax(x, below), above), f64x2.eq(x, x))
      sums = f64x2.add(sums, f64x2.mul(v128.load(weight + at), known))
    }
    let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
    if (pairs !== <usize>width) {
      const x = (<f64>load<f32>(values + (pairs << 2)) - load<f64>(mean + (pairs << 3))) * load<f64>(inverse + (pairs << 3))
      if (x === x) sum += load<f64>(weight + (pairs << 3)) * min(most, max(-most, x))
    }
    store<f64>(out, sum)
    values += 4 * <usize>width
    out += 8
  }
}

/**
 * out[i] = how many of the n numbers are greater than number i; what is no number is greater than none, and none than it. `out` is i32. Four
 * numbers at a time, so that all others are loaded a quarter as often.
 */
export function countGreater(n: i32, values: usize, out: usize): void {
  const end: usize = 4 * <usize>(n & ~3)
  for (let i: usize = 0; i < end; i += 16) {
    const a = v128.load_splat<f32>(values + i), b = v128.load_splat<f32>(values + i, 4)
    const c = v128.load_splat<f32>(values + i, 8), d = v128.load_splat<f32>(values + i, 12)
    let ca = i32x4.splat(0), cb = i32x4.splat(0), cc = i32x4.splat(0), cd = i32x4.splat(0)
    for (let at: usize = 0; at < end; at += 16) {
      const v = v128.load(values + at)
      ca = i32x4.sub(ca, f32x4.gt(v, a))
      cb = i32x4.sub(cb, f32x4.gt(v, b))
      cc = i32x4.sub(cc, f32x4.gt(v, c))
      cd = i32x4.sub(cd, f32x4.gt(v, d))
    }
    store<i32>(out + i, sumOf(ca) + greaterAmong(values, end, n, load<f32>(values + i)))
    store<i32>(out + i, sumOf(cb) + greaterAmong(values, end, n, load<f32>(values + i, 4)), 4)
    store<i32>(out + i, sumOf(cc) + greaterAmong(values, end, n, load<f32>(values + i, 8)), 8)
    store<i32>(out + i, sumOf(cd) + greaterAmong(values, end, n, load<f32>(values + i, 12)), 12)
  }
  for (let i = end; i < 4 * <usize>n; i += 4) store<i32>(out + i, greaterAmong(values, 0, n, load<f32>(values + i)))
}

/** One by one, from an offset on. */
function greaterAmong(values: usize, from: usize, n: i32, bound: f32): i32 {
  let count = 0
  for (let at = from; at < 4 * <usize>n; at += 4) count += i32(load<f32>(values + at) > bound)
  return count
}

// @ts-ignore: decorator
@inline
function sumOf(counts: v128): i32 {
  return i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1) + i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3)
}
