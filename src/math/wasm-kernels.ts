/**
 * The kernels as WebAssembly SIMD on the arena's own memory: what kernels/assembly/ holds, called with addresses.
 *
 * V8 runs a call to its end in the tier in which it began, and a new module begins in the slow one. Long work is therefore cut
 * into many calls, here or inside the module: it is then in the fast tier after the first few.
 */
import { decodeBase64 } from './base64.js'
import { kernelBytes } from './kernel-bytes.js'
import type { AlsHalfStep, Kernels } from './kernel-interface.js'
import type { Arena } from './memory.js'
import { notPositiveDefinite, rowNotPositiveDefinite } from './not-positive-definite.js'
import { withScratch } from './scratch.js'
import { type ListModule, wasmListKernels } from './wasm-list-kernels.js'
import { type NeuralModule, wasmNeuralKernels } from './wasm-neural-kernels.js'
import { webAssembly } from './webassembly.js'

/** The exports of kernels/assembly/index.ts; every array is the address of its first number. */
interface KernelModule extends NeuralModule, ListModule {
  dot(a: number, b: number, length: number): number
  axpy(alpha: number, x: number, y: number, length: number): void
  weightedRowSum(matrix: number, columns: number, rows: number, weights: number, count: number, out: number): void
  matrixVector(matrix: number, rows: number, columns: number, vector: number, out: number): void
  moments(values: number, length: number, out: number): void
  topK(scores: number, length: number, words: number, k: number, heap: number, scratch: number): number
  topKScratch(k: number): number
  byteMatrixVector(matrix: number, rows: number, columns: number, vector: number, scales: number, out: number): void
  forestScores(
    trees: number,
    roots: number,
    feature: number,
    value: number,
    left: number,
    values: number,
    rows: number,
    width: number,
    out: number,
  ): void
  pushLevel(
    start: number,
    index: number,
    value: number,
    active: number,
    count: number,
    tolerance: number,
    mass: number,
    arriving: number,
    reached: number,
  ): number
  windowVotes(
    count: number,
    places: number,
    owners: number,
    weight: number,
    scale: number,
    start: number,
    items: number,
    window: number,
    near: number,
    before: number,
    out: number,
  ): void
  denseScratch(): number
  cholesky(a: number, n: number, scratch: number): number
  invertSpd(a: number, n: number, scratch: number): number
  solveCholesky(factor: number, n: number, b: number, m: number, scratch: number): void
  factorGram(fixed: number, rows: number, factors: number, out: number, scratch: number): void
  alsScratch(factors: number): number
  alsSolveRows(...args: [...RowArguments, scratch: number]): number
  improveScratch(factors: number): number
  alsImproveRows(...args: [...RowArguments, steps: number, scratch: number]): number
}

/** Which rows, and all that `AlsHalfStep` says of them. */
type RowArguments = [
  rows: number,
  start: number,
  columns: number,
  confidence: number,
  fixed: number,
  gram: number,
  out: number,
  factors: number,
  unobservedWeight: number,
  regularization: number,
]

const alsRowsPerCall = 32

/** The fast kernels without argument checks; `createKernels` in kernels.ts is the public way to them. */
export function wasmKernels(arena: Arena): Kernels {
  let between: () => void = nothing
  const wasm = instantiate(arena, () => between())

  /** Runs `work`, during which the module calls `each` between blocks. */
  function interrupted<T>(each: () => void, work: () => T): T {
    between = each
    try {
      return work()
    } finally {
      between = nothing
    }
  }

  /** Runs `work` with the address of that many bytes of scratch, given back afterwards. */
  function withBytes<T>(bytes: number, work: (scratch: number) => T): T {
    return withScratch(arena, () => work(arena.scratch(bytes)))
  }

  function factorGram(fixed: Float32Array, factors: number, out: Float32Array): void {
    const rows = fixed.length / factors
    withBytes(wasm.denseScratch(), (scratch) => wasm.factorGram(fixed.byteOffset, rows, factors, out.byteOffset, scratch))
  }

  function alsSolveRows(args: AlsHalfStep): void {
    withBytes(wasm.alsScratch(args.factors), (scratch) => {
      inParts(args, (...row) => wasm.alsSolveRows(...row, scratch))
    })
  }

  return {
    arena,
    ...wasmListKernels(wasm),
    ...wasmNeuralKernels(wasm, (work) => withBytes(wasm.denseScratch(), work)),

    dot: (a, b) => wasm.dot(a.byteOffset, b.byteOffset, a.length),

    axpy: (alpha, x, y) => wasm.axpy(alpha, x.byteOffset, y.byteOffset, x.length),

    weightedRowSum(matrix, columns, rows, weights, out) {
      wasm.weightedRowSum(matrix.byteOffset, columns, rows.byteOffset, weights.byteOffset, rows.length, out.byteOffset)
    },

    matrixVector(matrix, columns, vector, out) {
      wasm.matrixVector(matrix.byteOffset, out.length, columns, vector.byteOffset, out.byteOffset)
    },

    byteMatrixVector(matrix, columns, vector, scales, out) {
      wasm.byteMatrixVector(matrix.byteOffset, out.length, columns, vector.byteOffset, scales.byteOffset, out.byteOffset)
    },

    moments(values) {
      return withScratch(arena, () => {
        const out = arena.f64(3)
        wasm.moments(values.byteOffset, values.length, out.byteOffset)
        return { count: out[0], mean: out[1], deviation: out[2] }
      })
    },

    topK(scores, admissible, into) {
      return withScratch(arena, () => {
        const words = admissible === undefined ? undefined : arena.u32(admissible.words.length)
        words?.set(admissible?.words ?? [])
        const k = Math.min(into.length, scores.length)
        const keys = arena.scratch(wasm.topKScratch(k))
        return wasm.topK(scores.byteOffset, scores.length, words?.byteOffset ?? 0, k, into.byteOffset, keys)
      })
    },

    forestScores({ roots, feature, value, left }, values, width, out) {
      const nodes = [roots, feature, value, left].map(({ byteOffset }) => byteOffset) as [number, number, number, number]
      wasm.forestScores(roots.length, ...nodes, values.byteOffset, out.length, width, out.byteOffset)
    },

    pushLevel({ start, index, value }, { active, mass, arriving, reached }, tolerance) {
      return wasm.pushLevel(
        start.byteOffset,
        index.byteOffset,
        value.byteOffset,
        active.byteOffset,
        active.length,
        tolerance,
        mass.byteOffset,
        arriving.byteOffset,
        reached.byteOffset,
      )
    },

    windowVotes({ start, items }, { places, owners, weight, scale }, near, before, out) {
      wasm.windowVotes(
        places.length,
        places.byteOffset,
        owners.byteOffset,
        weight.byteOffset,
        scale,
        start.byteOffset,
        items.byteOffset,
        near.length - 1,
        near.byteOffset,
        before.byteOffset,
        out.byteOffset,
      )
    },

    cholesky(a, n, each = nothing) {
      const pivot = interrupted(each, () => withBytes(wasm.denseScratch(), (scratch) => wasm.cholesky(a.byteOffset, n, scratch)))
      if (pivot >= 0) throw notPositiveDefinite(pivot, n)
    },

    invertSpd(a, n, each = nothing) {
      const pivot = interrupted(each, () => withBytes(wasm.denseScratch(), (scratch) => wasm.invertSpd(a.byteOffset, n, scratch)))
      if (pivot >= 0) throw notPositiveDefinite(pivot, n)
    },

    solveCholesky(factor, n, b, m) {
      withBytes(wasm.denseScratch(), (scratch) => wasm.solveCholesky(factor.byteOffset, n, b.byteOffset, m, scratch))
    },

    factorGram,

    alsHalfStep(args) {
      factorGram(args.fixed, args.factors, args.gram)
      alsSolveRows(args)
    },

    alsSolveRows,

    alsImproveRows(args, steps) {
      withBytes(wasm.improveScratch(args.factors), (scratch) => {
        inParts(args, (...row) => wasm.alsImproveRows(...row, steps, scratch))
      })
    },
  }
}

/** Runs `work` on some rows at a time; it returns −1, or the first of its rows whose system is not positive definite. */
function inParts(args: AlsHalfStep, work: (...some: RowArguments) => number): void {
  const { start, columns, confidence, fixed, gram, out, factors, unobservedWeight, regularization } = args
  const rows = start.length - 1
  for (let row = 0; row < rows; row += alsRowsPerCall) {
    const failed = work(
      Math.min(alsRowsPerCall, rows - row),
      start.byteOffset + 4 * row,
      columns.byteOffset,
      confidence.byteOffset,
      fixed.byteOffset,
      gram.byteOffset,
      out.byteOffset + 4 * row * factors,
      factors,
      unobservedWeight,
      regularization.byteOffset + 4 * row,
    )
    if (failed >= 0) throw rowNotPositiveDefinite(row + failed)
  }
}

let compiled: object | undefined // one module serves every arena of this thread

function nothing(): void {}

function instantiate(arena: Arena, between: () => void): KernelModule {
  compiled ??= new webAssembly.Module(decodeBase64(kernelBytes))
  return new webAssembly.Instance(compiled, { env: { memory: arena.memory, between } }).exports as KernelModule
}
