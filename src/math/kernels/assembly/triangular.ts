// Products and solutions with a lower triangular matrix L (n × n), by recursion:  L = [ L₁₁ 0 ; L₂₁ L₂₂ ]
//
// Everything off the diagonal is a large `gemm`. A diagonal block of at most 32 is inverted (or copied) into a scratch block and
// applied by `gemm` as well; the blocks of a Cholesky factor are well conditioned, and 32 is small enough that it costs no digits.

import { add, gemm, overwrite } from './gemm'

export const leaf: i32 = 32

/** Bytes of scratch: one dense leaf. */
export const triangularScratch: usize = 4 * <usize>leaf * leaf

let block: usize = 0

export function useTriangularScratch(at: usize): void {
  block = at
}

/** Where to cut n: half, in whole leaves. */
export function half(n: i32): i32 {
  return ((n / 2 + leaf - 1) / leaf) * leaf
}

// @ts-ignore: decorator
@inline
export function at(matrix: usize, stride: i32, row: i32, column: i32): usize {
  return matrix + 4 * (<usize>row * stride + column)
}

/** B ← L⁻¹·B, with B n × m. */
export function solveLeft(l: usize, strideL: i32, n: i32, b: usize, strideB: i32, m: i32): void {
  if (n <= leaf) {
    invertIntoBlock(l, strideL, n)
    gemm(n, m, n, 1, block, leaf, false, b, strideB, false, b, strideB, overwrite)
    return
  }
  const h = half(n)
  const below = at(b, strideB, h, 0)
  solveLeft(l, strideL, h, b, strideB, m)
  gemm(n - h, m, h, -1, at(l, strideL, h, 0), strideL, false, b, strideB, false, below, strideB, add)
  solveLeft(at(l, strideL, h, h), strideL, n - h, below, strideB, m)
}

/** B ← L⁻ᵀ·B, with B n × m. */
export function solveLeftTransposed(l: usize, strideL: i32, n: i32, b: usize, strideB: i32, m: i32): void {
  if (n <= leaf) {
    invertIntoBlock(l, strideL, n)
    gemm(n, m, n, 1, block, leaf, true, b, strideB, false, b, strideB, overwrite)
    return
  }
  const h = half(n)
  const below = at(b, strideB, h, 0)
  solveLeftTransposed(at(l, strideL, h, h), strideL, n - h, below, strideB, m)
  gemm(h, m, n - h, -1, at(l, strideL, h, 0), strideL, true, below, strideB, false, b, strideB, add)
  solveLeftTransposed(l, strideL, h, b, strideB, m)
}

/** B ← B·L⁻ᵀ, with B m × n. */
export function solveRightTransposed(l: usize, strideL: i32, n: i32, b: usize, strideB: i32, m: i32): void {
  if (n <= leaf) {
    invertIntoBlock(l, strideL, n)
    gemm(m, n, n, 1, b, strideB, false, block, leaf, true, b, strideB, overwrite)
    return
  }
  const h = half(n)
  const right = b + 4 * <usize>h
  solveRightTransposed(l, strideL, h, b, strideB, m)
  gemm(m, n - h, h, -1, b, strideB, false, at(l, strideL, h, 0), strideL, true, right, strideB, add)
  solveRightTransposed(at(l, strideL, h, h), strideL, n - h, right, strideB, m)
}

/** B ← B·L⁻¹, with B m × n. */
export function solveRight(l: usize, strideL: i32, n: i32, b: usize, strideB: i32, m: i32): void {
  if (n <= leaf) {
    invertIntoBlock(l, strideL, n)
    gemm(m, n, n, 1, b, strideB, false, block, leaf, false, b, strideB, overwrite)
    return
  }
  const h = half(n)
  const right = b + 4 * <usize>h
  solveRight(at(l, strideL, h, h), strideL, n - h, right, strideB, m)
  gemm(m, h, n - h, -1, right, strideB, false, at(l, strideL, h, 0), strideL, false, b, strideB, add)
  solveRight(l, strideL, h, b, strideB, m)
}

/** B ← Lᵀ·B, with B n × m. */
export function multiplyLeftTransposed(l: usize, strideL: i32, n: i32, b: usize, strideB: i32, m: i32): void {
  if (n <= leaf) {
    copyIntoBlock(l, strideL, n)
    gemm(n, m, n, 1, block, leaf, true, b, strideB, false, b, strideB, overwrite)
    return
  }
  const h = half(n)
  const below = at(b, strideB, h, 0)
  multiplyLeftTransposed(l, strideL, h, b, strideB, m)
  gemm(h, m, n - h, 1, at(l, strideL, h, 0), strideL, true, below, strideB, false, b, strideB, add)
  multiplyLeftTransposed(at(l, strideL, h, h), strideL, n - h, below, strideB, m)
}

/** L ← L⁻¹. */
export function invertLower(l: usize, stride: i32, n: i32): void {
  if (n <= leaf) {
    invertIntoBlock(l, stride, n)
    for (let i = 0; i < n; i++) memory.copy(at(l, stride, i, 0), at(block, leaf, i, 0), 4 * <usize>(i + 1))
    return
  }
  const h = half(n)
  const corner = at(l, stride, h, 0)
  const second = at(l, stride, h, h)
  solveLeft(second, stride, n - h, corner, stride, h)
  solveRight(l, stride, h, corner, stride, n - h)
  for (let i = 0; i < n - h; i++) negate(at(corner, stride, i, 0), h)
  invertLower(l, stride, h)
  invertLower(second, stride, n - h)
}

function negate(values: usize, length: i32): void {
  const end = values + 4 * <usize>length
  for (let p = values; p < end; p += 4) store<f32>(p, -load<f32>(p))
}

/** The scratch block ← L with zeros above the diagonal. */
function copyIntoBlock(l: usize, stride: i32, n: i32): void {
  memory.fill(block, 0, triangularScratch)
  for (let i = 0; i < n; i++) memory.copy(at(block, leaf, i, 0), at(l, stride, i, 0), 4 * <usize>(i + 1))
}

/** The scratch block ← L⁻¹ with zeros above the diagonal: row i is (eᵢ − Σ_{k<i} L[i,k]·row k) / L[i,i]. Sums in 64-bit. */
function invertIntoBlock(l: usize, stride: i32, n: i32): void {
  memory.fill(block, 0, triangularScratch)
  for (let i = 0; i < n; i++) {
    const scale: f64 = 1 / <f64>load<f32>(at(l, stride, i, i))
    for (let j = 0; j < i; j++) {
      let sum: f64 = 0
      for (let k = j; k < i; k++) sum -= <f64>load<f32>(at(l, stride, i, k)) * <f64>load<f32>(at(block, leaf, k, j))
      store<f32>(at(block, leaf, i, j), <f32>(sum * scale))
    }
    store<f32>(at(block, leaf, i, i), <f32>scale)
  }
}
