import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { migrate } from '../../src/storage/migrate.js'
import { openDatabase, openStore } from '../../src/storage/open.js'
import { openServer } from '../../src/storage/server.js'
import type { Store } from '../../src/storage/store.js'
import { event, item, userId } from './bench.js'
import { startChild } from './child.js'
import { freshDatabase, onServer, serverUrl, whySkipped } from './fresh-database.js'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo()
})

async function database(): Promise<string> {
  const { url, drop } = await freshDatabase()
  cleanUp.push(drop)
  return url
}

async function open(databaseUrl: string): Promise<Store> {
  const store = await openStore({ databaseUrl })
  cleanUp.push(() => store.close())
  return store
}

/** Waits until the condition holds, at most ten seconds. */
async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000
  while (!condition() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(condition()).toBe(true)
}

/** What a crash of the server, or of the network, does to connections: they end without a word. */
function cutConnections(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  return onServer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`)
}

/** The news that an idle connection is gone may cross with a statement that is just being sent over it: once, and it says so. */
function afterCut<T>(work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    return work()
  })
}

describe('a server that is not there', () => {
  it('is reported as unavailable, with its address', async () => {
    await expect(openStore({ databaseUrl: 'postgres://sona@127.0.0.1:1/sona' })).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringContaining('127.0.0.1:1'),
    })
  })

  it('is reported as unsuitable when its address makes no sense', async () => {
    await expect(openStore({ databaseUrl: 'postgres://user:pass word@[::1/db' })).rejects.toMatchObject({
      code: 'DATABASE_UNSUITABLE',
    })
  })
})

describe.skipIf(serverUrl === undefined)(`a PostgreSQL server${serverUrl === undefined ? `: ${whySkipped}` : ''}`, () => {
  it('is reported as unsuitable when it has no such database', async () => {
    const url = new URL(serverUrl!)
    url.pathname = '/no_such_database'
    await expect(openStore({ databaseUrl: url.href })).rejects.toMatchObject({ code: 'DATABASE_UNSUITABLE' })
  })

  it('is migrated once when many processes start at the same time', async () => {
    const url = await database()
    const stores = await Promise.all(Array.from({ length: 6 }, () => openStore({ databaseUrl: url })))
    expect((await stores[0]!.diagnose()).problems).toEqual([])
    await Promise.all(stores.map((store) => store.close()))
  })

  it('is refused when a newer Sona has migrated it', async () => {
    const url = await database()
    await (await openStore({ databaseUrl: url })).close()
    await onServer("insert into sona.migrations (number, name, checksum) values (9999, 'from-the-future', '')", url)
    await expect(openStore({ databaseUrl: url })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining('9999'),
    })
  })

  it('is refused when it was migrated by other files than these', async () => {
    const url = await database()
    await (await openStore({ databaseUrl: url })).close()
    await onServer("update sona.migrations set checksum = 'other' where number = 1", url)
    await expect(openStore({ databaseUrl: url })).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' })
  })

  it('keeps nothing of a migration that fails', async () => {
    const url = await database()
    const server = await openDatabase({ databaseUrl: url })
    cleanUp.push(() => server.close())
    const broken = [{ number: 1, name: 'broken', checksum: 'x', sql: 'create table sona.half (id int); select 1 / 0;' }]
    await expect(migrate(server, broken)).rejects.toThrow(/division by zero/)
    expect(await server.query({ text: "select to_regclass('sona.half') as half" })).toEqual([{ half: null }])
    await migrate(server)
  })

  it('is diagnosed when somebody changed its schema by hand', async () => {
    const url = await database()
    const store = await open(url)
    await onServer('drop index sona.events_seen; alter table sona.users add column extra text', url)
    await onServer('drop function sona.append_events', url)
    const { problems } = await store.diagnose()
    expect(problems).toHaveLength(3)
    expect(problems.join('\n')).toMatch(/events_seen/)
    expect(problems.join('\n')).toMatch(/users\.extra/)
    await store.items.put([item('film')])
    await expect(store.events.append([event('1', 'u', 'film')])).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' })
  })

  it('that drops its connections fails what was under way and serves what comes next', async () => {
    const url = await database()
    const store = await open(url)
    await store.items.put([item('film')])
    const server = openServer(url)
    cleanUp.push(() => server.close())
    const underWay = expect(server.query({ text: 'select pg_sleep(30)' })).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    await new Promise((resolve) => setTimeout(resolve, 100))
    await cutConnections(url)
    await underWay
    const { receipts } = await afterCut(() => store.events.append([event('1', 'u', 'film')]))
    expect(receipts).toEqual([{ result: 'accepted' }])
  })

  it('rolls a transaction back whose connection broke', async () => {
    const url = await database()
    const store = await open(url)
    const server = openServer(url)
    cleanUp.push(() => server.close())
    const broken = server.transaction(async (transaction) => {
      await transaction.query({ text: "insert into sona.users (user_id) values ('half')" })
      await cutConnections(url)
      await transaction.query({ text: 'select 1' })
    })
    await expect(broken).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    expect(await afterCut(() => store.users.get(userId('half')))).toBeUndefined()
  })

  it('loses nothing acknowledged when a writing process is killed', async () => {
    const url = await database()
    const store = await open(url)
    const writer = startChild('append-until-killed.ts', ['server', url, 'u', '100'])
    await writer.until((lines) => lines.length > 1_000)
    const acknowledged = (await writer.kill()).filter((line) => line !== 'ready')
    await cutConnections(url) // the killed process's last statement is either done now or never
    const state = await afterCut(() => store.events.userState(userId('u'), 1_000_000))
    const kept = state!.events.map((stored) => stored.event.eventId as string)
    expect(new Set(kept).size).toBe(kept.length)
    expect(kept).toEqual(expect.arrayContaining([...acknowledged]))
    expect([0, 100]).toContain(kept.length - acknowledged.length)
  })

  it('tells other processes which users changed', async () => {
    const url = await database()
    const [writer, reader] = [await open(url), await open(url)]
    await writer.items.put([item('film')])
    const heard: [string, number | undefined][] = []
    reader.onUserChanged((who, version) => heard.push([who, version]))
    await listening(url)
    await writer.events.append([event('1', 'ünï "quoted"', 'film'), event('1', 'v', 'film')])
    await until(() => heard.length >= 2)
    expect(heard).toEqual([
      ['ünï "quoted"', 1],
      ['v', 1],
    ])
    await writer.users.delete(userId('v'))
    await until(() => heard.length >= 3)
    expect(heard[2]).toEqual(['v', undefined])
  })

  it('tells other processes that everybody changed after a bulk write', async () => {
    const url = await database()
    const [writer, reader] = [await open(url), await open(url)]
    await writer.items.put([item('film')])
    const heard: string[] = []
    reader.onUserChanged((who) => heard.push(who))
    await listening(url)
    await writer.events.append(Array.from({ length: 101 }, (_, n) => event('1', `u${n}`, 'film')))
    await until(() => heard.length > 0)
    await writer.events.append(Array.from({ length: 20 }, (_, n) => event('2', `${'long'.repeat(120)}${n}`, 'film')))
    await until(() => heard.length > 1)
    expect(heard).toEqual(['everybody', 'everybody'])
  })

  it('tells that everybody may have changed after its connection was lost', async () => {
    const url = await database()
    const [writer, reader] = [await open(url), await open(url)]
    await writer.items.put([item('film')])
    const heard: string[] = []
    reader.onUserChanged((who) => heard.push(who))
    await listening(url)
    await cutConnections(url)
    await until(() => heard.length > 0)
    expect(heard).toEqual(['everybody'])
    await afterCut(() => writer.events.append([event('1', 'u', 'film')]))
    await until(() => heard.length > 1)
    expect(heard).toEqual(['everybody', 'u'])
  })

  it('says what a power cut of it would cost', async () => {
    const url = await database()
    const store = await open(url)
    expect((await store.diagnose()).durability).toMatch(/on disk \(fsync on\)/)
    await onServer(`alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`)
    const careless = await open(url)
    expect((await careless.diagnose()).durability).toMatch(/synchronous_commit off.*power cut/)
  })
})

/** Waits until a connection of the database listens. */
async function listening(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (let attempt = 0; attempt < 200; attempt++) {
      const { rowCount } = await client.query(
        "select from pg_stat_activity where query like 'listen%' and datname = current_database()",
      )
      if (rowCount !== 0) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error('nobody listens')
  } finally {
    await client.end()
  }
}
