import { createWriteStream, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { parseEvent } from '../../src/contract/event.js'
import { parseItem } from '../../src/contract/item.js'
import { parseUser } from '../../src/contract/user.js'
import type { Event } from '../../src/domain/event.js'
import { exportEvents, exportItems, exportUsers } from '../../src/formats/export.js'
import { createRejects } from '../../src/formats/rejects.js'
import { openTable } from '../../src/formats/source.js'
import { readVegaFilms } from '../../src/formats/vega.js'
import { collect, directoryOf } from './files.js'

async function* batches<T>(...lists: readonly (readonly T[])[]): AsyncGenerator<readonly T[]> {
  yield* lists
}

async function written(name: string, write: (out: Writable) => Promise<number>): Promise<{ path: string; count: number }> {
  const path = join(directoryOf({}), name)
  const out = createWriteStream(path)
  const count = await write(out)
  out.end()
  await finished(out)
  return { path, count }
}

const options = { now: Date.UTC(2026, 0, 1) }

function sound<T>(parsed: { ok: true; value: T } | { ok: false }): T {
  if (!parsed.ok) throw new Error('the fixture is wrong')
  return parsed.value
}

describe('an export', () => {
  it('of items, users and events reads back to the same', async () => {
    const films = await readVegaFilms()
    const series = sound(
      parseItem({
        itemId: 'a/b "c"\n🎬',
        kind: 'episode',
        title: 'Two\nlines',
        seriesId: 's',
        season: 1,
        offers: [{ platform: 'web', type: 'rental', from: 1_700_000_000_123 }],
        hidden: true,
      }),
    )
    const items = await written('items.ndjson', (out) => exportItems(batches(films, [series]), out))
    expect(items.count).toBe(3_201)
    expect((await collect((await openTable(items.path, 'items', options)).items?.())).values).toEqual([...films, series])

    const user = sound(parseUser({ userId: 'ü', traits: { maxMaturity: 'PG' }, consent: { training: false } }))
    const users = await written('users.ndjson', (out) => exportUsers(batches([user]), out))
    expect((await collect((await openTable(users.path, 'users', options)).users?.())).values).toEqual([user])

    const event = {
      ...sound(
        parseEvent(
          {
            userId: 'a',
            itemId: 'b',
            kind: 'rate',
            rating: { value: 7, min: 0, max: 10 },
            rewatch: true,
            context: { party: ['x'] },
            recommendationId: 'r',
            completion: 1,
          },
          1_234,
        ),
      ),
      eventId: 'e',
    } as Event
    const events = await written('events.ndjson', (out) => exportEvents(batches([event], [], [event]), out))
    expect((await collect((await openTable(events.path, 'events', options)).events?.())).values).toEqual([event, event])
  })

  it('waits for a slow reader instead of filling the memory', async () => {
    let largest = 0
    const out = new Writable({
      highWaterMark: 1_000,
      write(_chunk, _encoding, done) {
        largest = Math.max(largest, out.writableLength)
        setTimeout(done, 1)
      },
    })
    const user = sound(parseUser({ userId: 'ann' }))
    async function* endless() {
      for (let batch = 0; batch < 200; batch++) yield [user, user, user, user, user]
    }
    expect(await exportUsers(endless(), out)).toBe(1_000)
    expect(largest).toBeLessThan(5_000)
  })

  it('tells of a full disk, and of a reader that went away', async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space'), { code: 'ENOSPC' })),
    })
    const users = () => batches([sound(parseUser({ userId: 'ann' }))])
    await expect(exportUsers(users(), full)).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    const gone = new Writable({ highWaterMark: 1, write() {} })
    setTimeout(() => gone.destroy(), 20)
    await expect(exportUsers(users(), gone)).rejects.toThrow(/closed before everything was written/)
  })
})

describe('rejected rows', () => {
  it('are counted by reason and listed in a file, which is not made without any', async () => {
    const path = join(directoryOf({}), 'rejects.ndjson')
    const none = createRejects(path)
    expect(await none.close()).toBeUndefined()
    expect(() => readFileSync(path)).toThrow()

    const rejects = createRejects(path)
    const row = { file: 'r.dat', line: 3, problem: 'rating must be a number', row: '1::1::x::2' }
    await rejects.add([row, { ...row, line: 4, problem: 'must have 4 columns' }])
    await rejects.add([row])
    expect(rejects.count).toBe(3)
    expect([...rejects.byReason()]).toEqual([
      ['rating must be a number', 2],
      ['must have 4 columns', 1],
    ])
    expect(await rejects.close()).toBe(path)
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    expect(JSON.parse(lines[0] ?? '')).toEqual({ file: 'r.dat', line: 3, reason: 'rating must be a number', row: '1::1::x::2' })
  })

  it('say so when their file cannot be written', async () => {
    const rejects = createRejects(join(directoryOf({}), 'no', 'such', 'directory'))
    const row = { file: 'f', line: 1, problem: 'p', row: '' }
    await expect(rejects.add([row])).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: /list of rejected rows.* cannot be written/,
    })
    expect(await rejects.close()).toBeUndefined()
    if (!existsSync('/dev/full')) return
    const full = createRejects('/dev/full')
    await expect(full.add([row])).rejects.toMatchObject({ code: 'STORAGE_FULL' })
  })

  it('are listed up to 100,000 and counted beyond; reasons without number count together', async () => {
    const path = join(directoryOf({}), 'rejects.ndjson')
    const rejects = createRejects(path)
    const rows = Array.from({ length: 1_000 }, (_, line) => ({ file: 'f', line, problem: `reason ${line}`, row: '' }))
    for (let round = 0; round < 101; round++) await rejects.add(rows)
    await rejects.close()
    expect(rejects.count).toBe(101_000)
    expect(rejects.byReason().size).toBe(101)
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(lines).toHaveLength(100_001)
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ reason: '1000 more rows are not listed' })
  })
})
