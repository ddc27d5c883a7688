import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeTinyBert } from '../inference/tiny-bert.js'
import { killed, runSona, serveSona, startSona } from './sona-process.js'

const ITEMS = 1_500
const BATCH = 128 // of `sona encoders run`

let scratch: string
let home: readonly string[]
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'sona-crash-encoders-'))
  home = ['--home', join(scratch, 'home')]
  const items = join(scratch, 'items.csv')
  const rows = Array.from({ length: ITEMS }, (_, n) => `item-${n},The film about a dog ${n}`)
  await writeFile(items, `itemId,title\n${rows.join('\n')}\n`)
  const { directory } = await writeTinyBert(join(scratch, 'tiny'))
  expect((await runSona(['import', 'items', items, ...home])).code).toBe(0)
  expect((await runSona(['encoders', 'add', directory, ...home])).code).toBe(0)
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

describe('vectors in the making, on the embedded database', { timeout: 200_000 }, () => {
  it('are taken up again after a kill -9 where they were, but for two batches at most', async () => {
    const child = startSona(['encoders', 'run', '--json', ...home])
    let done = 0
    for await (const line of createInterface({ input: child.stderr })) {
      done = Number(/(\d+) encoded/.exec(line)?.[1] ?? done)
      if (done > BATCH) break
    }
    await killed(child)
    const { code, result } = await runSona(['encoders', 'run', ...home])
    expect(code).toBe(0)
    const { items, encoded, unchanged } = result as Record<string, number>
    expect([items, encoded! + unchanged!]).toEqual([ITEMS, ITEMS])
    expect(unchanged).toBeGreaterThanOrEqual(done)
    expect((await runSona(['encoders', 'run', ...home])).result).toMatchObject({ encoded: 0, unchanged: ITEMS })
  })

  it('are made by the server itself when another encoder is chosen, through a kill -9 too', async () => {
    const { directory } = await writeTinyBert(join(scratch, 'other'), { seed: 2 })
    expect((await runSona(['encoders', 'add', directory, '--use', ...home])).code).toBe(0)
    const first = await serveSona(home)
    await sleep(1_000)
    await killed(first.child)
    const { child, address } = await serveSona(home)
    try {
      const degraded = async (): Promise<readonly string[]> => {
        const answer = await fetch(`${address}/v1/search?q=dog`)
        return ((await answer.json()) as { readonly degraded?: readonly string[] }).degraded ?? [`status ${answer.status}`]
      }
      // Reads the catalogue, makes the vectors, and loads them with the next look for what is new.
      for (let tries = 0; (await degraded()).length > 0; tries++) {
        expect(tries).toBeLessThan(600)
        await sleep(200)
      }
    } finally {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    expect((await runSona(['encoders', 'run', ...home])).result).toMatchObject({ encoded: 0, unchanged: ITEMS })
  })
})
