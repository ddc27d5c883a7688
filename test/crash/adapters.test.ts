import { describe, expect, it } from 'vitest'
import { freshDatabase, serverUrl, whySkipped } from '../storage/fresh-database.js'
import { drainUnderFire } from './drain-under-fire.js'

/** The long form, with 20,000 users and a kill every ten seconds, is bench/adapter-crash.ts. */
describe.skipIf(serverUrl === undefined)(`kill -9 of trainers${serverUrl === undefined ? `: ${whySkipped}` : ''}`, () => {
  it('leaves every user trained exactly to their last event, each event once, and no version lost or half-written', async () => {
    const { url, drop } = await freshDatabase()
    const report = await drainUnderFire({
      databaseUrl: url,
      users: 400,
      workers: 2,
      killEveryMs: 1_500,
      batch: 8,
      leaseMs: 1_500,
      latecomers: 40,
      longestMs: 150_000,
    })
    expect(report.faults).toEqual([])
    expect(report.kills).toBeGreaterThan(0)
    expect(report.events).toBe(400 * 12 + 40 * 10)
    await drop()
  }, 180_000)
})
