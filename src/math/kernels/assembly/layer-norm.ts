// Layer normalisation and its gradient. Rows of `columns` numbers, a multiple of four.
//
// Ba, Kiros & Hinton, "Layer Normalization", 2016.

import { laneSum } from './exponential'

const smallest: f32 = 1e-5 // added to the variance

/** Each row to mean 0 and variance 1 (`normalized`), then times `gain` plus `offset` (`out`). */
export function layerNorm(
  rows: i32, columns: i32, input: usize, gain: usize, offset: usize, normalized: usize, inverseDeviation: usize, out: usize,
): void {
  const stride: usize = 4 * <usize>columns
  const scale: f32 = 1 / <f32>columns
  for (let row = 0; row < rows; row++) {
    let sum = f32x4.splat(0)
    for (let j: usize = 0; j < stride; j += 16) sum = f32x4.add(sum, v128.load(input + j))
    const mean = f32x4.splat(laneSum(sum) * scale)
    let squares = f32x4.splat(0)
    for (let j: usize = 0; j < stride; j += 16) {
      const x = f32x4.sub(v128.load(input + j), mean)
      squares = f32x4.add(squares, f32x4.mul(x, x))
    }
    const inverse: f32 = 1 / sqrt(laneSum(squares) * scale + smallest)
    store<f32>(inverseDeviation, inverse)
    const by = f32x4.splat(inverse)
    for (let j: usize = 0; j < stride; j += 16) {
      const x = f32x4.mul(by, f32x4.sub(v128.load(input + j), mean))
      v128.store(normalized + j, x)
      v128.store(out + j, f32x4.add(f32x4.mul(x, v128.load(gain + j)), v128.load(offset + j)))
    }
    input += stride
    normalized += stride
    out += stride
    inverseDeviation += 4
  }
}

/** Adds to the gradients of input, gain and offset what the gradient of the output says. */
export function layerNormBackward(
  rows: i32, columns: i32, outGradient: usize, gain: usize, normalized: usize, inverseDeviation: usize,
  inputGradient: usize, gainGradient: usize, offsetGradient: usize,
): void {
  const stride: usize = 4 * <usize>columns
  const scale: f32 = 1 / <f32>columns
  for (let row = 0; row < rows; row++) {
    let sum = f32x4.splat(0), product = f32x4.splat(0)
    for (let j: usize = 0; j < stride; j += 16) {
      const d = v128.load(outGradient + j), x = v128.load(normalized + j)
      const dx = f32x4.mul(d, x)
      v128.store(gainGradient + j, f32x4.add(v128.load(gainGradient + j), dx))
      v128.store(offsetGradient + j, f32x4.add(v128.load(offsetGradient + j), d))
      sum = f32x4.add(sum, f32x4.mul(d, v128.load(gain + j)))
      product = f32x4.add(product, f32x4.mul(dx, v128.load(gain + j)))
    }
    const mean = f32x4.splat(laneSum(sum) * scale), slope = f32x4.splat(laneSum(product) * scale)
    const by = f32x4.splat(load<f32>(inverseDeviation))
    for (let j: usize = 0; j < stride; j += 16) {
      const d = f32x4.mul(v128.load(outGradient + j), v128.load(gain + j))
      const rest = f32x4.sub(f32x4.sub(d, mean), f32x4.mul(v128.load(normalized + j), slope))
      v128.store(inputGradient + j, f32x4.add(v128.load(inputGradient + j), f32x4.mul(by, rest)))
    }
    outGradient += stride
    normalized += stride
    inputGradient += stride
    inverseDeviation += 4
  }
}
