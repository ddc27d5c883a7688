import type { ListKernels } from './list-kernel-interface.js'

/** The exports of kernels/assembly/lists.ts; every array is the address of its first number. */
export interface ListModule {
  softmax(count: number, logits: number, chances: number): void
  alongEight(rows: number, columns: number, x: number, turned: number, out: number): void
  countGreater(count: number, values: number, out: number): void
  boundedSums(
    rows: number,
    width: number,
    values: number,
    weight: number,
    mean: number,
    inverse: number,
    most: number,
    out: number,
  ): void
}

export function wasmListKernels(wasm: ListModule): ListKernels {
  return {
    softmax: (logits, chances, count) => wasm.softmax(count, logits.byteOffset, chances.byteOffset),

    alongEight(x, rows, turned, out) {
      wasm.alongEight(rows, turned.length / 8, x.byteOffset, turned.byteOffset, out.byteOffset)
    },

    countGreater: (values, out, count) => wasm.countGreater(count, values.byteOffset, out.byteOffset),

    boundedSums({ values, rows, weight, mean, inverse, most, out }) {
      const columns = [weight.byteOffset, mean.byteOffset, inverse.byteOffset] as const
      wasm.boundedSums(rows, weight.length, values.byteOffset, ...columns, most, out.byteOffset)
    },
  }
}
