import { type Catalogue, rowOf } from '../features/catalogue.js'
import type { WeightedHistory } from '../features/history.js'
import type { HistoryPath } from '../graph/paths.js'
import type { Kernels } from '../math/kernels.js'
import { withScratch } from '../math/scratch.js'
import type { Model } from '../models/model.js'

/**
 * A model that answers in rows of the catalogue. Models are trained on the items that existed, and had events, at the time; this
 * maps their rows once, when a snapshot is built. Items the model has never met get NaN, "cannot tell".
 *
 * @param itemNos the durable number of each of the model's rows
 */
export function alignModel(model: Model, itemNos: Int32Array, catalogue: Catalogue, kernels: Kernels): Model {
  const toCatalogue = itemNos.map((itemNo) => rowOf(catalogue, itemNo))
  if (model.itemCount === catalogue.count && toCatalogue.every((row, at) => row === at)) return model
  const toModel = new Int32Array(catalogue.count).fill(-1)
  toCatalogue.forEach((row, at) => {
    if (row >= 0) toModel[row] = at
  })
  const unmet = Uint32Array.from(toModel.keys()).filter((row) => toModel[row] < 0)
  const { arena } = kernels

  /** The entries the model knows, in its own rows; `kept` says where each came from. */
  function translate(history: WeightedHistory): { readonly known: WeightedHistory; readonly kept: Uint32Array } {
    const items = arena.u32(history.items.length)
    const weights = arena.f32(history.items.length)
    const kept = arena.u32(history.items.length)
    let count = 0
    for (let entry = 0; entry < history.items.length; entry++) {
      const row = toModel[history.items[entry]]
      if (row < 0) continue
      items[count] = row
      weights[count] = history.weights[entry]
      kept[count++] = entry
    }
    return {
      known: { items: items.subarray(0, count), weights: weights.subarray(0, count) },
      kept: kept.subarray(0, count),
    }
  }

  /**
   * The same for all explanations of one answer, so that a model finds again what it worked out about this very history. It lies in the
   * arena beside the history, and is forgotten with it.
   */
  let last: { readonly of: WeightedHistory; readonly translated: ReturnType<typeof translate> } | undefined
  function remembered(history: WeightedHistory): ReturnType<typeof translate> {
    if (last?.of !== history) last = { of: history, translated: translate(history) }
    return last.translated
  }

  return {
    algorithm: model.algorithm,
    itemCount: catalogue.count,
    recency: model.recency,
    save: () => model.save(),
    score: (history, out) =>
      withScratch(arena, () => {
        const scores = arena.unclearedF32(model.itemCount)
        model.score(translate(history).known, scores)
        for (const row of unmet) out[row] = Number.NaN
        for (let row = 0; row < scores.length; row++) if (toCatalogue[row] >= 0) out[toCatalogue[row]] = scores[row]
      }),
    scoreSome: (history, items, out) =>
      withScratch(arena, () => {
        const known = arena.u32(items.length)
        const places = arena.u32(items.length)
        let count = 0
        for (let k = 0; k < items.length; k++) {
          if (toModel[items[k]] < 0) continue
          known[count] = toModel[items[k]]
          places[count++] = k
        }
        const scores = arena.f32(count)
        model.scoreSome(translate(history).known, known.subarray(0, count), scores)
        out.fill(Number.NaN)
        for (let k = 0; k < count; k++) out[places[k]] = scores[k]
      }),
    ...(model.path && {
      path(history: WeightedHistory, item: number) {
        const { known, kept } = remembered(history)
        const path = toModel[item] < 0 ? undefined : withScratch(arena, () => model.path?.(known, toModel[item]))
        return path && pathIn(path, kept, toCatalogue)
      },
    }),
    ...(model.explain && {
      explain(history: WeightedHistory, item: number, out: Float32Array) {
        const { known, kept } = remembered(history)
        out.fill(0)
        if (toModel[item] < 0) return
        withScratch(arena, () => {
          const shares = arena.f32(kept.length)
          model.explain?.(known, toModel[item], shares)
          for (let k = 0; k < kept.length; k++) out[kept[k]] = shares[k]
        })
      },
    }),
  }
}

/** The path with entries of the whole history, and items in rows of the catalogue. One that leads through an item that is gone is none. */
function pathIn(path: HistoryPath, kept: Uint32Array, toCatalogue: Int32Array): HistoryPath | undefined {
  if (path.steps.some(({ via }) => via !== undefined && toCatalogue[via] < 0)) return undefined
  const steps = path.steps.map(({ relation, via }) => (via === undefined ? { relation } : { relation, via: toCatalogue[via] }))
  return { entry: kept[path.entry], steps }
}
