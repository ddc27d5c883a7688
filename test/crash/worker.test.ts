import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobLines } from '../../src/jobs/kinds/index.js'
import { openDatabase, openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { fillStore } from '../jobs/small-audience.js'
import { freshDatabase, serverUrl, whySkipped } from '../storage/fresh-database.js'
import { killed, startSona } from './sona-process.js'

/** Models that take a second or so each, and a ranker to teach: there is time to be killed in. */
const plan = {
  name: 'several',
  sources: [
    { name: 'next', source: 'sequential', model: 'transitions' },
    { name: 'similar', source: 'collaborative', model: 'ease' },
    { name: 'taste', source: 'collaborative', model: 'als' },
    { name: 'recurrence', source: 'sequential', model: 'gated-recurrence' },
    { name: 'popular', source: 'popular', model: 'popularity' },
  ],
  ranker: 'learned',
  weights: { next: 1, similar: 1, taste: 1, recurrence: 1, popular: 0.1 },
  rules: [],
  candidatesPerSource: 50,
}

describe.skipIf(serverUrl === undefined)(`a worker that is killed while it trains${serverUrl ? '' : `: ${whySkipped}`}`, () => {
  let url: string
  let drop: () => Promise<void>
  let store: Store
  const files = mkdtempSync(join(tmpdir(), 'sona-worker-'))
  const workers: ChildProcess[] = []

  beforeAll(async () => {
    ;({ url, drop } = await freshDatabase())
    store = await openStore({ databaseUrl: url })
    await fillStore(store, 4_000)
    await store.jobs.declare(jobLines)
    writeFileSync(join(files, 'plan.json'), JSON.stringify(plan))
    writeFileSync(
      join(files, 'schedule.json'),
      JSON.stringify({
        jobs: Object.fromEntries(jobLines.map(({ kind }) => [kind, null])),
        trainAfterEvents: null,
      }),
    )
  })
  afterAll(async () => {
    for (const each of workers) await killed(each)
    await store?.close()
    await drop?.()
    rmSync(files, { recursive: true })
  })

  function startWorker(): ChildProcess {
    const options = ['--database', url, '--home', files, '--plan', join(files, 'plan.json')]
    const worker = startSona([
      'worker',
      ...options,
      '--schedule',
      join(files, 'schedule.json'),
      '--silent-after',
      '5',
      '--threads',
      '1',
      '--log-level',
      'error',
    ])
    workers.push(worker)
    return worker
  }

  /** What a training has finished, with the transaction that wrote it: written again, it would be another. */
  async function finished(): Promise<ReadonlyMap<string, string>> {
    const database = await openDatabase({ databaseUrl: url, connections: 1 })
    try {
      const rows = await database.query<{ name: string; written: string }>({
        text: 'select name, xmin::text as written from sona.artifacts',
      })
      return new Map(rows.map(({ name, written }) => [name, written]))
    } finally {
      await database.close()
    }
  }

  async function until(isSo: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 1_200; tries++) {
      if (await isSo()) return
      await sleep(50)
    }
    throw new Error('it did not come to that')
  }

  it('is followed by another, which does not do again what was finished; one version is published', async () => {
    const id = (await store.jobs.add('train', {}))!
    const first = startWorker()
    await until(async () => (await finished()).size >= 2)
    const before = await finished()
    await killed(first)
    expect((await store.jobs.get(id)).state).toBe('running')

    const second = startWorker()
    await until(async () => [...(await finished()).keys()].some((name) => !name.startsWith('earlier/')))
    const between = await finished()
    for (const [name, written] of before) expect([name, between.get(name)]).toEqual([name, written])
    await killed(second)

    const [third, fourth] = [startWorker(), startWorker()]
    await until(async () => ['done', 'dead'].includes((await store.jobs.get(id)).state))
    expect(await store.jobs.get(id)).toMatchObject({ state: 'done', attempt: 3, result: { version: 1, state: 'live' } })
    const after = await finished()
    for (const [name, written] of between) {
      if (!name.startsWith('earlier/')) expect([name, after.get(name)]).toEqual([name, written])
    }
    expect([...after.keys()].filter((name) => name.includes('/'))).toEqual([])
    expect(await store.artifacts.versions()).toHaveLength(1)
    const totals = (await store.jobs.totals()).filter(({ kind }) => kind === 'train')
    expect(totals.map(({ outcome, runs }) => [outcome, runs]).sort()).toEqual([
      ['done', 1],
      ['lost', 2],
    ])

    for (const each of [third, fourth]) {
      const exit = once(each, 'exit')
      each.kill('SIGTERM')
      expect(await exit).toEqual([0, null])
    }
  }, 180_000)
})
