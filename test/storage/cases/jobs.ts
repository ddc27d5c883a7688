import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { JobLine, JobQueue, TakenJob } from '../../../src/storage/job-queue.js'
import type { StoreCase } from '../bench.js'

/** A line of its own for a case. */
async function lineOf(jobs: JobQueue, kind: string, changes: Partial<JobLine> = {}): Promise<string> {
  const plain = kind.replaceAll(/[^\w-]/g, '-')
  await jobs.declare([{ kind: plain, atOnce: 'one', retries: 1, retryDelaySeconds: 1, longestSeconds: 3_600, ...changes }])
  return plain
}

/** Takes the next job within some seconds: a retry waits for its pause. */
async function taken(jobs: JobQueue, kind: string, worker: string): Promise<TakenJob> {
  for (let tries = 0; tries < 100; tries++) {
    const job = await jobs.take([kind], worker)
    if (job !== undefined) return job
    await sleep(100)
  }
  throw new Error(`no job of ${kind} came`)
}

export const jobCases: readonly StoreCase[] = [
  {
    name: 'gives a job to one worker, and tells how far it is until it is done',
    async check({ store: { jobs }, name }) {
      const kind = await lineOf(jobs, name('line'))
      const id = await jobs.add(kind, { a: 1 })
      expect(await jobs.get(id!)).toMatchObject({ state: 'waiting', input: { a: 1 }, attempt: 0, attempts: 2, progress: 0 })
      const [one, other] = await Promise.all([jobs.take([kind], 'w1'), jobs.take([kind], 'w2')])
      expect([one, other].filter((job) => job !== undefined)).toHaveLength(1)
      const job = (one ?? other)!
      expect(job).toMatchObject({ id, kind, input: { a: 1 }, attempt: 1, checkpoint: undefined })
      expect(await jobs.beat(job, { progress: 0.5, stage: 'half' })).toBe(true)
      expect(await jobs.get(job.id)).toMatchObject({ state: 'running', progress: 0.5, stage: 'half', worker: job.run })
      expect(await jobs.done(job, { made: 2 })).toBe(true)
      expect(await jobs.get(job.id)).toMatchObject({ state: 'done', progress: 1, result: { made: 2 } })
      expect(await jobs.done(job, { made: 3 })).toBe(false)
      expect((await jobs.totals()).find((total) => total.kind === kind)).toMatchObject({ outcome: 'done', runs: 1 })
    },
  },
  {
    name: 'runs one job of a kind at a time, and lets one more wait',
    async check({ store: { jobs }, name }) {
      const kind = await lineOf(jobs, name('single'))
      await jobs.add(kind, {})
      expect(await jobs.add(kind, {})).toBeUndefined()
      const first = await taken(jobs, kind, 'w1')
      const second = await jobs.add(kind, {})
      expect(second).toBeDefined()
      expect(await jobs.take([kind], 'w2')).toBeUndefined()
      await jobs.done(first, {})
      expect((await taken(jobs, kind, 'w2')).id).toBe(second)
    },
  },
  {
    name: 'lets several workers at a kind that allows it',
    async check({ store: { jobs }, name }) {
      const kind = await lineOf(jobs, name('many'), { atOnce: 'many' })
      await jobs.add(kind, {})
      await taken(jobs, kind, 'w1')
      await jobs.add(kind, {})
      await taken(jobs, kind, 'w2')
      expect(await jobs.counts()).toContainEqual({ kind, state: 'running', jobs: 2 })
    },
  },
  {
    name: 'tries a failed job again after a pause, until it is dead and says why',
    async check({ store: { jobs }, name }) {
      const kind = await lineOf(jobs, name('fails'))
      const id = (await jobs.add(kind, {}))!
      await jobs.failed(await taken(jobs, kind, 'w1'), 'the first reason')
      const between = await jobs.get(id)
      expect(between).toMatchObject({ state: 'waiting', attempt: 1, reason: 'the first reason' })
      expect(between.startAfter).toBeGreaterThan(between.startedAt! + 500)
      const second = await taken(jobs, kind, 'w1')
      expect(second).toMatchObject({ id, attempt: 2 })
      await jobs.failed(second, 'the second reason')
      expect(await jobs.get(id)).toMatchObject({ state: 'dead', reason: 'the second reason', attempt: 2 })
      expect(await jobs.counts()).toContainEqual({ kind, state: 'dead', jobs: 1 })
      await jobs.retry(id)
      const third = await taken(jobs, kind, 'w1')
      expect(third.id).toBe(id)
      await jobs.done(third, {})
      await expect(jobs.retry(id)).rejects.toMatchObject({ code: 'JOB_STATE' })
    },
  },
  {
    name: 'cancels what waits, and tells whoever runs it',
    async check({ store: { jobs }, name }) {
      const kind = await lineOf(jobs, name('cancel'))
      const waiting = (await jobs.add(kind, {}))!
      await jobs.cancel(waiting)
      expect(await jobs.get(waiting)).toMatchObject({ state: 'cancelled' })
      expect(await jobs.take([kind], 'w1')).toBeUndefined()
      const running = (await jobs.add(kind, {}))!
      const job = await taken(jobs, kind, 'w1')
      await jobs.cancel(running)
      expect(await jobs.beat(job, { progress: 1, stage: '' })).toBe(false)
      expect(await jobs.done(job, {})).toBe(false)
      await jobs.failed(job, 'it was stopped')
      expect(await jobs.get(running)).toMatchObject({ state: 'cancelled' })
      await expect(jobs.cancel(running)).rejects.toMatchObject({ code: 'JOB_STATE' })
      await expect(jobs.cancel('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
      await expect(jobs.get('no uuid')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    },
  },
  {
    name: 'gives the job of a silent worker to another, with what it had kept',
    async check({ store: { jobs }, database, name }) {
      const kind = await lineOf(jobs, name('silent'), { retries: 2 })
      const id = (await jobs.add(kind, {}))!
      const lost = await taken(jobs, kind, 'w1')
      expect(await jobs.keep(lost, { half: 'done' })).toBe(true)
      expect(await jobs.reap(60_000)).toBe(0)
      await database.query({
        text: "update sona.job_runs set heartbeat_at = now() - interval '2 minutes' where job_id = $1::uuid",
        values: [id],
      })
      await database.query({
        text: "update sona_jobs.job set started_on = now() - interval '3 minutes' where id = $1::uuid",
        values: [id],
      })
      expect(await jobs.reap(60_000)).toBe(1)
      expect(await jobs.reap(60_000)).toBe(0)
      const again = await taken(jobs, kind, 'w2')
      expect(again).toMatchObject({ id, attempt: 2, checkpoint: { half: 'done' } })
      expect(await jobs.beat(lost, { progress: 1, stage: '' })).toBe(false)
      expect(await jobs.keep(lost, { half: 'lost' })).toBe(false)
      expect(await jobs.done(lost, { by: 'w1' })).toBe(false)
      expect(await jobs.done(again, { by: 'w2' })).toBe(true)
      expect(await jobs.get(id)).toMatchObject({ state: 'done', result: { by: 'w2' } })
      const totals = (await jobs.totals()).filter((total) => total.kind === kind)
      expect(totals.map(({ outcome, runs }) => [outcome, runs]).sort()).toEqual([
        ['done', 1],
        ['lost', 1],
      ])
    },
  },
  {
    name: 'takes back a job whose worker has to stop, as if it had not begun',
    async check({ store: { jobs }, name }) {
      const kind = await lineOf(jobs, name('release'), { retries: 0 })
      const id = (await jobs.add(kind, {}))!
      for (let stops = 0; stops < 3; stops++) {
        const job = await taken(jobs, kind, 'w1')
        expect(job).toMatchObject({ id, attempt: 1 })
        await jobs.release(job)
      }
      expect(await jobs.get(id)).toMatchObject({ state: 'waiting' })
    },
  },
  {
    name: 'lists jobs by kind and state, the newest first',
    async check({ store: { jobs }, name }) {
      const [a, b] = [await lineOf(jobs, name('list-a')), await lineOf(jobs, name('list-b'))]
      const first = await jobs.add(a, {})
      await jobs.done(await taken(jobs, a, 'w1'), {})
      const second = await jobs.add(a, {})
      await jobs.add(b, {})
      expect((await jobs.list({ kind: a, limit: 10 })).map(({ id }) => id)).toEqual([second, first])
      expect((await jobs.list({ kind: a, state: 'done', limit: 10 })).map(({ id }) => id)).toEqual([first])
      expect(await jobs.list({ kind: a, limit: 1 })).toHaveLength(1)
    },
  },
]
