import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { SonaError } from '../../src/domain/errors.js'
import { compiledEntry } from '../../src/threads/entry.js'
import { startThread, type Thread, type ThreadOptions } from '../../src/threads/start.js'

type EchoApi = {
  readonly init: () => unknown
  readonly echo: <T>(value: T) => T
  readonly later: (value: string, ms: number) => Promise<string>
  readonly fail: () => void
  readonly failLater: () => Promise<void>
  readonly failByCode: () => void
  readonly uncloneable: () => unknown
  readonly give: (length: number) => Float64Array
  readonly take: (numbers: Float64Array) => number
  readonly exit: () => void
  readonly crash: () => Promise<void>
}

const running: Thread<EchoApi>[] = []
function start(init: unknown = 'hello', options: ThreadOptions = {}): Thread<EchoApi> {
  const thread = startThread<EchoApi>(new URL('./echo-thread.mjs', import.meta.url), init, options)
  running.push(thread)
  return thread
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((thread) => thread.terminate()))
})

describe('a thread', () => {
  it('answers calls made before it has started', async () => {
    const thread = start({ seed: 4 })
    expect(await Promise.all([thread.api.init(), thread.api.echo(1), thread.api.echo('two')])).toEqual([{ seed: 4 }, 1, 'two'])
    await thread.started
  })

  it('answers each call with its own result, whatever order they finish in', async () => {
    const thread = start()
    const answers = await Promise.all([thread.api.later('slow', 60), thread.api.later('quick', 5), thread.api.echo('now')])
    expect(answers).toEqual(['slow', 'quick', 'now'])
  })

  it('sends errors back with code, details and cause', async () => {
    const error = await start()
      .api.fail()
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(SonaError)
    expect(error).toMatchObject({ code: 'STORAGE_FULL', message: 'The disk is full.', details: { bytes: 3 } })
    expect((error as Error).cause).toMatchObject({ message: 'ENOSPC' })
  })

  it('revives an error that names a row of the table without being a SonaError', async () => {
    await expect(start().api.failByCode()).rejects.toMatchObject({ code: 'MEMORY_BUDGET_EXCEEDED', status: 507 })
  })

  it('sends other errors back under their own name', async () => {
    await expect(start().api.failLater()).rejects.toMatchObject({ name: 'TypeError', message: 'not like this' })
  })

  it('rejects a result that cannot be sent instead of leaving the caller waiting', async () => {
    await expect(start().api.uncloneable()).rejects.toThrow(/could not be cloned/)
  })

  it('rejects arguments that cannot be sent', async () => {
    await expect(start().api.echo(() => 1)).rejects.toThrow(/could not be cloned/)
  })

  it('hands buffers over in both directions', async () => {
    const thread = start()
    const given = await thread.api.give(1000)
    expect(given).toEqual(new Float64Array(1000).fill(7))
    expect(await thread.moving([given.buffer as ArrayBuffer]).take(given)).toBe(1000)
    expect(given.length).toBe(0)
  })

  it('can be awaited itself: its api is no promise', async () => {
    const { api } = start()
    expect(await Promise.resolve(api)).toBe(api)
  })
})

describe('a thread that dies', () => {
  it('fails what was waiting, and every later call, with THREAD_DIED and its name', async () => {
    const thread = start('hello', { name: 'echo' })
    const waiting = thread.api.later('never', 60_000)
    const exit = thread.api.exit()
    await expect(waiting).rejects.toMatchObject({ code: 'THREAD_DIED', message: expect.stringContaining("'echo'") })
    await expect(exit).rejects.toMatchObject({ code: 'THREAD_DIED' })
    await expect(thread.api.echo(1)).rejects.toMatchObject({ code: 'THREAD_DIED' })
    expect(await thread.ended).toMatchObject({ message: expect.stringContaining('exit code 3') })
  })

  it('says what it died of', async () => {
    const thread = start()
    await expect(thread.api.crash()).rejects.toMatchObject({
      code: 'THREAD_DIED',
      message: expect.stringContaining('a mistake in a callback'),
    })
    expect(await thread.ended).toMatchObject({ message: 'a mistake in a callback' })
  })

  it('fails its calls when it is stopped, and then ended without an error', async () => {
    const thread = start()
    const waiting = thread.api.later('never', 60_000)
    waiting.catch(() => {})
    await thread.started
    await thread.terminate()
    await expect(waiting).rejects.toMatchObject({ code: 'THREAD_DIED' })
    expect(await thread.ended).toBeUndefined()
  })

  it('fails its start, and calls made meanwhile, with what the start threw', async () => {
    const thread = start('refuse')
    const early = thread.api.echo(1)
    await expect(thread.started).rejects.toMatchObject({ code: 'HOME_UNUSABLE' })
    await expect(early).rejects.toMatchObject({ code: 'HOME_UNUSABLE', message: 'There is no room here.' })
  })
})

describe('an entry', () => {
  const source = new URL('../../src/threads/entry.ts', import.meta.url).href

  it('becomes the compiled file when the package runs from its sources', () => {
    const url = compiledEntry(new URL('../../src/storage/embedded-thread.js', import.meta.url), source)
    expect(url.pathname).toMatch(/\/dist\/storage\/embedded-thread\.js$/)
    expect(existsSync(fileURLToPath(url))).toBe(true)
  })

  it('stays itself when the package runs compiled', () => {
    const entry = new URL('file:///somewhere/dist/storage/embedded-thread.js')
    expect(compiledEntry(entry, 'file:///somewhere/dist/threads/entry.js')).toBe(entry)
  })

  it('that was never compiled says what to do', () => {
    expect(() => compiledEntry(new URL('../../src/threads/nothing.js', import.meta.url), source)).toThrow(/npm run build/)
  })
})
