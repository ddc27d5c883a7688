import type { JobInput, JobKindName } from '../../contract/job-inputs.js'
import type { EpochMs } from '../../domain/time.js'
import type { Encoders } from '../../inference/encoder.js'
import type { PlanSpec } from '../../pipeline/plan.js'
import type { JobLine } from '../../storage/job-queue.js'
import type { Store } from '../../storage/store.js'

/** One kind of work that runs by itself: what it is called, how it is queued, and what it does. */
export interface JobKind<K extends JobKindName = JobKindName> {
  readonly name: K
  /** For people, without a full stop. */
  readonly says: string
  readonly line: Omit<JobLine, 'kind'>
  /** `in-turn`: long work, one after another in each worker. `beside`: short work that must not wait behind it. */
  readonly lane: 'in-turn' | 'beside'
  /** What it is told when its time comes by the schedule. Default: nothing. */
  readonly scheduled?: JobInput<K>
  /** Does it, to the end or until the signal; what it resolves with is kept as the job's result. */
  run(input: JobInput<K>, context: JobContext): Promise<object>
}

export interface JobContext {
  readonly store: Store
  /** Aborted when the job is cancelled, its time is up, or its worker stops. Whoever hears it throws. */
  readonly signal: AbortSignal
  /** What an earlier attempt kept. */
  readonly checkpoint: unknown
  /** When it resolves, a later attempt will find this. */
  keep(checkpoint: object): Promise<void>
  /** `done`: 0–1. */
  progress(done: number, stage: string): void
  /** Threads that the work may take. */
  readonly threads: number
  /** What serves: its models are trained. Undefined: the default plan. */
  readonly plan: PlanSpec | undefined
  /** Undefined while there is no encoder. */
  readonly encoders: Encoders | undefined
  now(): EpochMs
}
