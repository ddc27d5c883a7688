import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobKinds } from '../../src/jobs/kinds/index.js'
import { trainAndPublish } from '../../src/jobs/train.js'
import { startWorker, type Worker } from '../../src/jobs/worker.js'
import { createSona, type Sona } from '../../src/sona.js'
import { databases, type Opened } from '../jobs/each-store.js'
import { fillStore, orderPlan } from '../jobs/small-audience.js'
import { errorOf, type Served, served } from './served.js'

interface JobAnswer {
  readonly id: string
  readonly state: string
  readonly result?: object
}

describe('jobs and models over HTTP', () => {
  let opened: Opened
  let sona: Sona
  let api: Served
  let worker: Worker | undefined

  beforeAll(async () => {
    opened = await databases[0]!.open()
    await fillStore(opened.store, 300)
    sona = await createSona({ store: opened.store, plan: orderPlan, warmUpQuestions: 2 })
    api = await served(sona)
  })
  afterAll(async () => {
    await worker?.stop()
    await api?.server.close()
    await sona?.close()
    await opened?.close()
  })

  it('takes a job, says that one waits already, cancels it and tries it again', async () => {
    const { body } = await api.send('POST', '/v1/jobs', { kind: 'graph' })
    expect(body).toMatchObject({ kind: 'graph', added: true })
    const { id } = body as JobAnswer
    expect((await api.send('POST', '/v1/jobs', { kind: 'graph', input: {} })).body).toEqual({ kind: 'graph', added: false })
    expect((await api.send('GET', `/v1/jobs/${id}`)).body).toMatchObject({ id, kind: 'graph', state: 'waiting', attempt: 0 })
    expect(errorOf(await api.send('POST', `/v1/jobs/${id}/retry`)).code).toBe('JOB_STATE')
    expect((await api.send('POST', `/v1/jobs/${id}/cancel`)).body).toMatchObject({ id, state: 'cancelled' })
    expect(errorOf(await api.send('POST', `/v1/jobs/${id}/cancel`)).code).toBe('JOB_STATE')
    expect((await api.send('POST', `/v1/jobs/${id}/retry`)).body).toMatchObject({ id, state: 'waiting' })

    worker = await startWorker(opened.store, {
      kinds: jobKinds,
      name: 'w',
      schedule: { timeZone: 'UTC', jobs: {}, trainAtMostEveryMinutes: 60 },
      pollMs: 50,
      isAlone: true,
    })
    await expect
      .poll(async () => ((await api.send('GET', `/v1/jobs/${id}`)).body as JobAnswer).state, { timeout: 30_000 })
      .toBe('done')
    expect((await api.send('GET', `/v1/jobs/${id}`)).body).toMatchObject({ progress: 1, result: { items: 60, events: 300 } })
    const { jobs } = (await api.send('GET', '/v1/jobs?kind=graph&state=done&limit=5')).body as { jobs: JobAnswer[] }
    expect(jobs.map((job) => job.id)).toEqual([id])
  })

  it('refuses kinds and inputs that there are none of, and jobs that nobody added', async () => {
    expect(errorOf(await api.send('POST', '/v1/jobs', { kind: 'magic' })).code).toBe('INVALID_REQUEST')
    expect(errorOf(await api.send('POST', '/v1/jobs', { kind: 'train', input: { tolerance: 2 } })).code).toBe('INVALID_REQUEST')
    expect(errorOf(await api.send('GET', '/v1/jobs/nothing')).code).toBe('JOB_NOT_FOUND')
    expect(errorOf(await api.send('GET', '/v1/jobs?state=asleep')).code).toBe('INVALID_REQUEST')
  })

  it('counts jobs among its figures', async () => {
    const { body } = await api.send('GET', '/metrics')
    expect(body).toMatch(/^sona_jobs\{kind="graph",state="done"\} 1$/m)
    expect(body).toMatch(/^sona_job_runs_total\{kind="graph",outcome="done"\} 1$/m)
    expect(body).toMatch(/^sona_job_seconds_total\{kind="graph",outcome="done"\} \d/m)
  })

  it('lists versions of the models, puts one live and rolls back, and answers from it at once', async () => {
    expect(errorOf(await api.send('POST', '/v1/models/rollback')).code).toBe('MODELS_NOT_FOUND')
    expect(errorOf(await api.send('POST', '/v1/models/99/publish')).code).toBe('MODELS_NOT_FOUND')
    const versions: number[] = []
    for (let n = 0; n < 2; n++) versions.push((await trainAndPublish(opened.store, { plan: orderPlan, threads: 1 })).version)
    const [first, second] = versions as [number, number]
    const { body } = await api.send('GET', '/v1/models')
    const listed = (body as { versions: { version: number; state: string }[] }).versions
    expect(listed.map(({ version, state }) => [version, state])).toEqual([
      [second, 'live'],
      [first, 'former'],
    ])
    expect((await api.send('POST', '/v1/models/rollback')).body).toEqual({ live: first, before: second })
    expect(sona.health().modelVersion).toBe(String(first))
    expect((await api.send('POST', `/v1/models/${second}/publish`)).body).toEqual({ live: second, before: first })
    expect(sona.health().modelVersion).toBe(String(second))
    expect(errorOf(await api.send('POST', '/v1/models/latest/publish')).code).toBe('INVALID_REQUEST')
  })
})
