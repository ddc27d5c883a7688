import type { Generation } from '../engine/generation.js'
import type { MeasureOptions } from '../evaluation/measure.js'
import type { Fold } from '../evaluation/splits.js'
import type { Dataset } from '../features/dataset.js'
import type { PlanSpec } from '../pipeline/plan.js'

/** What an evaluation thread is told once. Results go to shared arrays, each task to its own place: any number of threads, the same bytes. */
export interface EvaluationInit {
  readonly generation: Generation
  /** Which scratch region of the generation is this thread's. */
  readonly thread: number
  readonly plans: readonly PlanSpec[]
  /**
   * Whether the answers to these questions are what learned rankers learned from: each is then asked of the one that learned from
   * the other half of the users, `<ranker>/<half>`.
   */
  readonly crossed: boolean
  readonly fold: Fold
  /** The full dataset, whose rows are those of the generation's catalogue. */
  readonly dataset: Dataset
  readonly measure: MeasureOptions
  /** Rows that are never ranked, whoever asks. */
  readonly exclude: readonly number[]
  /** Items asked for: the deepest cut-off and a little more, so that a tie across it is seen. */
  readonly count: number
  /** Most entries of a history that ranking looks at, as at serving. */
  readonly historyLimit: number
  readonly results: EvaluationResults
}

export interface EvaluationResults {
  /** plans × tasks × columns. */
  readonly values: Float64Array
  /** plans × tasks × listLength item rows, the best first; NO_ITEM where a list is shorter. */
  readonly lists: Uint32Array
  readonly listLength: number
}

export const NO_ITEM = 0xffff_ffff
