import { type History, type Recency, type WeightedHistory, weighHistory } from '../features/history.js'
import type { Kernels } from '../math/kernels.js'
import { type Moments, moments } from '../math/moments.js'
import type { Model } from '../models/model.js'
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
}

/** Arrays are taken from the kernels' arena; whoever opened the question releases them. */
export function createScoreMemo(snapshot: Snapshot, history: History, kernels: Kernels): ScoreMemo {
  const memo = new Map<string, Scores>()
  return {
    of(scorer) {
      const model = snapshot.models.get(scorer.model)
      if (model === undefined) return undefined
      const recency = scorer.recency ?? model.recency
      const key = `${scorer.model} ${recency.halfLifePositions} ${recency.halfLifeDays} ${recency.maxEntries}`
      const known = memo.get(key)
      if (known !== undefined) return known

      const { arena } = kernels
      const room = { items: arena.u32(history.items.length), weights: arena.f32(history.items.length) }
      const weighted = weighHistory(history, recency, room)
      const values = arena.f32(snapshot.catalogue.count)
      model.score(weighted, values)
      const scores = { values, moments: moments(values), model, history: weighted }
      memo.set(key, scores)
      return scores
    },
  }
}
