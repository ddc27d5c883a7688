// Cholesky factor and inverse of a symmetric positive definite matrix, by recursion on its lower triangle.
//
// Cost      n³/6 multiply-adds to factor, n³/2 to invert: 0.42 and 1.31 CPU seconds at n = 3,700 (docs/benchmarks.md).
// Accuracy  32-bit is enough for EASE: on MovieLens-1M (XᵀX + 500·I) the inverse differs from one by a 64-bit factor by 1e-6 (Frobenius,
//           relative), A·A⁻¹ from I by at most 7e-7, and no item-item weight by more than 7e-7.

import { addLower, gemm } from './gemm'
import { at, half, invertLower, leaf, multiplyLeftTransposed, solveRightTransposed } from './triangular'

/** A → L with A = L·Lᵀ. Returns −1, or the first pivot that is not a positive number; `first` is the number of the first row. */
export function factorLower(a: usize, stride: i32, n: i32, first: i32): i32 {
  if (n <= leaf) return factorLeaf(a, stride, n, first)
  const h = half(n)
  const corner = at(a, stride, h, 0)
  const second = at(a, stride, h, h)
  const failed = factorLower(a, stride, h, first)
  if (failed >= 0) return failed
  solveRightTransposed(a, stride, h, corner, stride, n - h)
  gemm(n - h, n - h, h, -1, corner, stride, false, corner, stride, true, second, stride, addLower)
  return factorLower(second, stride, n - h, first + h)
}

/** Row by row: L[i,j] = (A[i,j] − Σ_{k<j} L[i,k]·L[j,k]) / L[j,j]. Sums in 64-bit. */
function factorLeaf(a: usize, stride: i32, n: i32, first: i32): i32 {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = <f64>load<f32>(at(a, stride, i, j))
      for (let k = 0; k < j; k++) sum -= <f64>load<f32>(at(a, stride, i, k)) * <f64>load<f32>(at(a, stride, j, k))
      if (i == j) {
        if (!(sum > 0 && sum < Infinity)) return first + i
        sum = sqrt(sum)
      } else {
        sum /= <f64>load<f32>(at(a, stride, j, j))
      }
      store<f32>(at(a, stride, i, j), <f32>sum)
    }
  }
  return -1
}

/** A → A⁻¹ = L⁻ᵀ·L⁻¹, full. Returns as factorLower does. */
export function invert(a: usize, n: i32): i32 {
  const failed = factorLower(a, n, n, 0)
  if (failed >= 0) return failed
  invertLower(a, n, n)
  squareLower(a, n, n)
  mirrorLower(a, n)
  return -1
}

/** L → the lower triangle of Lᵀ·L. */
function squareLower(l: usize, stride: i32, n: i32): void {
  if (n <= leaf) return squareLeaf(l, stride, n)
  const h = half(n)
  const corner = at(l, stride, h, 0)
  const second = at(l, stride, h, h)
  squareLower(l, stride, h)
  gemm(h, h, n - h, 1, corner, stride, true, corner, stride, false, l, stride, addLower)
  multiplyLeftTransposed(second, stride, n - h, corner, stride, h)
  squareLower(second, stride, n - h)
}

/** Element (i, j ≤ i) needs rows k ≥ i of columns i and j: from the top left on, each is read before it is overwritten. */
function squareLeaf(l: usize, stride: i32, n: i32): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum: f64 = 0
      for (let k = i; k < n; k++) sum += <f64>load<f32>(at(l, stride, k, i)) * <f64>load<f32>(at(l, stride, k, j))
      store<f32>(at(l, stride, i, j), <f32>sum)
    }
  }
}

/** Copies the lower triangle onto the upper, tile by tile so that neither side strides through memory. */
export function mirrorLower(a: usize, n: i32): void {
  for (let top = 0; top < n; top += leaf) {
    for (let left = 0; left <= top; left += leaf) {
      for (let i = top; i < min(top + leaf, n); i++) {
        for (let j = left; j < min(left + leaf, i); j++) store<f32>(at(a, n, j, i), load<f32>(at(a, n, i, j)))
      }
    }
  }
}
