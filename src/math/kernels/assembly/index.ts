// What the module exports. Addresses are byte offsets into the imported memory; every argument was checked by the caller. The
// module keeps no data of its own in that memory: scratch is passed in.

import { invert, factorLower } from './cholesky'
import { add, depth, gemm, gemmScratch, overwrite, useGemmScratch } from './gemm'
import { solveLeft, solveLeftTransposed, triangularScratch, useTriangularScratch } from './triangular'
import { factorGram as gramOf } from './als'

export { byteMatrixVector } from './bytes'
export { axpy, dot, matrixVector, weightedRowSum } from './vector'
export { layerNorm, layerNormBackward } from './layer-norm'
export { adamStep, addRows, gatherRows, rectify, rectifyBackward, rowProducts, scatterRows } from './network'
export { gatedRecurrence, gatedRecurrenceBackward } from './recurrence'
export { forestScores } from './forest'
export { pushLevel, windowVotes } from './sparse'
export { moments, topK, topKScratch } from './selection'
export { sampledSoftmax } from './softmax'
export { alongEight, boundedSums, countGreater, softmax } from './lists'
export { alsScratch, alsSolveRows } from './als'
export { alsImproveRows, improveScratch } from './conjugate-gradient'

/** Bytes of scratch that the functions below need. */
export function denseScratch(): usize {
  return gemmScratch + triangularScratch
}

function useScratch(at: usize): void {
  useGemmScratch(at)
  useTriangularScratch(at + gemmScratch)
}

/** Returns −1, or the pivot that is not a positive number. */
export function cholesky(a: usize, n: i32, scratch: usize): i32 {
  useScratch(scratch)
  return factorLower(a, n, n, 0)
}

/** Returns as cholesky does. */
export function invertSpd(a: usize, n: i32, scratch: usize): i32 {
  useScratch(scratch)
  return invert(a, n)
}

export function solveCholesky(factor: usize, n: i32, b: usize, m: i32, scratch: usize): void {
  useScratch(scratch)
  solveLeft(factor, n, n, b, m, m)
  solveLeftTransposed(factor, n, n, b, m, m)
}

export function factorGram(fixed: usize, rows: i32, factors: i32, out: usize, scratch: usize): void {
  useScratch(scratch)
  gramOf(fixed, rows, factors, out)
}

/** out (+)= op(A)·op(B), with A's and B's rows one after the other in memory. */
export function product(
  m: i32, n: i32, k: i32, a: usize, transposeA: bool, b: usize, transposeB: bool, out: usize, adds: bool, scratch: usize,
): void {
  useScratch(scratch)
  const isWhole = k <= depth // one packed block deep: it may overwrite; else block is added to block
  if (!adds && !isWhole) memory.fill(out, 0, 4 * <usize>m * n)
  gemm(m, n, k, 1, a, transposeA ? m : k, transposeA, b, transposeB ? k : n, transposeB, out, n, !adds && isWhole ? overwrite : add)
}
