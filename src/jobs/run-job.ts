import { setTimeout as sleep } from 'node:timers/promises'
import type { TakenJob } from '../storage/job-queue.js'
import type { Store } from '../storage/store.js'
import type { AnyJobKind } from './kinds/index.js'
import type { WorkerOptions } from './worker.js'

/** What became of a job, for the log. */
export interface JobReport {
  readonly kind: string
  readonly id: string
  readonly attempt: number
  /** `put-back`: its worker stops. `given-up`: it was cancelled, or another worker has it. */
  readonly event: 'begun' | 'done' | 'failed' | 'put-back' | 'given-up'
  readonly seconds: number
  readonly reason?: string
}

type RunOptions = Pick<WorkerOptions, 'plan' | 'threads' | 'encoders' | 'onJob' | 'onProblem'> & {
  readonly store: Store
  /** Aborted when the worker has to stop. */
  readonly stopping: AbortSignal
}

/** A worker says that it lives this often; another one waits for many times as long. */
const BEAT_EVERY_MS = 2_000

type End = 'lost' | 'too-long' | 'stopping'

/** Does one job and tells the queue how it ended. Never rejects: what the queue cannot be told, it finds out by silence. */
export async function runJob(job: TakenJob, kind: AnyJobKind, options: RunOptions): Promise<void> {
  const { store, stopping, onJob = () => {}, onProblem = () => {} } = options
  const started = performance.now()
  const tell = (event: JobReport['event'], reason?: string): void =>
    onJob({
      kind: job.kind,
      id: job.id,
      attempt: job.attempt,
      event,
      seconds: (performance.now() - started) / 1_000,
      ...(reason !== undefined && { reason }),
    })

  const ending = new AbortController()
  let end: End | undefined
  const endAs = (why: End): void => {
    end ??= why
    ending.abort()
  }
  const stop = (): void => endAs('stopping')
  stopping.addEventListener('abort', stop)
  const budget = setTimeout(() => endAs('too-long'), kind.line.longestSeconds * 1_000)
  const at = { progress: 0, stage: '' }
  const beating = beat(store, job, at, ending.signal, () => endAs('lost'))

  tell('begun')
  try {
    const result = await kind.run(job.input, {
      store,
      signal: ending.signal,
      checkpoint: job.checkpoint,
      async keep(checkpoint) {
        if (!(await store.jobs.keep(job, checkpoint))) endAs('lost')
      },
      progress(done, stage) {
        at.progress = Math.min(1, Math.max(0, done))
        at.stage = stage
      },
      threads: options.threads ?? 2,
      plan: options.plan,
      encoders: options.encoders?.(),
      now: () => Date.now(),
    })
    const isDone = await store.jobs.done(job, result)
    if (!isDone) await store.jobs.stopped(job)
    tell(isDone ? 'done' : 'given-up')
  } catch (error) {
    await tellEnd(error).catch((problem: unknown) => onProblem('The queue could not be told how a job ended.', problem))
  } finally {
    clearTimeout(budget)
    stopping.removeEventListener('abort', stop)
    ending.abort()
    await beating
  }

  async function tellEnd(error: unknown): Promise<void> {
    if (end === 'stopping') {
      await store.jobs.release(job)
      return tell('put-back')
    }
    if (end === 'lost') {
      await store.jobs.stopped(job)
      return tell('given-up')
    }
    const reason = end === 'too-long' ? `It took longer than the ${kind.line.longestSeconds} s it may take.` : reasonOf(error)
    await store.jobs.failed(job, reason)
    tell('failed', reason)
  }
}

/** Says every few seconds that the worker lives, until the signal; and tells when the job is not its own any more. */
async function beat(
  store: Store,
  job: TakenJob,
  at: { readonly progress: number; readonly stage: string },
  signal: AbortSignal,
  onLost: () => void,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(BEAT_EVERY_MS, undefined, { signal }).catch(() => {}) // woken at the end
    if (signal.aborted) return
    // A beat that does not arrive is missed by others first: the next one tells.
    const isMine = await store.jobs.beat(job, at).catch(() => true)
    if (!isMine) return onLost()
  }
}

/** What an operator reads. Faults of ours come with the place. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' ? `${code}: ${error.message}` : (error.stack ?? error.message)
}
