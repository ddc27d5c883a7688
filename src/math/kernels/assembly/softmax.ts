// The loss of a softmax over a sample of the classes, and its gradient in place of the scores.

import { exponential, laneSum } from './exponential'

/**
 * For each row: loss = −log p,  p = e^t / (e^t + Σ_j e^(scores[j] + offset[j])), with t = own[row], the score of the class that came
 * true; its column `ownColumn[row]` among the sample, if it has one (else −1), is left out. Afterwards `chance` holds p, `own` the
 * gradient scale·(p − 1), `scores` scale·p_j, and columnGradient has each column's sum added. `columns` is a multiple of four.
 */
export function sampledSoftmax(
  rows: i32, columns: i32, scores: usize, offset: usize, own: usize, ownColumn: usize, scale: f32,
  chance: usize, columnGradient: usize,
): void {
  const stride: usize = 4 * <usize>columns
  for (let row = 0; row < rows; row++) {
    const target = load<f32>(own)
    const column = load<i32>(ownColumn)
    let highest = f32x4.splat(target)
    for (let j: usize = 0; j < stride; j += 16) {
      const s = f32x4.add(v128.load(scores + j), v128.load(offset + j))
      v128.store(scores + j, s)
      if (<i32>(j >> 4) == column >> 2 && column >= 0) {
        store<f32>(scores + 4 * <usize>column, -Infinity)
        highest = f32x4.pmax(highest, v128.load(scores + j))
      } else highest = f32x4.pmax(highest, s)
    }
    const top = max(
      max(f32x4.extract_lane(highest, 0), f32x4.extract_lane(highest, 1)),
      max(f32x4.extract_lane(highest, 2), f32x4.extract_lane(highest, 3)),
    )
    const shift = f32x4.splat(top)
    let sums = f32x4.splat(0)
    for (let j: usize = 0; j < stride; j += 16) {
      const e = exponential(f32x4.sub(v128.load(scores + j), shift))
      v128.store(scores + j, e)
      sums = f32x4.add(sums, e)
    }
    const e = f32x4.extract_lane(exponential(f32x4.splat(target - top)), 0)
    const total = laneSum(sums) + e
    store<f32>(chance, e / total)
    store<f32>(own, scale * (e / total - 1))
    const share = f32x4.splat(scale / total)
    for (let j: usize = 0; j < stride; j += 16) {
      const p = f32x4.mul(share, v128.load(scores + j))
      v128.store(scores + j, p)
      v128.store(columnGradient + j, f32x4.add(v128.load(columnGradient + j), p))
    }
    scores += stride
    own += 4
    chance += 4
    ownColumn += 4
  }
}
