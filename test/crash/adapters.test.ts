import { describe, expect, it } from 'vitest'
import { jobLines } from '../../src/jobs/kinds/index.js'
import { openStore } from '../../src/storage/open.js'
import { freshDatabase, serverUrl, whySkipped } from '../storage/fresh-database.js'
import { drainUnderFire } from './drain-under-fire.js'
import { queueWorkers, startTrainer } from './training-processes.js'

const SILENT_SECONDS = 5

/** The long form, with 20,000 users and a kill every ten seconds, is bench/adapter-crash.ts. */
describe.skipIf(serverUrl === undefined)(`kill -9 of trainers${serverUrl === undefined ? `: ${whySkipped}` : ''}`, () => {
  it('leaves every user trained exactly to their last event, each event once, and no version lost or half-written', async () => {
    const { url, drop } = await freshDatabase()
    const report = await drainUnderFire({
      databaseUrl: url,
      users: 400,
      workers: 2,
      killEveryMs: 1_500,
      start: () => startTrainer(url, 8, 1_500),
      latecomers: 40,
      longestMs: 300_000,
    })
    expect(report.faults).toEqual([])
    expect(report.kills).toBeGreaterThan(0)
    expect(report.events).toBe(400 * 12 + 40 * 10)
    await drop()
  }, 330_000)

  it('leaves it so too through the queue, and a dead worker’s job is taken over in time', async () => {
    const { url, drop } = await freshDatabase()
    const store = await openStore({ databaseUrl: url })
    await store.jobs.declare(jobLines)
    const workers = queueWorkers(url, store, SILENT_SECONDS)
    const report = await drainUnderFire({
      databaseUrl: url,
      users: 3_000,
      workers: 2,
      killEveryMs: 2_000,
      start: workers.start,
      latecomers: 300,
      longestMs: 300_000,
    })
    await workers.end()
    expect(report.faults).toEqual([])
    expect(report.kills).toBeGreaterThan(0)
    expect(report.events).toBe(3_000 * 12 + 300 * 10)
    await store.close()
    await drop()
  }, 330_000)
})
