import type { Dataset } from '../features/dataset.js'
import type { Csr } from '../math/csr.js'
import type { Kernels } from '../math/kernels.js'
import { mixedProduct } from '../math/mixed-ridge.js'
import { withScratch } from '../math/scratch.js'
import { truncatedSvd } from '../math/truncated-svd.js'
import type { ContentRows } from './content-rows.js'
import { type LearningRun, learnItemTastes, projectOntoTastes, tasteDefaults } from './item-tastes.js'
import { wordFeatureCount } from './structured-features.js'
import { normalise } from './text-tower.js'

/**
 * Content encoder — an item's text and fields as one vector, near those of titles that the same people watch.
 *
 *   e = normalised( a·z·B ⊕ √(1 − a²)·z·V ),   z = text vector ⊕ structured features
 *   B  ridge regression from z onto the items' places among tastes (implicit ALS), brought to mean square length 1
 *   V  the leading right singular vectors of z over the catalogue, so that what the audience does not tell of a text is kept; likewise
 *
 * Ridge onto item factors: Gantner et al., ICDM 2010. Why not contrastive: docs/adr/0018.
 *
 * Cost    ALS, (text dimensions + feature rows in use)³/3 and one truncated SVD to fit; one row sum to encode.
 * Choose  a near 1 where events tell tastes apart, near 0 in a catalogue without an audience: then it is the content alone.
 */
export interface ContentEncoder {
  readonly textDimensions: number
  readonly dimensions: number
  /** (textDimensions + rows of the feature table) × dimensions. */
  readonly table: Float32Array
}

export interface ContentEncoderOptions {
  /** Numbers per vector. */
  readonly dimensions: number
  /** How many of them are tastes. */
  readonly tasteDimensions: number
  /** a², the share of tastes in the square of a vector's length on average, 0–1. */
  readonly tasteShare: number
  /** λ of the projection onto tastes. */
  readonly regularization: number
}

export const contentEncoderDefaults: ContentEncoderOptions = {
  dimensions: 512,
  tasteDimensions: 64,
  tasteShare: 0.7,
  regularization: 2,
}

/** Same data, rows, options and seed, same bytes. The table lies in the kernels' arena. */
export function fitContentEncoder(
  data: Dataset,
  rows: ContentRows,
  options: ContentEncoderOptions,
  run: LearningRun,
): ContentEncoder {
  const { kernels, random, checkpoint } = run
  const { dimensions, tasteDimensions, tasteShare } = options
  const inputs = rows.denseColumns + rows.sparse.columns
  const table = kernels.arena.f32(inputs * dimensions)
  withScratch(kernels.arena, () => {
    if (tasteDimensions === 0) return
    const tastes = kernels.arena.f32(data.itemCount * tasteDimensions)
    const spaces = { ...tasteDefaults, factors: tasteDimensions }
    learnItemTastes(data, spaces, { kernels, random, checkpoint: (done) => checkpoint(0.4 * done) }, tastes)
    const ridge = { kernels, checkpoint: (done: number) => checkpoint(0.4 + 0.3 * done) }
    const projection = projectOntoTastes(data, rows, tastes, tasteDimensions, options.regularization, ridge)
    place(rows, projection, tasteDimensions, Math.sqrt(tasteShare), table, 0, dimensions, kernels)
  })
  withScratch(kernels.arena, () => {
    const keptDimensions = dimensions - tasteDimensions
    if (keptDimensions === 0) return
    const search = {
      dimensions: keptDimensions,
      passes: 2,
      normal: random.normal,
      checkpoint: (done: number) => checkpoint(0.7 + 0.3 * done),
    }
    const { vectors } = truncatedSvd(wordsOnly(rows), search, kernels)
    place(rows, vectors, keptDimensions, Math.sqrt(1 - tasteShare), table, tasteDimensions, dimensions, kernels)
  })
  return { textDimensions: rows.denseColumns, dimensions, table }
}

/** One item's vector, of unit length; NaN where nothing is known of it. Arrays in the kernels' arena. */
export function encodeContent(
  { table }: ContentEncoder,
  rows: ContentRows,
  row: number,
  out: Float32Array,
  kernels: Kernels,
): void {
  if (rows.isKnown[row] === 0) {
    out.fill(Number.NaN)
    return
  }
  mixedProduct(rows, row, table, out, kernels)
  normalise(out)
}

/** Columns of the table from `first` on: `part`, scaled so that known items have mean square length share². */
function place(
  rows: ContentRows,
  part: Float32Array,
  width: number,
  share: number,
  table: Float32Array,
  first: number,
  dimensions: number,
  kernels: Kernels,
): void {
  const squares = withScratch(kernels.arena, () => {
    const out = kernels.arena.f32(width)
    let sum = 0
    let known = 0
    for (let row = 0; row < rows.isKnown.length; row++) {
      if (rows.isKnown[row] === 0) continue
      known++
      mixedProduct(rows, row, part, out, kernels)
      for (let at = 0; at < width; at++) sum += out[at] * out[at]
    }
    return sum / Math.max(1, known)
  })
  const scale = squares > 0 ? share / Math.sqrt(squares) : 0
  for (let row = 0; row * width < part.length; row++) {
    for (let at = 0; at < width; at++) table[row * dimensions + first + at] = scale * part[row * width + at]
  }
}

/** Text and words as one sparse matrix; what all items share and how they stand says nothing of what they are about. */
function wordsOnly({ dense, denseColumns, sparse }: ContentRows): Csr {
  const start = new Uint32Array(sparse.rows + 1)
  const index: number[] = []
  const value: number[] = []
  for (let row = 0; row < sparse.rows; row++) {
    for (let at = 0; at < denseColumns; at++) {
      const number = dense[row * denseColumns + at]
      if (number === 0) continue
      index.push(at)
      value.push(number)
    }
    for (let at = sparse.start[row]; at < sparse.start[row + 1]; at++) {
      if (sparse.index[at] >= wordFeatureCount) continue
      index.push(denseColumns + sparse.index[at])
      value.push(sparse.value[at])
    }
    start[row + 1] = index.length
  }
  const columns = denseColumns + sparse.columns
  return { rows: sparse.rows, columns, start, index: Uint32Array.from(index), value: Float32Array.from(value) }
}
