import type { Catalogue } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import type { ItemVectors } from '../features/item-vectors.js'
import type { Artifact } from '../models/artifact.js'

/** What a training thread is told once. */
export interface TrainingInit {
  readonly dataset: Dataset
  readonly catalogue: Catalogue
  /** What the items' texts say; for models that read it. */
  readonly vectors?: ItemVectors
  readonly seed: number
  readonly memoryBudgetBytes: number
  /** Models trained before, by name. */
  readonly previous: ReadonlyMap<string, Artifact>
  /** control[ABORT] ≠ 0: stop. control[PROGRESS + n]: how far model n is, in thousandths; written here, read elsewhere. */
  readonly control: Int32Array
}

export const ABORT = 0
export const PROGRESS = 1

export interface TrainedBytes {
  readonly bytes: Uint8Array
  readonly seconds: number
  /** Whether it began from the model before it. */
  readonly warm: boolean
  /** The dense memory the training took, in MiB, beside the dataset. */
  readonly peakMemoryMb: number
}
