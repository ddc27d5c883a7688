import { setTimeout as sleep } from 'node:timers/promises'
import type { Schedule } from '../contract/schedule.js'
import type { Encoders } from '../inference/encoder.js'
import type { PlanSpec } from '../pipeline/plan.js'
import type { JobSchedule } from '../storage/job-queue.js'
import type { Store } from '../storage/store.js'
import type { AnyJobKind } from './kinds/index.js'
import { type JobReport, runJob } from './run-job.js'
import { addAdapters, addTraining } from './triggers.js'

/** Takes jobs from the queue and does them, as long as it is not stopped. */
export interface Worker {
  readonly name: string
  /** Takes no more jobs, stops what runs, and puts it back for others. Resolves when nothing runs, or after the grace period. */
  stop(): Promise<void>
}

export interface WorkerOptions {
  /** Every kind that there is. */
  readonly kinds: readonly AnyJobKind[]
  /** Those that this worker does. Default: all. */
  readonly does?: readonly AnyJobKind[]
  /** Tells this worker from all others, those before it included. */
  readonly name: string
  /** When jobs are added by themselves. Absent: another worker sees to that, and to jobs whose worker died. */
  readonly schedule?: Schedule
  /** What serves: its models are trained. Default: the default plan. */
  readonly plan?: PlanSpec
  /** Long jobs at a time. Default 1. Short ones go beside them. */
  readonly concurrency?: number
  /** Threads that one job may take. Default 2. */
  readonly threads?: number
  /** Nobody else can have the database open: whatever seems to run was cut off. */
  readonly isAlone?: boolean
  /** How often the queue is looked at. Default 1,000. */
  readonly pollMs?: number
  /** How long another worker may be silent until its jobs are taken over. Default 30,000. */
  readonly silentMs?: number
  /** How long `stop` waits. Default 20,000. */
  readonly graceMs?: number
  readonly encoders?: () => Encoders | undefined
  /** Told when a job begins, and how it ended. */
  readonly onJob?: (report: JobReport) => void
  /** Told of what went wrong in the queue itself, and was lived with. */
  readonly onProblem?: (what: string, error: unknown) => void
}

const REAP_EVERY_MS = 5_000
const NEEDS_EVERY_MS = 30_000

/** Makes the queue's lines, and begins to work. */
export async function startWorker(store: Store, options: WorkerOptions): Promise<Worker> {
  const { kinds, does = kinds, name, schedule, concurrency = 1, pollMs = 1_000, silentMs = 30_000, graceMs = 20_000 } = options
  const { onProblem = () => {} } = options
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  const lanes = new Map<AnyJobKind['lane'], number>()
  const room = { 'in-turn': concurrency, beside: 1 } as const
  const every = { reap: createPace(REAP_EVERY_MS), needs: createPace(NEEDS_EVERY_MS) }

  await store.jobs.declare(kinds.map(({ name: kind, line }) => ({ kind, ...line })))
  if (options.isAlone === true) await store.jobs.reap(0)
  const supervisor =
    schedule &&
    (await store.jobs.supervise(schedulesOf(schedule, kinds), (error) =>
      onProblem('The queue’s clock failed; it goes on.', error),
    ))

  /** One more job, if there is one and room for it. */
  async function takeOne(): Promise<boolean> {
    const free = does.filter(({ lane }) => (lanes.get(lane) ?? 0) < room[lane])
    const job =
      free.length === 0
        ? undefined
        : await store.jobs.take(
            free.map((kind) => kind.name),
            name,
          )
    const kind = does.find((each) => each.name === job?.kind)
    if (job === undefined || kind === undefined) return false
    lanes.set(kind.lane, (lanes.get(kind.lane) ?? 0) + 1)
    const work: Promise<void> = runJob(job, kind, { ...options, store, stopping: stopping.signal }).finally(() => {
      running.delete(work)
      lanes.set(kind.lane, (lanes.get(kind.lane) ?? 1) - 1)
    })
    running.add(work)
    return true
  }

  /** What is to be done by itself. */
  async function addDue(now: Schedule): Promise<void> {
    if (every.reap.isDue() && options.isAlone !== true) await store.jobs.reap(silentMs)
    if (every.needs.isDue()) await addTraining(store, now, Date.now())
    if ((lanes.get('beside') ?? 0) === 0) await addAdapters(store)
  }

  async function turn(): Promise<void> {
    if (schedule !== undefined) await addDue(schedule)
    while (!stopping.signal.aborted && (await takeOne())) {}
  }

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      await turn().catch((error: unknown) => onProblem('The queue cannot be read; it is tried again.', error))
      await sleep(pollMs, undefined, { signal: stopping.signal }).catch(() => {}) // woken to stop
    }
  }
  const working = work()

  return {
    name,
    async stop() {
      stopping.abort()
      await working
      await Promise.race([Promise.all(running), sleep(graceMs, undefined, { ref: false })])
      await supervisor?.stop()
    },
  }
}

function schedulesOf({ timeZone, jobs }: Schedule, kinds: readonly AnyJobKind[]): readonly JobSchedule[] {
  return kinds.flatMap(({ name: kind, scheduled: input = {} }) =>
    jobs[kind] === undefined ? [] : [{ kind, cron: jobs[kind], timeZone, input }],
  )
}

/** True the first time, and then once in so many milliseconds. */
function createPace(everyMs: number): { isDue(): boolean } {
  let next = 0
  return {
    isDue() {
      const now = performance.now()
      if (now < next) return false
      next = now + everyMs
      return true
    },
  }
}
