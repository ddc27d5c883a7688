import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { killed, runSona, serveSona, startSona } from './sona-process.js'

const USERS = 200
const ITEMS = 100
const EVENTS_PER_USER = 150
const server = process.env.SONA_TEST_DATABASE_URL

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function scratch(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sona-crash-'))
  cleanUps.push(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** A database of its own on the test server, dropped afterwards. */
async function freshDatabase(url: string): Promise<string> {
  const name = `sona_crash_${process.pid}_${Math.trunc(performance.now())}`
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await admin.query(`create database ${name}`)
  cleanUps.push(async () => {
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  })
  const own = new URL(url)
  own.pathname = `/${name}`
  return own.href
}

async function writeFiles(directory: string): Promise<{ readonly items: string; readonly events: string }> {
  const items = join(directory, 'items.csv')
  const events = join(directory, 'events.csv')
  const rows: string[] = []
  for (let user = 0; user < USERS; user++) {
    // Some rows are true repeats: same user, item and second. They are two events, and stay two.
    for (let n = 0; n < EVENTS_PER_USER; n++)
      rows.push(`user-${user},item-${(user + (n >> 1)) % ITEMS},${1_700_000_000 + (n >> 1)}`)
  }
  await writeFile(items, `itemId,title\n${Array.from({ length: ITEMS }, (_, n) => `item-${n},Title ${n}`).join('\n')}\n`)
  await writeFile(events, `userId,itemId,timestamp\n${rows.join('\n')}\n`)
  return { items, events }
}

const places: readonly (readonly [name: string, place: () => Promise<readonly string[]>])[] = [
  ['the embedded database', async () => ['--home', join(await scratch(), 'home')]],
  ...(server === undefined
    ? []
    : [['a PostgreSQL server', async () => ['--database', await freshDatabase(server), '--home', await scratch()]] as const]),
]

function openAgain(args: readonly string[]): Promise<Store> {
  const at = args.indexOf('--database')
  return openStore(at < 0 ? { home: args[1] } : { databaseUrl: args[at + 1] })
}

if (server === undefined) console.warn('SONA_TEST_DATABASE_URL is not set: crashes are tried on the embedded database only.')

describe.each(places)('kill -9 with %s', (_name, place) => {
  it('during an import loses nothing that a second import does not bring, and doubles nothing', async () => {
    const where = await place()
    const files = await writeFiles(await scratch())
    expect((await runSona(['import', 'items', files.items, ...where])).code).toBe(0)

    // At several moments, so that some are before the first batch is written, some between two, and some within one.
    for (const afterMs of [1_200, 2_000, 3_000]) {
      const importing = startSona(['import', 'events', files.events, ...where])
      await Promise.race([sleep(afterMs), once(importing, 'exit')])
      await killed(importing)
    }

    const again = await runSona(['import', 'events', files.events, ...where])
    expect(again.stderr).not.toContain('fault of Sona')
    expect(again.code).toBe(0)
    expect(again.result).toMatchObject({ events: USERS * EVENTS_PER_USER, users: USERS, items: ITEMS, rejected: 0 })
    const third = await runSona(['import', 'events', files.events, ...where])
    expect(third.result).toMatchObject({ accepted: 0, events: USERS * EVENTS_PER_USER })
  })

  it('during event posting keeps every acknowledged event, once', async () => {
    const where = await place()
    const files = await writeFiles(await scratch())
    await runSona(['import', 'items', files.items, ...where])
    const { child, address } = await serveSona(where)

    const acknowledged = new Set<string>()
    let isOver = false
    const post = async (client: number): Promise<void> => {
      for (let n = 0; !isOver; n++) {
        const eventId = `${client}-${n}`
        const body = JSON.stringify({ eventId, userId: `user-${client % 5}`, itemId: `item-${n % ITEMS}`, kind: 'complete' })
        const response = await fetch(`${address}/v1/events`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        }).catch(() => undefined)
        if (response?.status === 200) acknowledged.add(eventId)
      }
    }
    const clients = Array.from({ length: 10 }, (_, client) => post(client))
    while (acknowledged.size < 300) await sleep(10)
    await killed(child)
    isOver = true
    await Promise.all(clients)

    const store = await openAgain(where)
    try {
      const stored: string[] = []
      for await (const batch of store.events.all()) stored.push(...batch.map(({ eventId }) => eventId))
      expect(new Set(stored).size).toBe(stored.length)
      expect([...acknowledged].filter((eventId) => !stored.includes(eventId))).toEqual([])
    } finally {
      await store.close()
    }

    const restarted = await serveSona(where)
    const answer = await fetch(`${restarted.address}/health/ready`)
    await killed(restarted.child)
    expect(answer.status).toBe(200)
  })
})
