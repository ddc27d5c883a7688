import type { Catalogue } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'

/** What a training thread is told once. */
export interface TrainingInit {
  readonly dataset: Dataset
  readonly catalogue: Catalogue
  readonly seed: number
  readonly memoryBudgetBytes: number
  /** control[ABORT] ≠ 0: stop. control[PROGRESS + n]: how far model n is, in thousandths; written here, read elsewhere. */
  readonly control: Int32Array
}

export const ABORT = 0
export const PROGRESS = 1

export interface TrainedBytes {
  readonly bytes: Uint8Array
  readonly seconds: number
  /** The dense memory the training took, in MiB, beside the dataset. */
  readonly peakMemoryMb: number
}
