import type { Random } from '../domain/random.js'
import type { Tunable } from '../domain/tunable.js'
import type { Catalogue } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import type { Recency, WeightedHistory } from '../features/history.js'
import type { ItemVectors } from '../features/item-vectors.js'
import type { HistoryPath } from '../graph/paths.js'
import type { Kernels } from '../math/kernels.js'
import type { Artifact } from './artifact.js'

/** Something that learned. Never changes; holds no user, or nameless rows of them where its card says so (docs/adr/0009). */
export interface Model {
  readonly algorithm: string
  /** Its rows: scores are written for items 0 … itemCount − 1. */
  readonly itemCount: number
  /** How the history should fade for this model, unless a plan says otherwise. */
  readonly recency: Recency
  /**
   * Writes a score for every item into `out` (length itemCount). Higher is better; NaN is "cannot tell".
   * Arrays must live in the kernels' memory. An empty history is a valid question: a personal model answers NaN.
   */
  score(history: WeightedHistory, out: Float32Array): void
  /** The same numbers as `score`, for the named items only. out[k] belongs to items[k]. */
  scoreSome(history: WeightedHistory, items: Uint32Array, out: Float32Array): void
  /**
   * What each history entry adds to one item's score: out[k] belongs to history.items[k]. The sum is the score, up to what
   * does not depend on the history. Undefined for models that do not look at the history.
   */
  explain?(history: WeightedHistory, item: number, out: Float32Array): void
  /** How the history leads to an item, in steps. Undefined when it does not, and for models that know no paths. */
  path?(history: WeightedHistory, item: number): HistoryPath | undefined
  save(): Artifact
}

/** What a training run is given from outside. */
export interface TrainingRun {
  readonly kernels: Kernels
  readonly random: Random
  /** What is known of the items. Its rows are its own: a dataset's row r is the item numbered `data.itemNos[r]`, see `rowOf`. */
  readonly catalogue: Catalogue
  /** What the items' texts say, as vectors. Absent where no encoder was run. */
  readonly vectors?: ItemVectors
  /** The model trained before by the same name, algorithm and options, to begin from. Like the seed, it decides the bytes. */
  readonly previous?: Artifact
  /** Says how far it is, 0–1, and throws TRAINING_ABORTED when asked to stop. Call it at least once a second. */
  readonly checkpoint: (done: number) => void
}

export interface Algorithm<Options extends object = object> {
  readonly name: string
  readonly defaults: Options
  /** What `sona tune` tries for its options; those that are left out stay as they are. How a history fades is the plan's, and tuned there. */
  readonly space?: Readonly<Partial<Record<keyof Options & string, Tunable>>>
  /** The option that says how long it trains (sweeps, epochs): a first look at other options is had with a share of it. */
  readonly effort?: keyof Options & string
  /** Whether it has something to say of items without events, and so is given them too. Default: it is not. */
  readonly coversAll?: boolean
  /** Whether it reads `run.vectors`, so that somebody makes them. Default: it does not. */
  readonly readsVectors?: boolean
  /** Whether it can begin from the model before it, and so is given it. Default: it begins anew; a closed form has no use for a start. */
  readonly startsWarm?: boolean
  train(data: Dataset, options: Options, run: TrainingRun): Model
  /** Throws ARTIFACT_CORRUPT when arrays are missing or have the wrong length. */
  restore(artifact: Artifact, kernels: Kernels): Model
}
