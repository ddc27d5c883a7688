import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { killed, serveSona } from '../crash/sona-process.js'
import { freshHome } from '../storage/fresh-home.js'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

interface Job {
  readonly id: string
  readonly state: string
  readonly result?: object
}

describe('the worker of a server on the embedded database', { timeout: 60_000 }, () => {
  it('does jobs of every kind, and stops with the server', async () => {
    const { home, remove } = await freshHome()
    cleanUps.push(remove)
    const { child, address } = await serveSona(['--home', home])
    cleanUps.push(() => killed(child))
    const started: Job[] = []
    for (const kind of ['clean-up', 'graph', 'encode', 'adapters']) {
      const response = await fetch(`${address}/v1/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ kind, input: kind === 'adapters' ? { which: 'all' } : {} }),
      })
      started.push((await response.json()) as Job)
    }
    const ended: Job[] = []
    for (const { id } of started) {
      let job: Job
      do {
        await sleep(100)
        job = (await (await fetch(`${address}/v1/jobs/${id}`)).json()) as Job
      } while (['waiting', 'running'].includes(job.state))
      ended.push(job)
      // An adapters' run stays for a minute, in case somebody becomes due; the others end at once.
      if (ended.length === 3) break
    }
    expect(ended.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
    expect(ended[2].result).toMatchObject({ encoded: 0 }) // there is no encoder
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await exit).toEqual([0, null])
  })
})
