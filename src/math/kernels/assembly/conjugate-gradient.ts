// The small systems of implicit ALS (see als.ts), improved from where the solution stands rather than solved:
//
//   A = α₀·YᵀY + Σ_i c_i·y_i·y_iᵀ + reg·I,   b = Σ_i (c_i + α₀)·y_i;   some steps of conjugate gradient towards A·x = b
//
// Takács, Pilászy & Tikk, "Applications of the Conjugate Gradient Method for Implicit Feedback Collaborative Filtering", RecSys
// 2011. A is never formed. Its product with a vector reads each observed y once: four rows are multiplied with the vector and, still
// in the first-level cache, added to the result by what came out.
//
// Cost    2·factors multiply-adds an entry and product, factors² a row and product; one product more than there are steps.

import { addFourRows, addLanes, addRest, axpy, dot, matrixVector } from './vector'

/** Bytes of scratch for systems of this size: the residual, the direction, and A times the direction. */
export function improveScratch(factors: i32): usize {
  return 3 * vectorBytes(factors)
}

function vectorBytes(factors: i32): usize {
  return (4 * <usize>factors + 15) & ~15
}

/**
 * Improves every row by `steps` steps; a row that observed nothing becomes zeros, its solution. Returns −1, or the first row whose
 * system turned out not to be positive definite.
 */
export function alsImproveRows(
  rows: i32, start: usize, columns: usize, confidence: usize, fixed: usize, gram: usize, out: usize,
  factors: i32, unobservedWeight: f32, regularization: usize, steps: i32, scratch: usize,
): i32 {
  const residual = scratch
  const direction = residual + vectorBytes(factors)
  const image = direction + vectorBytes(factors)
  for (let row = 0; row < rows; row++) {
    const at: usize = 4 * <usize>row
    const x = out + at * factors
    const first = load<u32>(start + at)
    const count = <i32>(load<u32>(start + at, 4) - first)
    if (count == 0) {
      memory.fill(x, 0, 4 * <usize>factors)
      continue
    }
    const ridge = load<f32>(regularization + at)
    const indexes = columns + 4 * <usize>first
    const weights = confidence + 4 * <usize>first

    dense(gram, x, residual, factors, -unobservedWeight, -ridge)
    addEntries(count, indexes, weights, fixed, x, residual, factors, -1, unobservedWeight)
    memory.copy(direction, residual, 4 * <usize>factors)
    let error = dot(residual, residual, factors)
    for (let step = 0; step < steps && error > 0; step++) {
      dense(gram, direction, image, factors, unobservedWeight, ridge)
      addEntries(count, indexes, weights, fixed, direction, image, factors, 1, 0)
      const curvature = dot(direction, image, factors)
      if (!(curvature > 0 && curvature < Infinity)) return row
      const length = error / curvature
      axpy(length, direction, x, factors)
      axpy(-length, image, residual, factors)
      const left = dot(residual, residual, factors)
      addScaled(direction, left / error, residual, factors)
      error = left
    }
    if (!(error < Infinity)) return row
  }
  return -1
}

/** out = weight·G·v + ridge·v. */
function dense(gram: usize, v: usize, out: usize, factors: i32, weight: f32, ridge: f32): void {
  matrixVector(gram, factors, factors, v, out)
  for (let at: usize = 0; at < 4 * <usize>factors; at += 4) {
    store<f32>(out + at, weight * load<f32>(out + at) + ridge * load<f32>(v + at))
  }
}

/** to = scale·to + from. */
function addScaled(to: usize, scale: f32, from: usize, length: i32): void {
  for (let at: usize = 0; at < 4 * <usize>length; at += 4) {
    store<f32>(to + at, scale * load<f32>(to + at) + load<f32>(from + at))
  }
}

/**
 * out += Σ w_k·y_k over the row's entries, with w_k = c_k·(y_kᵀv) when `sign` is 1, which is their part of A·v, and
 * w_k = (c_k + α₀) − c_k·(y_kᵀv) when it is −1, their part of b − A·v.
 */
function addEntries(
  count: i32, columns: usize, confidence: usize, fixed: usize, v: usize, out: usize, factors: i32, sign: f32, unobservedWeight: f32,
): void {
  const stride: usize = 4 * <usize>factors
  const signs = f32x4.splat(sign)
  const isResidual = sign < 0
  let k = 0
  for (; k + 4 <= count; k += 4) {
    const y0 = fixed + stride * load<u32>(columns), y1 = fixed + stride * load<u32>(columns, 4)
    const y2 = fixed + stride * load<u32>(columns, 8), y3 = fixed + stride * load<u32>(columns, 12)
    const c = v128.load(confidence)
    let w = f32x4.mul(f32x4.mul(signs, c), fourDots(v, y0, y1, y2, y3, factors))
    if (isResidual) w = f32x4.add(w, f32x4.add(c, f32x4.splat(unobservedWeight)))
    addFourRows(
      y0, y1, y2, y3,
      f32x4.extract_lane(w, 0), f32x4.extract_lane(w, 1), f32x4.extract_lane(w, 2), f32x4.extract_lane(w, 3), out, factors,
    )
    columns += 16
    confidence += 16
  }
  for (; k < count; k++) {
    const y = fixed + stride * load<u32>(columns)
    const c = load<f32>(confidence)
    let w = sign * c * dot(y, v, factors)
    if (isResidual) w += c + unobservedWeight
    axpy(w, y, out, factors)
    columns += 4
    confidence += 4
  }
}

/** vᵀy of four rows, summed as `dot` sums. */
function fourDots(v: usize, y0: usize, y1: usize, y2: usize, y3: usize, length: i32): v128 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0
  let t0 = s0, t1 = s0, t2 = s0, t3 = s0
  const end: usize = 4 * <usize>(length & ~7)
  for (let j: usize = 0; j < end; j += 32) {
    const a = v128.load(v + j), b = v128.load(v + j, 16)
    s0 = f32x4.add(s0, f32x4.mul(a, v128.load(y0 + j)))
    s1 = f32x4.add(s1, f32x4.mul(a, v128.load(y1 + j)))
    s2 = f32x4.add(s2, f32x4.mul(a, v128.load(y2 + j)))
    s3 = f32x4.add(s3, f32x4.mul(a, v128.load(y3 + j)))
    t0 = f32x4.add(t0, f32x4.mul(b, v128.load(y0 + j, 16)))
    t1 = f32x4.add(t1, f32x4.mul(b, v128.load(y1 + j, 16)))
    t2 = f32x4.add(t2, f32x4.mul(b, v128.load(y2 + j, 16)))
    t3 = f32x4.add(t3, f32x4.mul(b, v128.load(y3 + j, 16)))
  }
  const sums = addLanes(f32x4.add(s0, t0), f32x4.add(s1, t1), f32x4.add(s2, t2), f32x4.add(s3, t3))
  if ((length & 7) == 0) return sums
  return f32x4(
    addRest(f32x4.extract_lane(sums, 0), y0, v, length), addRest(f32x4.extract_lane(sums, 1), y1, v, length),
    addRest(f32x4.extract_lane(sums, 2), y2, v, length), addRest(f32x4.extract_lane(sums, 3), y3, v, length),
  )
}
