import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { jobLines } from '../../src/jobs/kinds/index.js'
import type { Store } from '../../src/storage/store.js'
import { lightPlan } from '../light-adapters.js'
import { killed, startSona } from './sona-process.js'

/** A process that trains whoever is due, and that can be killed. */
export interface TrainingProcess {
  /** Whether it has finished a batch. */
  hasTrained(): boolean | Promise<boolean>
  kill(): Promise<void>
}

/** One that does nothing else than call `trainDueAdapters`. */
export function startTrainer(databaseUrl: string, batch: number, leaseMs: number): TrainingProcess {
  const path = fileURLToPath(new URL('./adapter-worker.ts', import.meta.url))
  const args = ['--import', 'tsx', path, databaseUrl, String(batch), String(leaseMs)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let hasTrained = false
  child.stdout.once('data', () => {
    hasTrained = true
  })
  child.stdout.resume()
  return { hasTrained: () => hasTrained, kill: () => killed(child) }
}

/** Real `sona worker`s on one database, which take jobs from the queue and add them where somebody is due. */
export interface QueueWorkers {
  start(): TrainingProcess
  /** Of each kill of a worker that had a job: seconds until the job was another's, or was given up. */
  readonly takenOverAfter: readonly number[]
  /** Waits for the takeovers that are still to come, and removes the files. */
  end(): Promise<void>
}

/** @param silentSeconds how long a worker may say nothing until its jobs are taken over, 5 at least */
export function queueWorkers(databaseUrl: string, store: Store, silentSeconds: number): QueueWorkers {
  const home = mkdtempSync(join(tmpdir(), 'sona-queue-workers-'))
  const nothingByItself = { jobs: Object.fromEntries(jobLines.map(({ kind }) => [kind, null])), trainAfterEvents: null }
  writeFileSync(join(home, 'schedule.json'), JSON.stringify(nothingByItself))
  writeFileSync(join(home, 'plan.json'), JSON.stringify(lightPlan))
  const files = ['--home', home, '--plan', join(home, 'plan.json'), '--schedule', join(home, 'schedule.json')]
  const takenOverAfter: number[] = []
  const watches: Promise<void>[] = []

  /** The job that this process has, as the queue sees it. */
  async function jobOf({ pid }: ChildProcess) {
    const jobs = await store.jobs.list({ kind: 'adapters', state: 'running', limit: 20 })
    return jobs.find(({ worker }) => worker?.includes(`:${pid}:`))
  }

  async function watch(child: ChildProcess): Promise<void> {
    const began = performance.now()
    while ((await jobOf(child)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 100))
    takenOverAfter.push((performance.now() - began) / 1_000)
  }

  return {
    takenOverAfter,
    start() {
      const where = ['--database', databaseUrl, ...files, '--silent-after', String(silentSeconds)]
      const child = startSona(['worker', ...where, '--threads', '1', '--log-level', 'error'])
      child.stdout.resume()
      child.stderr.pipe(process.stderr)
      return {
        hasTrained: async () => /^[1-9]/.test((await jobOf(child))?.stage ?? ''),
        async kill() {
          await killed(child)
          if ((await jobOf(child)) !== undefined) watches.push(watch(child))
        },
      }
    },
    async end() {
      // Nobody is there any more to take over what the last ones had.
      await store.jobs.reap(0)
      await Promise.all(watches)
      rmSync(home, { recursive: true })
    },
  }
}
