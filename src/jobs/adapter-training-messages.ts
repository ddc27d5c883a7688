import type { AdapterFormat } from '../adapters/codec.js'
import type { SharedTier } from '../adapters/tier.js'
import type { TrainingReport } from '../adapters/train.js'
import type { Traits } from '../domain/user.js'
import type { Generation } from '../engine/generation.js'
import type { PlanSpec } from '../pipeline/plan.js'
import type { NewAdapter } from '../storage/adapter-store.js'
import type { UserPasts } from '../storage/store.js'

/** What the thread that trains adapters is told once. */
export interface AdapterTrainingInit {
  readonly generation: Generation
  readonly thread: number
  readonly plan: PlanSpec
  /** In place of the generation's own. */
  readonly tier?: SharedTier
  readonly format: AdapterFormat
  /** Most entries of a history that ranking looks at, as at serving. */
  readonly historyLimit: number
  /** Older visits that the forgetting guard asks about. */
  readonly heldOut: number
  /** The models learned from what happened before this: they know those events' answers, which would teach an adapter to trust them too much. */
  readonly unseenFrom: number
}

/** The users of one claim. */
export interface AdapterBatch {
  readonly users: readonly UserToTrain[]
  readonly pasts: UserPasts
}

export interface UserToTrain {
  readonly traits: Traits
  /** Events up to this sequence have been used. */
  readonly learnedTo: number
  /** False: their events only count as used. */
  readonly mayLearn: boolean
  /** The newest adapter, of whatever space. */
  readonly adapter?: Uint8Array
}

export interface TrainedUser {
  /** New events that teach, of which all are used now. */
  readonly taught: number
  readonly learnedTo: number
  /** Absent where nothing was learned. */
  readonly adapter?: NewAdapter
  /** Absent where there was no lesson. */
  readonly report?: TrainingReport
  /** New visits without a lesson: known to the models, or not among the candidates. */
  readonly passedOver: number
  /** Why the adapter before could not be read, or a lesson not be made. */
  readonly problem?: string
}

export interface TrainedBatch {
  readonly users: readonly TrainedUser[]
  /** Making lessons, with reading adapters; learning from them, with writing adapters. */
  readonly lessonMs: number
  readonly learnMs: number
}
