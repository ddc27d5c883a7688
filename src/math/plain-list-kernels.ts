import type { BoundedSums, ListKernels } from './list-kernel-interface.js'

/** The obviously right twins. */
export const plainListKernels: ListKernels = { softmax, alongEight, countGreater, boundedSums }

function softmax(logits: Float64Array, chances: Float64Array, count: number): void {
  const highest = Math.max(...logits.subarray(0, count))
  let total = 0
  for (let i = 0; i < count; i++) {
    logits[i] -= highest
    chances[i] = Math.exp(logits[i])
    total += chances[i]
  }
  for (let i = 0; i < count; i++) chances[i] /= total
}

function alongEight(x: Float32Array, rows: number, turned: Float32Array, out: Float32Array): void {
  const columns = turned.length / 8
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < 8; j++) {
      let sum = 0
      for (let f = 0; f < columns; f++) sum += x[i * columns + f] * turned[f * 8 + j]
      out[i * 8 + j] = sum
    }
  }
}

function countGreater(values: Float32Array, out: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) out[i] = values.subarray(0, count).filter((value) => value > values[i]).length
}

function boundedSums({ values, rows, weight, mean, inverse, most, out }: BoundedSums): void {
  const width = weight.length
  for (let i = 0; i < rows; i++) {
    out[i] = 0
    for (let f = 0; f < width; f++) {
      const x = (values[i * width + f] - mean[f]) * inverse[f]
      if (!Number.isNaN(x)) out[i] += weight[f] * Math.max(-most, Math.min(most, x))
    }
  }
}
