import type { Schedule } from '../contract/schedule.js'
import { assert } from '../domain/errors.js'
import type { EncodersInUse } from '../inference/encoders-in-use.js'
import { encode } from '../jobs/kinds/encode.js'
import type { Log, LogLevel } from '../observability/log.js'
import type { PlanSpec } from '../pipeline/plan.js'
import type { Store } from '../storage/store.js'
import { startThread, type Thread } from '../threads/start.js'
import { openWorker } from './open-worker.js'
import type { WorkerThreadApi, WorkerThreadInit } from './worker-thread.js'

export interface InThreadOptions {
  readonly schedule: Schedule
  readonly plan?: PlanSpec
  readonly encoders: EncodersInUse
  readonly log: Log
  readonly logLevel: LogLevel
}

const PAUSE_MS = 5_000

/**
 * A worker in a thread of its own, on the embedded database that this thread has open; started again when it dies. Encoding alone is
 * done from here: the encoder is open here, and its sums are in its own thread.
 */
export async function startWorkerInThread(store: Store, options: InThreadOptions): Promise<{ stop(): Promise<void> }> {
  const { schedule, plan, encoders, log, logLevel } = options
  const leaves = [encode.name]
  let thread: Thread<WorkerThreadApi> | undefined
  let timer: NodeJS.Timeout | undefined
  let isStopping = false

  async function start(): Promise<void> {
    assert(store.openDoor !== undefined, 'the embedded database was opened here')
    const door = await store.openDoor()
    const init: WorkerThreadInit = { door, schedule, ...(plan && { plan }), logLevel, leaves }
    const fresh = startThread<WorkerThreadApi>(new URL('./worker-thread.js', import.meta.url), init, { transfer: [door.port] })
    thread = fresh
    void fresh.ended.then((error) => {
      if (isStopping) return
      log.error({ err: error }, 'The worker died; it is started again.')
      timer = setTimeout(() => void start().catch(() => {}), PAUSE_MS)
    })
    await fresh.started
  }

  await start()
  const encoding = await openWorker(store, { takes: leaves, concurrency: 1, threads: 1, isAlone: false, encoders, log })
  return {
    async stop() {
      isStopping = true
      clearTimeout(timer)
      await encoding.stop()
      await thread?.api.stop().catch(() => {}) // one that dies now has nothing left to put back
      await thread?.terminate()
    },
  }
}
