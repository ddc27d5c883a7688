import { type History, type Recency, type WeightedHistory, weighHistory } from '../features/history.js'
import type { Bitmap } from '../math/bitmap.js'
import type { Kernels } from '../math/kernels.js'
import type { Moments } from '../math/moments.js'
import type { Model } from '../models/model.js'
import { bestRows } from './best-rows.js'
import type { Snapshot } from './snapshot.js'

/** A model asked with a history that fades in a certain way. */
export interface Scorer {
  readonly model: string
  /** Default: the model's own. */
  readonly recency?: Recency
}

/** One scorer's answer to this question. */
export interface Scores {
  /** One per catalogue row; NaN is "cannot tell". */
  readonly values: Float32Array
  /** Over the rows that have a score. */
  readonly moments: Moments
  readonly model: Model
  readonly history: WeightedHistory
}

/** Scores by scorer, each computed at most once a question: sources and rankers see the same numbers, without holes. */
export interface ScoreMemo {
  /** Undefined when the snapshot has no such model. */
  of(scorer: Scorer): Scores | undefined
  /** The rows of a scorer's best admissible items, best first; equals by lower row. Those it knows nothing of are not among them. */
  best(scorer: Scorer, limit: number): Uint32Array
}

/** Arrays are taken from the kernels' arena; whoever opened the question releases them. */
export function createScoreMemo(snapshot: Snapshot, history: History, admissible: Bitmap, kernels: Kernels): ScoreMemo {
  const { arena } = kernels
  const memo = new Map<string, Scores>()
  const asked = new Map<Scorer, Scores>() // whoever asks, asks several times with the same object

  function of(scorer: Scorer): Scores | undefined {
    const known = asked.get(scorer)
    if (known !== undefined) return known
    const scores = found(scorer)
    if (scores !== undefined) asked.set(scorer, scores)
    return scores
  }

  function found(scorer: Scorer): Scores | undefined {
    const model = snapshot.models.get(scorer.model)
    if (model === undefined) return undefined
    const recency = scorer.recency ?? model.recency
    const key = `${scorer.model} ${recency.halfLifePositions} ${recency.halfLifeDays} ${recency.maxEntries}`
    const known = memo.get(key)
    if (known !== undefined) return known

    const room = { items: arena.u32(history.items.length), weights: arena.f32(history.items.length) }
    const weighted = weighHistory(history, recency, room)
    const values = arena.unclearedF32(snapshot.catalogue.count)
    model.score(weighted, values)
    const scores = { values, moments: kernels.moments(values), model, history: weighted }
    memo.set(key, scores)
    return scores
  }

  function best(scorer: Scorer, limit: number): Uint32Array {
    const scores = of(scorer)
    if (scores === undefined) return new Uint32Array(0)
    return bestRows(scores.values, admissible, limit, kernels)
  }

  return { of, best }
}
