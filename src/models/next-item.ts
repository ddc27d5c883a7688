import { coveredItems } from '../features/coverage.js'
import type { Dataset } from '../features/dataset.js'
import { type EntryWeight, entryWeights, interactionMatrix } from '../features/interactions.js'
import { placesOf } from '../features/places.js'
import { gram } from '../math/csr.js'
import type { Kernels } from '../math/kernels.js'
import { type PartialMatrix, partialMatrix, partialRowSum, partialRowSumAt, partialRowTerms } from '../math/partial-matrix.js'
import { withScratch } from '../math/scratch.js'
import { type ArtifactHeader, arrayOf, assertArtifact, headerOf, inArena } from './artifact.js'
import type { Algorithm, Model, TrainingRun } from './model.js'

/**
 * Next item — a linear model that predicts the next item from the fading history, in closed form.
 *
 *   minimise Σ over every event t of v_t·‖e_t − s_t B‖²  +  a·‖X − XB‖²  +  λ‖B‖²         (the second term off the diagonal)
 *   v_t = 1, or 2^(−age of t / eventHalfLifeDays)
 *   s_t = Σ over the earlier events k of the user of 2^(−(t − 1 − k) / halfLifePositions) · e_k
 *   B = (SᵀS + a·XᵀX + λI)⁻¹ (SᵀT + a·offdiag(XᵀX))
 *   score(j) = Σ over the history of weight · B[i,j]
 *
 * S holds the fading history before each event, T the event (rows of the identity), X who touched what. Of the family in Choi et
 * al., "Session-aware Linear Item-Item Models for Session-based Recommendation" (SLIST), WWW 2021: S → T is their SLIT, X → X
 * their SLIS.
 *
 * Cost    O(items³) time and twice B's memory to train, O(events · reach) for the sums; one row sum per history item to score.
 * Choose  the best single model wherever the order of events means something, up to some thousands of items.
 * Avoid   large catalogues (memory); data whose order is an accident, such as ratings entered in one go from an alphabetic list.
 * Departs from the paper in predicting the next event alone rather than a fading future, and in a ridge term without the zero
 *         diagonal, so that what people repeat (songs) is learned like everything else.
 */
export interface NextItemOptions {
  /** An event this many places before the latest counts half, in training and when asked. Typical 2 to 10. */
  readonly halfLifePositions: number
  /** λ. Typical 10 to 500. */
  readonly regularization: number
  /** a: how much taste as a whole weighs beside the order of events. Typical 0 to 1. */
  readonly coOccurrence: number
  /** What an entry of the history counts: one, or its engagement. Without engagement it counts for nothing, nor is it predicted. */
  readonly weight: EntryWeight
  /** Events this many days older than the newest of all count half in training. Typical 90 to 1000. 0: age does not matter. */
  readonly eventHalfLifeDays: number
  /**
   * Bytes that B may take, 4·items². Beyond it only the most frequent items that fit are covered; the rest answer NaN. The default
   * holds 5,792: on MovieLens latest-small, half of the 9,724 items carried all of the accuracy, in an eighth of the time.
   */
  readonly maxBytes: number
}

export const nextItem: Algorithm<NextItemOptions> = {
  name: 'next-item',

  defaults: {
    halfLifePositions: 4,
    regularization: 200,
    coOccurrence: 0.2,
    weight: 'one',
    eventHalfLifeDays: 0,
    maxBytes: 128 * 2 ** 20,
  },

  space: {
    halfLifePositions: { from: 1, to: 20, scale: 'log' },
    regularization: { from: 10, to: 2_000, scale: 'log' },
    coOccurrence: { from: 0.02, to: 2, scale: 'log', or: 0 },
    weight: { choices: ['one', 'engagement'] },
  },

  train(data, options, run) {
    const { kernels, checkpoint } = run
    checkpoint(0)
    const rows = coveredItems(data, options.maxBytes)
    const matrix = partialMatrix(data.itemCount, rows, kernels.arena.f32(rows.length ** 2))
    withScratch(kernels.arena, () => {
      const system = kernels.arena.f32(rows.length ** 2)
      addCoOccurrence(data, matrix, system, options)
      checkpoint(0.1)
      addSequences(data, matrix, system, options, run)
      kernels.cholesky(system, rows.length, () => checkpoint(0.3))
      checkpoint(0.6)
      solveInBlocks(system, matrix.values, rows.length, run)
    })
    return modelOf(headerOf('next-item', options, data), data.itemNos, matrix, kernels)
  },

  restore(artifact, kernels) {
    const itemNos = arrayOf(artifact, 'itemNos', Int32Array)
    const rows = arrayOf(artifact, 'rows', Uint32Array)
    assertArtifact(
      artifact,
      rows.every((row) => row < itemNos.length),
      'it names rows beyond its items',
    )
    const values = inArena(arrayOf(artifact, 'values', Float32Array, rows.length ** 2), kernels.arena)
    return modelOf(artifact.header, itemNos, partialMatrix(itemNos.length, rows, values), kernels)
  },
}

/** system = a·XᵀX + λI, target = a·offdiag(XᵀX). */
function addCoOccurrence(data: Dataset, target: PartialMatrix, system: Float32Array, options: NextItemOptions): void {
  const n = target.rows.length
  if (options.coOccurrence > 0) {
    gram(interactionMatrix(data, target.slotOf, n, options.weight, options.eventHalfLifeDays), system)
    for (let at = 0; at < system.length; at++) system[at] *= options.coOccurrence
    target.values.set(system)
  }
  for (let i = 0; i < n; i++) {
    target.values[i * n + i] = 0
    system[i * n + i] += options.regularization
  }
}

/** Fades below this are dropped: the reach of an event is ten half-lives. */
const FAINTEST = 2 ** -10

/**
 * system += SᵀS (its lower triangle), target += SᵀT.
 *
 * S has as many rows as there are events, but need not be written out: with γ the fade of one place, events j ≤ k of a user meet
 * in all the rows after k, so that they add γ^(k − j) · c_k to SᵀS, with c_k as in `meetingsOf`. Pairs are gathered item by item:
 * the one row that is written to then stays in the processor's cache (a quarter of the time of going user by user).
 */
function addSequences(
  data: Dataset,
  { rows, slotOf, values }: PartialMatrix,
  system: Float32Array,
  options: NextItemOptions,
  { checkpoint }: TrainingRun,
): void {
  const n = rows.length
  const perPlace = 2 ** (-1 / options.halfLifePositions)
  const reach = Math.ceil(Math.log(FAINTEST) / Math.log(perPlace))
  const fade = Float64Array.from({ length: reach + 1 }, (_, places) => perPlace ** places)
  const slots = data.items.map((item) => slotOf[item] + 1) // 0 for an item that is not covered
  const weights = entryWeights(data, options.weight)
  const ages = entryWeights(data, 'one', options.eventHalfLifeDays) // of the events to predict: what each row of S and T counts
  const meetings = meetingsOf(data, ages, perPlace)
  const places = placesOf(data)
  const square = new Float64Array(n + 1) // a row of SᵀS, its first number a bin for items that are not covered
  const target = new Float64Array(n + 1) // a row of SᵀT, likewise

  for (let i = 0; i < n; i++) {
    if (i % 64 === 0) checkpoint(0.1 + (0.2 * i) / n)
    square.fill(0)
    target.fill(0)
    for (let at = places.start[rows[i]]; at < places.start[rows[i] + 1]; at++) {
      const j = places.entry[at]
      square[i + 1] += weights[j] * weights[j] * meetings[j]
      const end = Math.min(places.userEnd[j], j + reach + 1)
      for (let k = j + 1; k < end; k++) {
        if (weights[k] === 0) continue
        const met = weights[j] * weights[k] * fade[k - j] * meetings[k]
        square[slots[k]] += met
        target[slots[k]] += weights[j] * fade[k - j - 1] * ages[k]
        // A pair on one item meets itself from both sides; of other pairs the other side is in the other item's row.
        if (slots[k] === i + 1) square[i + 1] += met
      }
    }
    for (let other = 0; other < n; other++) {
      system[Math.max(i, other) * n + Math.min(i, other)] += square[other + 1]
      values[i * n + other] += target[other + 1]
    }
  }
}

/** c_k = Σ v_t · γ^(2(t − 1 − k)) over the user's later events t, v_t what each counts: from the last one back, c_k = v_(k + 1) + γ²·c_(k + 1). */
function meetingsOf({ userCount, start }: Dataset, counts: Float32Array, perPlace: number): Float64Array {
  const meetings = new Float64Array(counts.length)
  for (let user = 0; user < userCount; user++) {
    for (let k = start[user + 1] - 2; k >= start[user]; k--) {
      meetings[k] = counts[k + 1] + perPlace * perPlace * meetings[k + 1]
    }
  }
  return meetings
}

const BLOCK = 256

/** values = system⁻¹·values given the factor of the system, some columns at a time so that training can be stopped between them. */
function solveInBlocks(factor: Float32Array, values: Float32Array, n: number, { kernels, checkpoint }: TrainingRun): void {
  for (let from = 0; from < n; from += BLOCK) {
    const width = Math.min(BLOCK, n - from)
    withScratch(kernels.arena, () => {
      const block = kernels.arena.f32(n * width)
      for (let i = 0; i < n; i++) block.set(values.subarray(i * n + from, i * n + from + width), i * width)
      kernels.solveCholesky(factor, n, block, width)
      for (let i = 0; i < n; i++) values.set(block.subarray(i * width, (i + 1) * width), i * n + from)
    })
    checkpoint(0.6 + (0.4 * (from + width)) / n)
  }
}

function modelOf(header: ArtifactHeader, itemNos: Int32Array, matrix: PartialMatrix, kernels: Kernels): Model {
  const { halfLifePositions } = header.options as unknown as NextItemOptions
  return {
    algorithm: header.algorithm,
    itemCount: itemNos.length,
    recency: { halfLifePositions },
    score: ({ items, weights }, out) => partialRowSum(kernels, matrix, items, weights, out),
    scoreSome: ({ items, weights }, some, out) => partialRowSumAt(kernels, matrix, items, weights, some, out),
    explain: ({ items, weights }, item, out) => partialRowTerms(matrix, items, weights, item, out),
    save: () => ({ header, arrays: { itemNos, rows: matrix.rows, values: matrix.values } }),
  }
}
