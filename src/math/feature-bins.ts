import { assert } from './assert.js'

/** Features cut into bins: what histogram trees are grown on. Bin 0 is NaN, the others ascend. */
export interface BinnedFeatures {
  readonly rows: number
  readonly width: number
  /** Bin of feature f in row r: bins[f · rows + r]. Column by column, as they are read. */
  readonly bins: Uint8Array
  /** Of each feature the highest value of every bin but the last, ascending: bin b holds edges[b − 2] < x ≤ edges[b − 1]. */
  readonly edges: readonly Float32Array[]
}

/** Values looked at to place the edges of a feature. */
const SAMPLE = 50_000

/**
 * Cuts each feature at its quantiles into at most `most` bins (2–255) beside that of NaN.
 *
 * @param values rows × width, row-major
 */
export function binFeatures(values: Float32Array, width: number, most: number): BinnedFeatures {
  assert(most >= 2 && most <= 255, 'bins fit a byte')
  const rows = values.length / width
  const bins = new Uint8Array(values.length)
  const edges = Array.from({ length: width }, (_, f) => edgesOf(sampleOf(values, width, f, rows), most))
  for (let f = 0; f < width; f++) {
    for (let row = 0; row < rows; row++) bins[f * rows + row] = binOf(edges[f], values[row * width + f])
  }
  return { rows, width, bins, edges }
}

function sampleOf(values: Float32Array, width: number, f: number, rows: number): Float32Array {
  const step = Math.max(1, Math.floor(rows / SAMPLE))
  const sample = new Float32Array(Math.ceil(rows / step))
  let count = 0
  for (let row = 0; row < rows; row += step) {
    const value = values[row * width + f]
    if (!Number.isNaN(value)) sample[count++] = value
  }
  return sample.subarray(0, count).sort()
}

/** At most `most` − 1 values, none twice: each ends a bin of about equal size. */
function edgesOf(sorted: Float32Array, most: number): Float32Array {
  const edges: number[] = []
  for (let bin = 1; bin < most; bin++) {
    const edge = sorted[Math.floor((bin * sorted.length) / most) - 1]
    const isLast = edge === sorted[sorted.length - 1] // nothing would be left above it
    if (edge !== undefined && !isLast && edge !== edges.at(-1)) edges.push(edge)
  }
  return Float32Array.from(edges)
}

function binOf(edges: Float32Array, value: number): number {
  if (Number.isNaN(value)) return 0
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (value <= edges[middle]) high = middle
    else low = middle + 1
  }
  return 1 + low
}
