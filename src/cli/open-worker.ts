import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Schedule } from '../contract/schedule.js'
import type { EncodersInUse } from '../inference/encoders-in-use.js'
import { jobKinds } from '../jobs/kinds/index.js'
import type { JobReport } from '../jobs/run-job.js'
import { startWorker, type Worker } from '../jobs/worker.js'
import type { Log } from '../observability/log.js'
import type { PlanSpec } from '../pipeline/plan.js'
import type { Store } from '../storage/store.js'

export interface OpenWorkerOptions {
  /** Absent: another worker of this process keeps the clock. */
  readonly schedule?: Schedule
  /** Kinds that it does, of all; or those that it leaves to others. Default: it does all. */
  readonly takes?: readonly string[]
  readonly leaves?: readonly string[]
  readonly plan?: PlanSpec
  readonly concurrency: number
  readonly threads: number
  readonly silentMs?: number
  /** The embedded database: this process is the only one. */
  readonly isAlone: boolean
  readonly encoders?: EncodersInUse
  readonly log: Log
}

/** A worker that writes into the log what it does. */
export function openWorker(store: Store, { encoders, log, takes, leaves = [], ...options }: OpenWorkerOptions): Promise<Worker> {
  return startWorker(store, {
    ...options,
    kinds: jobKinds,
    does: jobKinds.filter(({ name }) => (takes === undefined || takes.includes(name)) && !leaves.includes(name)),
    name: `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`,
    encoders: () => encoders?.current,
    onJob: (report) => tell(log, report),
    onProblem: (what, error) => log.error({ err: error }, what),
  })
}

function tell(log: Log, { event, seconds, ...rest }: JobReport): void {
  const fields = { ...rest, ...(event !== 'begun' && { seconds: Math.round(seconds * 10) / 10 }) }
  if (event === 'failed') log.error(fields, 'A job failed.')
  else log.info(fields, `A job is ${event}.`)
}
