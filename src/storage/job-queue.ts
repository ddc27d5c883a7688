import type { JobState } from '../domain/job.js'
import type { EpochMs } from '../domain/time.js'

/** How jobs of one kind are queued. */
export interface JobLine {
  readonly kind: string
  /** `one`: one runs at a time, in all processes, and one more may wait. `many`: each worker may run one; one more may wait. */
  readonly atOnce: 'one' | 'many'
  /** Attempts after the first; the pause before each doubles. */
  readonly retries: number
  readonly retryDelaySeconds: number
  /** A job that runs longer is taken to be lost. */
  readonly longestSeconds: number
}

export interface Job {
  readonly id: string
  readonly kind: string
  readonly state: JobState
  readonly input: unknown
  readonly createdAt: EpochMs
  /** When it may start, at the earliest. */
  readonly startAfter: EpochMs
  readonly startedAt?: EpochMs
  readonly endedAt?: EpochMs
  /** From 1; 0 before the first. */
  readonly attempt: number
  readonly attempts: number
  /** 0–1. */
  readonly progress: number
  readonly stage: string
  /** Who has it, or had it last. */
  readonly worker?: string
  /** Of one that is done. */
  readonly result?: unknown
  /** Why its last attempt failed. */
  readonly reason?: string
}

/** A job that a worker has: nobody else does, as long as the worker is heard of. */
export interface TakenJob {
  readonly id: string
  readonly kind: string
  readonly input: unknown
  readonly attempt: number
  /** Names the worker and the attempt; a worker that was given up for dead is recognised by it. */
  readonly run: string
  /** What an earlier attempt kept. */
  readonly checkpoint: unknown
}

/** When to add a job by itself. */
export interface JobSchedule {
  readonly kind: string
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  readonly cron: string
  /** An IANA name. */
  readonly timeZone: string
  readonly input?: object
}

export interface JobCount {
  readonly kind: string
  readonly state: JobState
  readonly jobs: number
}

/** Since the database was made. */
export interface JobTotal {
  readonly kind: string
  readonly outcome: JobOutcome
  readonly runs: number
  readonly seconds: number
}

/** How one attempt ended. `lost`: its worker fell silent. */
export type JobOutcome = 'done' | 'failed' | 'lost' | 'cancelled'

/**
 * The queue of coarse jobs, in the same database as everything else. Like the rest of the Store it may fail with DATABASE_UNAVAILABLE;
 * a job is then as it was.
 */
export interface JobQueue {
  /** Makes the lines that are not there; jobs can be added to them only afterwards. */
  declare(lines: readonly JobLine[]): Promise<void>
  /** The id; undefined when one of this kind waits already and this one would do nothing more. */
  add(kind: string, input: object): Promise<string | undefined>
  /** Throws JOB_NOT_FOUND. */
  get(id: string): Promise<Job>
  /** The newest first. */
  list(options: { readonly kind?: string; readonly state?: JobState; readonly limit: number }): Promise<readonly Job[]>
  /** What waits will not run; what runs is told to stop. Throws JOB_NOT_FOUND, JOB_STATE. */
  cancel(id: string): Promise<void>
  /** Gives a dead or cancelled job its attempts again. Throws JOB_NOT_FOUND, JOB_STATE. */
  retry(id: string): Promise<void>
  counts(): Promise<readonly JobCount[]>
  totals(): Promise<readonly JobTotal[]>

  /** For workers: the next job of these kinds whose time has come, the first kind first. */
  take(kinds: readonly string[], worker: string): Promise<TakenJob | undefined>
  /** Says that the worker lives and how far it is. False: the job was cancelled, or given to another; stop. */
  beat(job: TakenJob, at: { readonly progress: number; readonly stage: string }): Promise<boolean>
  /** Keeps what a later attempt need not do again. False: as above. */
  keep(job: TakenJob, checkpoint: object): Promise<boolean>
  /** False: the job was cancelled, or given to another, and this says nothing. */
  done(job: TakenJob, result: object): Promise<boolean>
  /** It is tried again after a pause, or is dead. */
  failed(job: TakenJob, reason: string): Promise<void>
  /** Counts an attempt that was cancelled while it ran. */
  stopped(job: TakenJob): Promise<void>
  /** Puts a job back that was begun, for another worker, as if it had not been: its worker has to stop. */
  release(job: TakenJob): Promise<void>
  /** Fails jobs whose workers were silent for so long: each is tried again, or is dead. Returns how many. */
  reap(silentMs: number): Promise<number>
  /** Forgets what was kept of jobs that the queue has forgotten. Returns how many. */
  sweep(): Promise<number>
  /** Adds jobs by these schedules, in place of those before, and throws old jobs away, as long as it is not stopped. */
  supervise(schedules: readonly JobSchedule[], onProblem: (error: unknown) => void): Promise<{ stop(): Promise<void> }>
  /** The schedules as the last worker that started told them. */
  schedules(): Promise<readonly JobSchedule[]>
  /** Lets go of the database. */
  close(): Promise<void>
}
