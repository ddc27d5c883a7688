import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killed, runSona, serveSona } from '../crash/sona-process.js'

let directory: string
let home: readonly string[]

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sona-cli-'))
  home = ['--home', join(directory, 'home')]
})
afterAll(() => rm(directory, { recursive: true, force: true }))

describe('sona', () => {
  it('simulates, imports, trains, recommends, evaluates and exports, each with one JSON document', async () => {
    const files = join(directory, 'made-up')
    expect((await runSona(['simulate', '--users', '60', '--mean-events', '20', '--out', files])).result).toMatchObject({
      users: 60,
      items: 3_200,
    })
    for (const kind of ['items', 'users', 'events']) {
      expect((await runSona(['import', kind, join(files, `${kind}.ndjson`), ...home])).result).toMatchObject({ rejected: 0 })
    }
    const trained = await runSona(['train', '--only', 'popularity', ...home])
    expect(trained).toMatchObject({ code: 0, result: { version: 1, users: 60, models: [{ model: 'popularity' }] } })
    const answer = await runSona(['recommend', 'sim-user-000001', '--count', '5', ...home])
    expect(answer.result).toMatchObject({
      modelVersion: '1',
      degraded: expect.arrayContaining([expect.stringMatching('no-model')]),
    })
    expect(answer.result.items).toHaveLength(5)
    const plan = join(directory, 'my-plan.json')
    const near = { algorithm: 'transitions', name: 'near', options: { window: 3 } }
    const source = { name: 'near', source: 'sequential', model: 'near' }
    const { result: byDefault } = await runSona(['plan'])
    await writeFile(plan, JSON.stringify({ ...byDefault, name: 'mine', sources: [source], weights: {}, models: [near] }))
    expect((await runSona(['plan', plan])).result).toMatchObject({
      models: [{ name: 'near', options: { window: 3, shrinkage: 20 } }],
    })
    const trainedAgain = await runSona(['train', '--plan', plan, ...home])
    expect(trainedAgain).toMatchObject({ code: 0, result: { version: 2, models: [{ model: 'near' }] } })
    const planned = await runSona(['recommend', 'sim-user-000001', '--count', '5', '--plan', plan, ...home])
    expect(planned.result).toMatchObject({ plan: 'mine', modelVersion: '2', sources: ['near'], degraded: [] })
    const evaluated = await runSona([
      'evaluate',
      '--protocol',
      'leave-last-out',
      '--models',
      'popularity',
      '--report',
      join(directory, 'report'),
      ...home,
    ])
    expect(evaluated.result).toMatchObject({ data: 'store', protocol: 'leave-last-out', users: 60 })
    const exported = await runSona(['export', 'users', '--out', join(directory, 'users.ndjson'), ...home])
    expect(exported.result).toMatchObject({ rows: 60 })
    expect((await runSona(['doctor', ...home])).result).toMatchObject({ database: 'embedded', problems: [] })
  }, 240_000)

  it('ends with 2 when it is called wrongly, and says what is right', async () => {
    for (const args of [['evaluate', '--protocol', 'tarot'], ['recommend'], ['recommend', 'u', '--count', '0'], ['dance']]) {
      const { code, stderr } = await runSona(args)
      expect(code).toBe(2)
      expect(stderr).toContain('--help')
    }
  })

  it('ends with 1 and a code when the world is at fault', async () => {
    const missing = await runSona(['import', 'movielens', join(directory, 'nowhere'), ...home])
    expect(missing).toMatchObject({ code: 1, result: { error: { code: 'FILE_NOT_FOUND' } } })
    const plan = join(directory, 'plan.json')
    await writeFile(plan, '{"name":')
    expect(await runSona(['evaluate', '--plan', plan, ...home])).toMatchObject({
      code: 1,
      result: { error: { code: 'INVALID_PLAN' } },
    })
    expect(await runSona(['train', '--plan', join(directory, 'nowhere.json'), ...home])).toMatchObject({
      code: 1,
      result: { error: { code: 'FILE_NOT_FOUND' } },
    })
    expect(await runSona(['train', '--only', 'magic', ...home])).toMatchObject({
      code: 1,
      result: { error: { code: 'UNKNOWN_MODEL' } },
    })
    const unreachable = ['--database', 'postgres://nobody@127.0.0.1:1/none']
    expect(await runSona(['doctor', ...unreachable])).toMatchObject({
      code: 1,
      result: { error: { code: 'DATABASE_UNAVAILABLE' } },
    })
  })

  it('says who has the embedded database when another process holds it', async () => {
    const { child } = await serveSona(home)
    try {
      const { code, result } = await runSona(['doctor', ...home])
      expect(code).toBe(1)
      expect(result).toMatchObject({ error: { code: 'HOME_IN_USE' } })
      expect(JSON.stringify(result)).toContain(String(child.pid))
    } finally {
      await killed(child)
    }
  })
})
