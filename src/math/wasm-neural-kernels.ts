/** The neural kernels as WebAssembly SIMD: what kernels/assembly/ holds, called with addresses. */
import type { NeuralKernels } from './neural-kernel-interface.js'

/** The exports of kernels/assembly/index.ts that serve networks; every array is the address of its first number. */
export interface NeuralModule {
  product(
    m: number,
    n: number,
    k: number,
    a: number,
    turnA: number,
    b: number,
    turnB: number,
    out: number,
    adds: number,
    scratch: number,
  ): void
  layerNorm(rows: number, columns: number, ...addresses: number[]): void
  layerNormBackward(rows: number, columns: number, ...addresses: number[]): void
  gatedRecurrence(runs: number, start: number, columns: number, ...addresses: number[]): void
  gatedRecurrenceBackward(runs: number, start: number, columns: number, ...addresses: number[]): void
  rectify(rows: number, columns: number, bias: number, x: number): void
  rectifyBackward(rows: number, columns: number, out: number, gradient: number, biasGradient: number): void
  sampledSoftmax(
    rows: number,
    columns: number,
    scores: number,
    offset: number,
    own: number,
    ownColumn: number,
    scale: number,
    chance: number,
    columnGradient: number,
  ): void
  gatherRows(count: number, columns: number, table: number, rows: number, out: number): void
  scatterRows(count: number, columns: number, x: number, rows: number, weights: number, table: number): void
  addRows(count: number, columns: number, table: number, rows: number, weights: number, x: number): void
  rowProducts(count: number, columns: number, x: number, table: number, rows: number, out: number): void
  adamStep(
    length: number,
    value: number,
    gradient: number,
    mean: number,
    square: number,
    rate: number,
    decay: number,
    beta1: number,
    beta2: number,
    correctMean: number,
    correctSquare: number,
  ): void
}

/** @param withScratch runs its work with the address of the scratch that dense products need */
export function wasmNeuralKernels(wasm: NeuralModule, withScratch: (work: (scratch: number) => void) => void): NeuralKernels {
  return {
    product({ a, aLies, b, bLies, inner, out, mode }) {
      const [turnA, turnB, adds] = [Number(aLies === 'turned'), Number(bLies === 'turned'), Number(mode === 'add')]
      const [m, n] = [a.length / inner, b.length / inner]
      withScratch((scratch) => {
        wasm.product(m, n, inner, a.byteOffset, turnA, b.byteOffset, turnB, out.byteOffset, adds, scratch)
      })
    },

    layerNorm({ columns, input, gain, offset, normalized, inverseDeviation, out }) {
      const arrays = [input, gain, offset, normalized, inverseDeviation, out]
      wasm.layerNorm(inverseDeviation.length, columns, ...addressesOf(arrays))
    },

    layerNormBackward(norm) {
      const { columns, outGradient, gain, normalized, inverseDeviation, inputGradient, gainGradient, offsetGradient } = norm
      const arrays = [outGradient, gain, normalized, inverseDeviation, inputGradient, gainGradient, offsetGradient]
      wasm.layerNormBackward(inverseDeviation.length, columns, ...addressesOf(arrays))
    },

    gatedRecurrence({ columns, start, bias, gates, state, out }) {
      wasm.gatedRecurrence(start.length - 1, start.byteOffset, columns, ...addressesOf([bias, gates, state, out]))
    },

    gatedRecurrenceBackward({ columns, start, outGradient, state, gates, biasGradient }) {
      const arrays = [outGradient, state, gates, biasGradient]
      wasm.gatedRecurrenceBackward(start.length - 1, start.byteOffset, columns, ...addressesOf(arrays))
    },

    rectify(x, bias) {
      wasm.rectify(x.length / bias.length, bias.length, bias.byteOffset, x.byteOffset)
    },

    rectifyBackward(out, gradient, biasGradient) {
      const columns = biasGradient.length
      wasm.rectifyBackward(out.length / columns, columns, out.byteOffset, gradient.byteOffset, biasGradient.byteOffset)
    },

    sampledSoftmax({ scores, offset, own, ownColumn, scale, chance, columnGradient }) {
      wasm.sampledSoftmax(
        own.length,
        offset.length,
        scores.byteOffset,
        offset.byteOffset,
        own.byteOffset,
        ownColumn.byteOffset,
        scale,
        chance.byteOffset,
        columnGradient.byteOffset,
      )
    },

    gatherRows(table, columns, rows, out) {
      wasm.gatherRows(rows.length, columns, table.byteOffset, rows.byteOffset, out.byteOffset)
    },

    scatterRows(x, columns, rows, table, weights) {
      wasm.scatterRows(rows.length, columns, x.byteOffset, rows.byteOffset, weights?.byteOffset ?? 0, table.byteOffset)
    },

    addRows(table, columns, rows, weights, x) {
      wasm.addRows(rows.length, columns, table.byteOffset, rows.byteOffset, weights.byteOffset, x.byteOffset)
    },

    rowProducts(x, columns, rows, table, out) {
      wasm.rowProducts(rows.length, columns, x.byteOffset, table.byteOffset, rows.byteOffset, out.byteOffset)
    },

    adamStep({ value, gradient, mean, square, rate, decay, beta1, beta2, steps }) {
      wasm.adamStep(
        value.length,
        value.byteOffset,
        gradient.byteOffset,
        mean.byteOffset,
        square.byteOffset,
        rate,
        decay,
        beta1,
        beta2,
        1 / (1 - beta1 ** steps),
        1 / (1 - beta2 ** steps),
      )
    },
  }
}

function addressesOf(arrays: readonly Float32Array[]): number[] {
  return arrays.map(({ byteOffset }) => byteOffset)
}
