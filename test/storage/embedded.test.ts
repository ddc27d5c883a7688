import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { SonaError } from '../../src/domain/errors.js'
import { openEmbedded } from '../../src/storage/embedded.js'
import { openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { event, item, userId } from './bench.js'
import { startChild } from './child.js'
import { freshHome } from './fresh-home.js'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo()
})

async function home(): Promise<string> {
  const fresh = await freshHome()
  cleanUp.push(fresh.remove)
  return fresh.home
}

function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sona-test-'))
  cleanUp.push(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

async function open(directory: string): Promise<Store> {
  const store = await openStore({ home: directory })
  cleanUp.push(() => store.close())
  return store
}

function mount(directory: string, options: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory], { stdio: 'ignore' })
}

/** Only root in a machine of its own can make a small disk. */
function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'sona-test-mount-'))
  try {
    mount(directory, 'size=1m')
    execFileSync('umount', [directory])
    return true
  } catch {
    return false
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

describe('the embedded database', () => {
  it('is made in a directory that does not exist yet, and opened again with what was in it', async () => {
    const directory = join(emptyDirectory(), 'new', 'home')
    const first = await openStore({ home: directory })
    await first.items.put([item('film')])
    await first.events.append([event('1', 'u', 'film')])
    await first.close()
    const second = await open(directory)
    expect(await second.counts()).toEqual({ items: 1, users: 1, events: 1 })
    expect((await second.diagnose()).problems).toEqual([])
  })

  it('starts anew where an earlier first start was cut off', async () => {
    const directory = emptyDirectory()
    mkdirSync(join(directory, 'database'))
    writeFileSync(join(directory, 'database', 'PG_VERSION'), '18\n')
    writeFileSync(join(directory, 'database.unfinished'), '')
    const store = await open(directory)
    expect(await store.counts()).toEqual({ items: 0, users: 0, events: 0 })
    expect(existsSync(join(directory, 'database.unfinished'))).toBe(false)
  })

  it('never starts anew where a database was complete', async () => {
    const directory = emptyDirectory()
    mkdirSync(join(directory, 'database'))
    writeFileSync(join(directory, 'database', 'PG_VERSION'), '18\n')
    await expect(openStore({ home: directory })).rejects.toMatchObject({ code: 'HOME_UNUSABLE' })
    expect(readFileSync(join(directory, 'database', 'PG_VERSION'), 'utf8')).toBe('18\n')
    expect(existsSync(join(directory, 'sona.lock'))).toBe(false)
  })

  it('says why a home cannot be used', async () => {
    const directory = emptyDirectory()
    const file = join(directory, 'file')
    writeFileSync(file, '')
    await expect(openStore({ home: join(file, 'home') })).rejects.toMatchObject({
      code: 'HOME_UNUSABLE',
      message: expect.stringContaining(file),
    })
    if (process.getuid?.() === 0) return // nothing is forbidden to root
    chmodSync(directory, 0o500)
    await expect(openStore({ home: join(directory, 'home') })).rejects.toMatchObject({ code: 'HOME_UNUSABLE' })
  })

  it('lets a transaction that fails leave nothing, and the next one work', async () => {
    const directory = await home()
    const database = await openEmbedded(directory)
    cleanUp.push(() => database.close())
    const failing = database.transaction(async (transaction) => {
      await transaction.query({ text: "insert into sona.users (user_id) values ('half')" })
      await transaction.query({ text: 'select 1 / 0' })
    })
    await expect(failing).rejects.toThrow(/division by zero/)
    const results = await Promise.all(
      [1, 2, 3].map((n) =>
        database.transaction((transaction) => transaction.query({ text: 'select $1::int as n', values: [n] })),
      ),
    )
    expect(results).toEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 3 }]])
    expect(await database.query({ text: "select from sona.users where user_id = 'half'" })).toEqual([])
  })

  it('keeps its log short, so that a start after a crash does not take minutes', async () => {
    const database = await openEmbedded(await home())
    cleanUp.push(() => database.close())
    const log = async (): Promise<number> => {
      const text = 'select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::float8 as bytes from pg_control_checkpoint()'
      return (await database.query<{ bytes: number }>({ text }))[0]!.bytes
    }
    const data = Buffer.alloc(4 * 2 ** 20, 'x')
    await database.query({ text: 'insert into sona.artifact_versions (version) values (1)' })
    const insert = "insert into sona.artifact_chunks (version, name, ordinal, data) values (1, 'm', $1, $2)"
    let longest = 0
    for (let ordinal = 0; ordinal < 40; ordinal++) {
      await database.query({ text: insert, values: [ordinal, data] })
      longest = Math.max(longest, await log())
    }
    expect(longest).toBeGreaterThan(32 * 2 ** 20)
    expect(longest).toBeLessThan(80 * 2 ** 20)
  })

  it('does not run on the thread that opened it', async () => {
    const database = await openEmbedded(await home())
    cleanUp.push(() => database.close())
    let ticks = 0
    const timer = setInterval(() => ticks++, 5)
    await database.query({ text: 'select count(*) from generate_series(1, 3000000)' })
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(10)
  })

  it('refuses further work once it is closed, and can be closed twice', async () => {
    const store = await openStore({ home: await home() })
    await store.close()
    await store.close()
    await expect(store.counts()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  })
})

describe('an embedded database that cannot go on', () => {
  it('ends a statement that takes too long, and serves the next one', async () => {
    const database = await openEmbedded(await home(), { longestStatementMs: 1_000 })
    cleanUp.push(() => database.close())
    const endless = database.query({ text: 'select count(*) from generate_series(1, 10000000000)' })
    await expect(endless).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    expect(await database.query({ text: 'select 1 as one' })).toEqual([{ one: 1 }])
  })

  it('says so while its files cannot be written, and goes on when they can', async () => {
    const directory = await home()
    const store = await open(directory)
    const database = join(directory, 'database')
    await store.items.put([item('film')])
    await store.events.append([event('before', 'u', 'film')])

    renameSync(join(database, 'pg_wal'), join(database, 'away'))
    const codes: string[] = []
    for (let n = 0; n < 60_000 && codes.length < 3; n += 2_000) {
      const events = Array.from({ length: 2_000 }, (_, at) => event(`${n + at}`, 'v', 'film'))
      await store.events.append(events).catch((error: SonaError) => codes.push(error.code))
    }
    expect(codes).toEqual(['DATABASE_UNAVAILABLE', 'HOME_UNUSABLE', 'HOME_UNUSABLE'])

    renameSync(join(database, 'away'), join(database, 'pg_wal'))
    expect((await store.events.append([event('after', 'u', 'film')])).receipts).toEqual([{ result: 'accepted' }])
    expect((await store.events.userState(userId('u'), 9))?.events.length).toBe(2)
  })

  it.skipIf(!canMount())('says that the disk is full, loses nothing, and goes on when there is room', async () => {
    const directory = emptyDirectory()
    mount(directory, 'size=90m')
    cleanUp.push(() => execFileSync('umount', ['-l', directory]))
    cpSync(await home(), directory, { recursive: true })
    const store = await open(directory)
    await store.items.put([item('film')])
    let acknowledged = 0
    const fill = async (): Promise<void> => {
      for (;;) {
        const events = Array.from({ length: 5_000 }, (_, at) => event(`${acknowledged + at}`, 'u', 'film'))
        await store.events.append(events)
        acknowledged += events.length
      }
    }
    await expect(fill()).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    await expect(store.counts()).rejects.toMatchObject({ code: 'STORAGE_FULL' })

    mount(directory, 'remount,size=200m')
    const { events } = await store.counts()
    expect([0, 5_000]).toContain(events - acknowledged) // the append that failed may have reached the log before it did
    expect((await store.events.append([event('after', 'u', 'film')])).receipts).toEqual([{ result: 'accepted' }])
  })
})

describe('a power cut', () => {
  it('finds every acknowledged append on disk: each one waited for its fdatasync', async () => {
    const directory = await home()
    const trace = join(emptyDirectory(), 'trace.json')
    const appends = 40
    // Node itself writes down which system calls the process made, in all of its threads.
    const options = ['--trace-event-categories', 'node.fs.sync', '--trace-event-file-pattern', trace]
    const writer = startChild('append-some.ts', [directory, String(appends)], options)
    expect(await writer.ended, writer.errors()).toBe(0)
    const { traceEvents } = JSON.parse(readFileSync(trace, 'utf8')) as { traceEvents: { name: string; ph: string }[] }
    const syncs = traceEvents.filter(({ name, ph }) => name === 'fs.sync.fdatasync' && ph === 'B')
    expect(syncs.length).toBeGreaterThanOrEqual(appends)
  })
})

describe('a home that is open', () => {
  it('is refused to another process, which is told who has it', async () => {
    const directory = await home()
    const holder = startChild('append-until-killed.ts', ['home', directory, 'u', '1'])
    cleanUp.push(() => holder.kill())
    await holder.until((lines) => lines.includes('ready'))
    await expect(openStore({ home: directory })).rejects.toMatchObject({
      code: 'HOME_IN_USE',
      message: expect.stringContaining(`process ${holder.process.pid}`),
    })
  })

  it('is refused to the same process', async () => {
    const directory = await home()
    await open(directory)
    await expect(openStore({ home: directory })).rejects.toMatchObject({ code: 'HOME_IN_USE' })
  })

  it('is free again once it is closed', async () => {
    const directory = await home()
    await (await openStore({ home: directory })).close()
    await open(directory)
  })
})

describe('kill -9', () => {
  it.each([
    ['between single events', 1, 60],
    ['between batches', 500, 3_000],
  ])('%s loses nothing acknowledged, doubles nothing, and leaves a database that opens', async (_, batch, least) => {
    const directory = await home()
    const acknowledged: string[][] = []
    for (const round of [0, 1]) {
      const writer = startChild('append-until-killed.ts', ['home', directory, `round-${round}`, String(batch)])
      await writer.until((lines) => lines.length > least)
      acknowledged.push((await writer.kill()).filter((line) => line !== 'ready'))
    }
    const store = await open(directory) // takes the lock over: its holder is gone
    let total = 0
    for (const [round, ids] of acknowledged.entries()) {
      const state = (await store.events.userState(userId(`round-${round}`), 1_000_000))!
      const kept = state.events.map((stored) => stored.event.eventId as string).sort(byNumber)
      expect(kept.slice(0, ids.length)).toEqual(ids)
      // At most the append that was under way when the process was killed has more, and then all of it.
      expect([0, batch]).toContain(kept.length - ids.length)
      expect(new Set(kept).size).toBe(kept.length)
      expect(state.version).toBe(kept.length / batch)
      total += kept.length
    }
    expect((await store.counts()).events).toBe(total)
    expect((await store.diagnose()).problems).toEqual([])
  })
})

function byNumber(left: string, right: string): number {
  return Number(left) - Number(right)
}
