// The small parts of a neural network: rows of a table, rectified units, a step of the optimiser. Widths are multiples of four.

import { axpy, dot } from './vector'

/** out[k] = table[rows[k]]. */
export function gatherRows(count: i32, columns: i32, table: usize, rows: usize, out: usize): void {
  const stride: usize = 4 * <usize>columns
  for (let k = 0; k < count; k++) memory.copy(out + stride * k, table + stride * load<u32>(rows + 4 * <usize>k), stride)
}

/** table[rows[k]] += weights[k]·x[k]; weights of 1 when the address is 0. */
export function scatterRows(count: i32, columns: i32, x: usize, rows: usize, weights: usize, table: usize): void {
  const stride: usize = 4 * <usize>columns
  for (let k: usize = 0; k < <usize>count; k++) {
    const weight: f32 = weights == 0 ? 1 : load<f32>(weights + 4 * k)
    axpy(weight, x + stride * k, table + stride * load<u32>(rows + 4 * k), columns)
  }
}

/** x[k] += weights[k]·table[rows[k]]. */
export function addRows(count: i32, columns: i32, table: usize, rows: usize, weights: usize, x: usize): void {
  const stride: usize = 4 * <usize>columns
  for (let k: usize = 0; k < <usize>count; k++) {
    axpy(load<f32>(weights + 4 * k), table + stride * load<u32>(rows + 4 * k), x + stride * k, columns)
  }
}

/** out[k] = x[k]·table[rows[k]]. */
export function rowProducts(count: i32, columns: i32, x: usize, table: usize, rows: usize, out: usize): void {
  const stride: usize = 4 * <usize>columns
  for (let k: usize = 0; k < <usize>count; k++) {
    store<f32>(out + 4 * k, dot(x + stride * k, table + stride * load<u32>(rows + 4 * k), columns))
  }
}

/** x[k] = max(0, x[k] + bias), for each row. */
export function rectify(rows: i32, columns: i32, bias: usize, x: usize): void {
  const stride: usize = 4 * <usize>columns
  const zero = f32x4.splat(0)
  for (let row = 0; row < rows; row++) {
    for (let j: usize = 0; j < stride; j += 16) v128.store(x + j, f32x4.pmax(zero, f32x4.add(v128.load(x + j), v128.load(bias + j))))
    x += stride
  }
}

/** The gradient becomes 0 where the unit gave 0; the columns' sums are added to that of the bias. */
export function rectifyBackward(rows: i32, columns: i32, out: usize, gradient: usize, biasGradient: usize): void {
  const stride: usize = 4 * <usize>columns
  const zero = f32x4.splat(0)
  for (let row = 0; row < rows; row++) {
    for (let j: usize = 0; j < stride; j += 16) {
      const d = v128.and(v128.load(gradient + j), f32x4.gt(v128.load(out + j), zero))
      v128.store(gradient + j, d)
      v128.store(biasGradient + j, f32x4.add(v128.load(biasGradient + j), d))
    }
    gradient += stride
    out += stride
  }
}

/** One step of AdamW; the gradient is left as zeros. `correctMean` and `correctSquare` are 1 / (1 − βᵗ). */
export function adamStep(
  length: i32, value: usize, gradient: usize, mean: usize, square: usize,
  rate: f32, decay: f32, beta1: f32, beta2: f32, correctMean: f32, correctSquare: f32,
): void {
  const zero = f32x4.splat(0), tiny = f32x4.splat(1e-8)
  const keep1 = f32x4.splat(beta1), take1 = f32x4.splat(1 - beta1), keep2 = f32x4.splat(beta2), take2 = f32x4.splat(1 - beta2)
  const step = f32x4.splat(rate * correctMean), by = f32x4.splat(correctSquare), kept = f32x4.splat(1 - rate * decay)
  for (let j: usize = 0; j < 4 * <usize>length; j += 16) {
    const g = v128.load(gradient + j)
    const m = f32x4.add(f32x4.mul(keep1, v128.load(mean + j)), f32x4.mul(take1, g))
    const s = f32x4.add(f32x4.mul(keep2, v128.load(square + j)), f32x4.mul(take2, f32x4.mul(g, g)))
    const move = f32x4.div(f32x4.mul(step, m), f32x4.add(f32x4.sqrt(f32x4.mul(s, by)), tiny))
    v128.store(value + j, f32x4.sub(f32x4.mul(kept, v128.load(value + j)), move))
    v128.store(mean + j, m)
    v128.store(square + j, s)
    v128.store(gradient + j, zero)
  }
}
