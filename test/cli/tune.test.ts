import { once } from 'node:events'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parsePlan } from '../../src/contract/plan.js'
import { killed, runSona, startSona } from '../crash/sona-process.js'
import { smallDataset } from '../small-world.js'

let directory: string
let search: readonly string[]

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sona-tune-cli-'))
  const events = join(directory, 'events.csv')
  const { userCount, start, items, days } = smallDataset()
  const lines = Array.from({ length: userCount }, (_, user) =>
    Array.from(items.subarray(start[user], start[user + 1]), (item, at) => {
      return `user-${user},film-${item},${Math.round(days[start[user]! + at]! * 86_400)}`
    }),
  )
  await writeFile(events, `userId,itemId,timestamp\n${lines.flat().join('\n')}\n`)
  const plan = join(directory, 'start.json')
  const sources = [
    { name: 'next', source: 'sequential', model: 'transitions' },
    { name: 'popular', source: 'popular', model: 'popularity' },
  ]
  const parts = { ranker: 'weighted', weights: {}, rules: [], candidatesPerSource: 50 }
  await writeFile(plan, JSON.stringify({ name: 'start', sources, ...parts }))
  const home = ['--home', join(directory, 'home')]
  search = ['--from', `csv:${events}`, '--protocol', 'leave-last-out', '--plan', plan, '--trials', '3', ...home]
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const trialsIn = async (report: string): Promise<string[]> => {
  const text = await readFile(join(report, 'trials.ndjson'), 'utf8').catch(() => '')
  return text.split('\n').slice(1, -1)
}

describe('sona tune', () => {
  it('goes on after a kill, measures nothing twice, and ends with the bytes of a run that was left alone', async () => {
    const alone = join(directory, 'alone')
    const { code, result } = await runSona(['tune', ...search, '--report', alone])
    expect(code).toBe(0)

    const broken = join(directory, 'broken')
    const child = startSona(['tune', ...search, '--report', broken])
    const ended = once(child, 'exit')
    while ((await trialsIn(broken)).length < 4) await new Promise((resolve) => setTimeout(resolve, 20))
    await killed(child)
    await ended
    const early = await trialsIn(broken)
    expect(early.length).toBeLessThan((await trialsIn(alone)).length)
    await appendFile(join(broken, 'trials.ndjson'), '{"stage":"model tra') // as if the kill had come in the middle of a line

    const resumed = await runSona(['tune', ...search, '--report', broken, '--resume'])
    expect(resumed).toMatchObject({ code: 0, result })
    for (const file of ['tuning.json', 'tuning.html', 'plan.json']) {
      expect(await readFile(join(broken, file), 'utf8')).toBe(await readFile(join(alone, file), 'utf8'))
    }
    const late = await trialsIn(broken)
    expect(late.slice(0, early.length)).toEqual(early)
    expect(late).toHaveLength((await trialsIn(alone)).length)
  }, 180_000)

  it('writes a plan that evaluate and train read', async () => {
    const out = join(directory, 'found.json')
    const report = join(directory, 'report')
    await runSona(['tune', ...search, '--report', report, '--out', out])
    const plan = parsePlan(JSON.parse(await readFile(out, 'utf8')))
    const [, from = ''] = search
    const names = ['evaluate', '--from', from, '--protocol', 'leave-last-out', '--models', 'popularity', '--plan', out]
    const { result } = await runSona([...names, '--report', report])
    expect((result.rows as { name: string }[]).map(({ name }) => name)).toContain(plan.name)
  }, 180_000)

  it('refuses what it cannot do', async () => {
    expect(await runSona(['tune', ...search, '--budget', '0'])).toMatchObject({ code: 2 })
    const nothing = join(directory, 'nothing.csv')
    await writeFile(nothing, 'userId,itemId,timestamp\nann,film-1,1\n')
    const tooFew = await runSona(['tune', ...search, '--from', `csv:${nothing}`])
    expect(tooFew).toMatchObject({ code: 1, result: { error: { code: 'EMPTY_CATALOGUE' } } })
  }, 60_000)
})
