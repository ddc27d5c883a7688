// The gated linear recurrence and its gradient. `columns` is a multiple of four; a row of `gates` holds three times as many numbers.

import { logistic } from './exponential'

/**
 * A row of `gates` comes as (forget, candidate, output) before their bias, and is left as (f, c, g):
 *   f = σ(forget),  h = f·h_before + (1 − f)·c,  out = h·g·σ(g),   h_before = 0 at the first row of each run
 * Runs are the rows start[i] … start[i + 1] − 1.
 */
export function gatedRecurrence(runs: i32, start: usize, columns: i32, bias: usize, gates: usize, state: usize, out: usize): void {
  const stride: usize = 4 * <usize>columns
  const one = f32x4.splat(1)
  for (let run = 0; run < runs; run++) {
    const first = load<u32>(start + 4 * <usize>run), end = load<u32>(start + 4 * <usize>run, 4)
    for (let j: usize = 0; j < stride; j += 16) {
      const b0 = v128.load(bias + j), b1 = v128.load(bias + stride + j), b2 = v128.load(bias + 2 * stride + j)
      let gate = gates + 3 * stride * first + j
      let at = stride * first + j
      let h = f32x4.splat(0)
      for (let row = first; row < end; row++) {
        const f = logistic(f32x4.add(v128.load(gate), b0))
        const c = f32x4.add(v128.load(gate + stride), b1)
        const g = f32x4.add(v128.load(gate + 2 * stride), b2)
        h = f32x4.add(f32x4.mul(f, h), f32x4.mul(f32x4.sub(one, f), c))
        v128.store(gate, f)
        v128.store(gate + stride, c)
        v128.store(gate + 2 * stride, g)
        v128.store(state + at, h)
        v128.store(out + at, f32x4.mul(h, f32x4.mul(g, logistic(g))))
        gate += 3 * stride
        at += stride
      }
    }
  }
}

/** Turns `gates`, as the forward pass left it, into its own gradient, and adds to that of the bias. */
export function gatedRecurrenceBackward(
  runs: i32, start: usize, columns: i32, outGradient: usize, state: usize, gates: usize, biasGradient: usize,
): void {
  const stride: usize = 4 * <usize>columns
  const one = f32x4.splat(1)
  for (let run = 0; run < runs; run++) {
    const first = load<u32>(start + 4 * <usize>run), end = load<u32>(start + 4 * <usize>run, 4)
    for (let j: usize = 0; j < stride; j += 16) {
      let carried = f32x4.splat(0) // what later rows say of this row's h
      let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0)
      for (let row = end; row > first; row--) {
        const gate = gates + 3 * stride * (row - 1) + j
        const at = stride * (row - 1) + j
        const f = v128.load(gate), c = v128.load(gate + stride), g = v128.load(gate + 2 * stride)
        const before = row - 1 > first ? v128.load(state + at - stride) : f32x4.splat(0)
        const d = v128.load(outGradient + at)
        const s = logistic(g)
        const slope = f32x4.mul(s, f32x4.add(one, f32x4.mul(g, f32x4.sub(one, s))))
        const dh = f32x4.add(carried, f32x4.mul(d, f32x4.mul(g, s)))
        const d2 = f32x4.mul(f32x4.mul(d, v128.load(state + at)), slope)
        const d1 = f32x4.mul(dh, f32x4.sub(one, f))
        const d0 = f32x4.mul(f32x4.mul(dh, f32x4.sub(before, c)), f32x4.mul(f, f32x4.sub(one, f)))
        carried = f32x4.mul(dh, f)
        v128.store(gate, d0)
        v128.store(gate + stride, d1)
        v128.store(gate + 2 * stride, d2)
        s0 = f32x4.add(s0, d0)
        s1 = f32x4.add(s1, d1)
        s2 = f32x4.add(s2, d2)
      }
      const b = biasGradient + j
      v128.store(b, f32x4.add(v128.load(b), s0))
      v128.store(b + stride, f32x4.add(v128.load(b + stride), s1))
      v128.store(b + 2 * stride, f32x4.add(v128.load(b + 2 * stride), s2))
    }
  }
}
