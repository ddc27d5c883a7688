import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Schedule } from '../../src/contract/schedule.js'
import { SonaError } from '../../src/domain/errors.js'
import type { JobState } from '../../src/domain/job.js'
import { type AnyJobKind, jobKinds } from '../../src/jobs/kinds/index.js'
import type { JobContext } from '../../src/jobs/kinds/job-kind.js'
import type { JobReport } from '../../src/jobs/run-job.js'
import { startWorker, type WorkerOptions } from '../../src/jobs/worker.js'
import { databases, type Opened } from './each-store.js'
import { fillStore, orderPlan } from './small-audience.js'

const never: Schedule = { timeZone: 'UTC', jobs: {}, trainAtMostEveryMinutes: 60 }

/** A kind of the table with a body that the test watches. */
function graphThat(run: (context: JobContext) => Promise<object>, line: Partial<AnyJobKind['line']> = {}): AnyJobKind {
  const graph = jobKinds.find(({ name }) => name === 'graph')!
  return { ...graph, line: { ...graph.line, retryDelaySeconds: 1, ...line }, run: (_, context) => run(context) }
}

for (const { name, open } of databases) {
  describe(`a worker on ${name}`, () => {
    let opened: Opened
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened?.close())

    let started = 0
    const work = (kinds: readonly AnyJobKind[], options: Partial<WorkerOptions> = {}) =>
      startWorker(opened.store, { kinds, name: `w${++started}`, schedule: never, pollMs: 20, ...options })

    async function until(id: string, state: JobState): Promise<void> {
      for (let tries = 0; tries < 600; tries++) {
        if ((await opened.store.jobs.get(id)).state === state) return
        await sleep(50)
      }
      throw new Error(`the job ${id} did not become ${state}: ${JSON.stringify(await opened.store.jobs.get(id))}`)
    }

    it('does the jobs that are there, and tells of each', async () => {
      const { store } = opened
      await fillStore(store, 300)
      const reports: JobReport[] = []
      const worker = await work(jobKinds, { onJob: (report) => reports.push(report) })
      const ids = [await store.jobs.add('graph', {}), await store.jobs.add('clean-up', {}), await store.jobs.add('encode', {})]
      for (const id of ids) await until(id!, 'done')
      expect((await store.jobs.get(ids[0]!)).result).toMatchObject({ items: 60, events: 300 })
      expect((await store.jobs.get(ids[1]!)).result).toMatchObject({ recommendations: 0 })
      expect((await store.jobs.get(ids[2]!)).result).toMatchObject({ encoded: 0 })
      expect(reports.filter(({ event }) => event === 'done').map(({ kind }) => kind)).toHaveLength(3)
      await worker.stop()
    })

    it('runs a single-flight job once at a time, with two workers', async () => {
      const { store } = opened
      let [running, most, runs] = [0, 0, 0]
      const kind = graphThat(async () => {
        most = Math.max(most, ++running)
        await sleep(150)
        running--
        runs++
        return {}
      })
      const workers = [await work([kind]), await work([kind])]
      const first = await store.jobs.add('graph', {})
      await until(first!, 'running')
      const second = await store.jobs.add('graph', {})
      expect(await store.jobs.add('graph', {})).toBeUndefined()
      await until(second!, 'done')
      expect([runs, most]).toEqual([2, 1])
      for (const worker of workers) await worker.stop()
    })

    it('tries again what failed, goes on from what was kept, and lets it die with its reason', async () => {
      const { store } = opened
      const found: unknown[] = []
      const kind = graphThat(
        async ({ checkpoint, keep }) => {
          found.push(checkpoint)
          await keep({ finished: found.length })
          throw new SonaError('STORAGE_FULL', 'There is no room.')
        },
        { retries: 1 },
      )
      const worker = await work([kind])
      const id = await store.jobs.add('graph', {})
      await until(id!, 'dead')
      expect(await store.jobs.get(id!)).toMatchObject({ reason: 'STORAGE_FULL: There is no room.', attempt: 2 })
      expect(found).toEqual([undefined, { finished: 1 }])
      await store.jobs.retry(id!)
      for (let tries = 0; found.length < 3 && tries < 200; tries++) await sleep(50)
      expect(found[2]).toEqual({ finished: 2 })
      await until(id!, 'dead')
      await worker.stop()
    })

    it('stops what is cancelled while it runs', async () => {
      const { store } = opened
      let wasAborted = false
      const kind = graphThat(async ({ signal }) => {
        await sleep(60_000, undefined, { signal }).catch(() => {
          wasAborted = true
        })
        throw new SonaError('TRAINING_ABORTED', 'Stopped.')
      })
      const worker = await work([kind])
      const id = await store.jobs.add('graph', {})
      await until(id!, 'running')
      await store.jobs.cancel(id!)
      for (let tries = 0; !wasAborted && tries < 200; tries++) await sleep(50)
      expect(wasAborted).toBe(true)
      expect((await store.jobs.get(id!)).state).toBe('cancelled')
      await worker.stop()
    })

    it('ends what takes longer than it may', async () => {
      const { store } = opened
      const kind = graphThat(({ signal }) => sleep(60_000, {}, { signal }), { retries: 0, longestSeconds: 1 })
      const worker = await work([kind])
      const id = await store.jobs.add('graph', {})
      await until(id!, 'dead')
      expect((await store.jobs.get(id!)).reason).toBe('It took longer than the 1 s it may take.')
      await worker.stop()
    })

    it('puts back what it was doing when it is stopped, and another one goes on', async () => {
      const { store } = opened
      const seen: unknown[] = []
      const kind = graphThat(async ({ checkpoint, keep, signal }) => {
        seen.push(checkpoint)
        if (checkpoint !== undefined) return { resumed: true }
        await keep({ half: true })
        return sleep(60_000, {}, { signal })
      })
      const first = await work([kind])
      const id = await store.jobs.add('graph', {})
      for (let tries = 0; seen.length === 0 && tries < 200; tries++) await sleep(50)
      await sleep(100)
      await first.stop()
      expect(await store.jobs.get(id!)).toMatchObject({ state: 'waiting' })
      const second = await work([kind])
      await until(id!, 'done')
      expect(await store.jobs.get(id!)).toMatchObject({ attempt: 1, result: { resumed: true } })
      expect(seen).toEqual([undefined, { half: true }])
      await second.stop()
    })

    it('takes over at once what a process before it left, when nobody else can be there', async () => {
      const { store } = opened
      const kind = graphThat(async () => ({ by: 'the next' }))
      await store.jobs.declare([{ kind: 'graph', ...kind.line }])
      const id = await store.jobs.add('graph', {})
      await store.jobs.take(['graph'], 'somebody who was killed')
      const worker = await work([kind], { isAlone: true })
      await until(id!, 'done')
      expect((await store.jobs.get(id!)).attempt).toBe(2)
      await worker.stop()
    })

    it('refuses a schedule that cannot be read, and keeps the others as they are told', async () => {
      const { jobs } = opened.store
      const kind = graphThat(async () => ({}))
      await expect(work([kind], { schedule: { ...never, jobs: { graph: '61 * * * *' } } })).rejects.toMatchObject({
        code: 'INVALID_SCHEDULE',
      })
      const worker = await work([kind], { schedule: { ...never, timeZone: 'Europe/Berlin', jobs: { graph: '5 3 * * *' } } })
      expect(await jobs.schedules()).toEqual([{ kind: 'graph', cron: '5 3 * * *', timeZone: 'Europe/Berlin', input: {} }])
      await worker.stop()
      await (await work([kind])).stop()
      expect(await jobs.schedules()).toEqual([])
    })
  })
}

describe('training that is called for by what happened', () => {
  it('comes after so many events, and not again at once', async () => {
    const { store, close } = await databases[0]!.open()
    await fillStore(store, 400)
    const done: string[] = []
    const worker = await startWorker(store, {
      kinds: jobKinds,
      name: 'w',
      schedule: { ...never, trainAfterEvents: 300 },
      pollMs: 50,
      threads: 1,
      plan: orderPlan,
      isAlone: true,
      onJob: ({ kind, event }) => event === 'done' && done.push(kind),
    })
    for (let tries = 0; !done.includes('train') && tries < 1_000; tries++) await sleep(100)
    expect(done.filter((kind) => kind === 'train')).toEqual(['train'])
    expect((await store.artifacts.versions())[0]).toMatchObject({ state: 'live', events: 400 })
    await worker.stop()
    await close()
  })
})
