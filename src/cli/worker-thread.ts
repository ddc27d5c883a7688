/** The thread in which a server on the embedded database has its jobs done: reading, training and writing stay off the one that answers. */
import { setPriority } from 'node:os'
import type { Schedule } from '../contract/schedule.js'
import { createLog, type LogLevel } from '../observability/log.js'
import type { PlanSpec } from '../pipeline/plan.js'
import type { Door } from '../storage/database.js'
import { openStore } from '../storage/open.js'
import { serveThread } from '../threads/serve.js'
import { openWorker } from './open-worker.js'

export interface WorkerThreadInit {
  readonly door: Door
  readonly schedule: Schedule
  readonly plan?: PlanSpec
  readonly logLevel: LogLevel
  /** Kinds of jobs that are done elsewhere. */
  readonly leaves: readonly string[]
}

/**
 * Of nice values from −20 to 19. A process of its own may have the lowest priority; threads of one process may wait for each other's locks, and
 * in a run with 19 on a busy machine answers stood still for half a second and more.
 */
const NICE = 5

export type WorkerThreadApi = Awaited<ReturnType<typeof workerThreadApi>>

async function workerThreadApi({ door, logLevel, ...options }: WorkerThreadInit) {
  // Of this thread alone, and of those that it starts; elsewhere than on Linux it would be of the whole process.
  if (process.platform === 'linux') setPriority(NICE)
  const store = await openStore({ door })
  const log = createLog({ level: logLevel })
  const worker = await openWorker(store, { ...options, concurrency: 1, threads: 1, isAlone: true, log })
  return {
    /** Puts back what it was doing, and lets go of the database. */
    async stop(): Promise<void> {
      await worker.stop()
      await store.close()
    },
  }
}

serveThread(workerThreadApi)
