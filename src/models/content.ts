import { encodeContent, fitContentEncoder } from '../encoders/content-encoder.js'
import { contentRowsOf } from '../encoders/content-rows.js'
import type { Dataset } from '../features/dataset.js'
import { noRecency, type WeightedHistory } from '../features/history.js'
import type { Kernels } from '../math/kernels.js'
import { withScratch } from '../math/scratch.js'
import { type ArtifactHeader, arrayOf, headerOf, inArena } from './artifact.js'
import type { Algorithm, Model, TrainingRun } from './model.js'

/**
 * Content — titles like those watched, by what is written of them and by who is in them.
 *
 *   profile = Σ over the history of weight · e,   score(i) = cos(profile, e_i),   e the content encoder's vector of an item
 *
 * The preference vector of content-based filtering (Pazzani & Billsus, 2007) over learned item vectors: src/encoders/content-encoder.ts.
 *
 * Cost    the content encoder to train; dimensions · items to score.
 * Choose  as a source: it proposes titles whoever watched them, and says which title of the user's own a proposal is like. With a short
 *         recency it is "like what you watched last".
 * Avoid   to put titles into order alone: it does not know which of two alike titles anybody would watch; `content-projection` does.
 */
export interface ContentOptions {
  /** Numbers per vector. Typical 64 to 512. */
  readonly dimensions: number
  /** How many of them are tastes, learned from events. */
  readonly tasteDimensions: number
  /** What tastes count beside text and fields, 0 to 1. */
  readonly tasteShare: number
  /** Of the projection onto tastes. Typical 0.5 to 20. */
  readonly regularization: number
  /** How the history fades, in places, unless a plan says otherwise. Typical 5 to 50. 0: it does not fade. */
  readonly recencyHalfLifePositions: number
}

export const content: Algorithm<ContentOptions> = {
  name: 'content',
  coversAll: true,
  readsVectors: true,

  defaults: { dimensions: 256, tasteDimensions: 64, tasteShare: 0.7, regularization: 2, recencyHalfLifePositions: 0 },

  space: {
    tasteShare: { from: 0, to: 1, scale: 'linear' },
    regularization: { from: 0.2, to: 50, scale: 'log' },
  },

  train(data, options, run) {
    const vectors = run.kernels.arena.f32(data.itemCount * options.dimensions)
    withScratch(run.kernels.arena, () => encodeItems(data, options, run, vectors))
    run.checkpoint(1)
    return modelOf(headerOf('content', options, data), data.itemNos, vectors, run.kernels)
  },

  restore(artifact, kernels) {
    const { dimensions } = artifact.header.options as unknown as ContentOptions
    const itemNos = arrayOf(artifact, 'itemNos', Int32Array)
    const vectors = arrayOf(artifact, 'vectors', Float32Array, itemNos.length * dimensions)
    return modelOf(artifact.header, itemNos, inArena(vectors, kernels.arena), kernels)
  },
}

function encodeItems(data: Dataset, options: ContentOptions, run: TrainingRun, out: Float32Array): void {
  const { kernels, random } = run
  const rows = contentRowsOf(data, run.catalogue, run.vectors, kernels)
  const checkpoint = (done: number): void => run.checkpoint(0.1 + 0.8 * done)
  const encoder = fitContentEncoder(data, rows, options, { kernels, random, checkpoint })
  for (let item = 0; item < data.itemCount; item++) {
    encodeContent(encoder, rows, item, out.subarray(item * options.dimensions, (item + 1) * options.dimensions), kernels)
  }
}

function modelOf(header: ArtifactHeader, itemNos: Int32Array, vectors: Float32Array, kernels: Kernels): Model {
  const { dimensions, recencyHalfLifePositions } = header.options as unknown as ContentOptions
  const { arena } = kernels
  const vectorOf = (item: number): Float32Array => vectors.subarray(item * dimensions, (item + 1) * dimensions)
  const isKnown = (item: number): boolean => !Number.isNaN(vectors[item * dimensions])

  /** Σ weight · e over the known entries, in scratch, and how long it is. */
  function profileOf({ items, weights }: WeightedHistory): { readonly profile: Float32Array; readonly length: number } {
    const profile = arena.f32(dimensions)
    items.forEach((item, k) => {
      if (weights[k] > 0 && isKnown(item)) kernels.axpy(weights[k], vectorOf(item), profile)
    })
    return { profile, length: Math.sqrt(kernels.dot(profile, profile)) }
  }

  function score(history: WeightedHistory, out: Float32Array): void {
    const { profile, length } = profileOf(history)
    if (length === 0) {
      out.fill(Number.NaN)
      return
    }
    for (let at = 0; at < dimensions; at++) profile[at] /= length
    kernels.matrixVector(vectors, dimensions, profile, out)
  }

  return {
    algorithm: header.algorithm,
    itemCount: itemNos.length,
    recency: recencyHalfLifePositions > 0 ? { halfLifePositions: recencyHalfLifePositions } : noRecency,
    score: (history, out) => withScratch(arena, () => score(history, out)),
    scoreSome: (history, some, out) =>
      withScratch(arena, () => {
        const all = arena.f32(itemNos.length)
        score(history, all)
        for (let k = 0; k < some.length; k++) out[k] = all[some[k]]
      }),
    explain: (history, item, out) =>
      withScratch(arena, () => {
        out.fill(0)
        const { items, weights } = history
        const { length } = profileOf(history)
        if (length === 0 || !isKnown(item)) return
        items.forEach((entry, k) => {
          if (weights[k] > 0 && isKnown(entry)) out[k] = (weights[k] * kernels.dot(vectorOf(entry), vectorOf(item))) / length
        })
      }),
    save: () => ({ header, arrays: { itemNos, vectors } }),
  }
}
