import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SonaError } from '../../src/domain/errors.js'
import { exportEvents } from '../../src/formats/export.js'
import type { Feed } from '../../src/formats/feed.js'
import { openMetadata } from '../../src/formats/metadata.js'
import { openMovielens } from '../../src/formats/movielens.js'
import { openSource, openTable } from '../../src/formats/source.js'
import { type ImportProgress, importFeed } from '../../src/jobs/import.js'
import { openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { directoryOf, fileOf } from '../formats/files.js'

const options = { now: Date.UTC(2026, 0, 1) }

/** A MovieLens 1M of its own: users and items are named apart by `name`, so that tests share one store. */
function movielens(name: string, users: number, perUser: number): string {
  const movies = Array.from({ length: perUser }, (_, movie) => `${name}${movie}::Film ${movie} (1999)::Drama\n`)
  const ratings: string[] = []
  for (let user = 0; user < users; user++) {
    for (let movie = 0; movie < perUser; movie++)
      ratings.push(`${name}${user}::${name}${movie}::${1 + (movie % 5)}::${1_000 + movie}\n`)
  }
  return directoryOf({
    'movies.dat': movies.join(''),
    'users.dat': Array.from({ length: users }, (_, user) => `${name}${user}::F::25::1::0\n`).join(''),
    'ratings.dat': ratings.join(''),
  })
}

let store: Store

beforeAll(async () => {
  store = await openStore({ home: join(directoryOf({}), 'home') })
})

afterAll(() => store.close())

const open = (directory: string): Promise<Feed> => openMovielens(directory, options)

describe('an import', () => {
  it('writes items, users and events, and nothing when it runs again', async () => {
    const feed = await open(movielens('again', 20, 30))
    const before = await store.counts()
    const progress: ImportProgress[] = []
    const first = await importFeed(store, feed, { batch: 100, onProgress: (step) => progress.push(step) })
    expect(first).toMatchObject({ accepted: 30 + 20 + 600, rejected: 0, duplicates: 0, interrupted: false })
    expect(first).toMatchObject({ items: before.items + 30, users: before.users + 20, events: before.events + 600 })
    expect(progress.at(-1)).toMatchObject({ part: 'events', rows: 600 })

    const second = await importFeed(store, feed, { batch: 70 })
    expect(second).toMatchObject({ accepted: 0, rejected: 0, duplicates: 650, events: first.events })
  })

  it('can be stopped between batches and goes on from there without duplicates', async () => {
    const directory = movielens('stop', 200, 100)
    const before = await store.counts()
    const stop = new AbortController()
    const stopped = await importFeed(store, await open(directory), {
      batch: 500,
      signal: stop.signal,
      onProgress: ({ part, rows }) => {
        if (part === 'events' && rows >= 2_000) stop.abort()
      },
    })
    expect(stopped.interrupted).toBe(true)
    const written = stopped.events - before.events
    expect(written).toBeGreaterThanOrEqual(2_000)
    const finished = await importFeed(store, await open(directory))
    expect(finished.interrupted).toBe(false)
    expect(finished.events - before.events).toBe(20_000)
    expect(finished.parts.events).toMatchObject({ accepted: 20_000 - written, duplicates: written })

    const none = await importFeed(store, await open(directory), { signal: AbortSignal.abort() })
    expect(none).toMatchObject({ interrupted: true, accepted: 0, duplicates: 0 })
  })

  it('lists rejected rows in a file, those that the store refuses too, and takes the others', async () => {
    const rejectsFile = join(directoryOf({}), 'rejects.ndjson')
    await importFeed(store, await openTable(fileOf('items.csv', 'itemId,title\nknown,Known\n'), 'items', options))
    const csv = 'userId,itemId,rating,ts\nrej,known,5,1\nrej,unknown,5,2\nrej,known,9,3\nrej,known,5\nrej,known,4,1\n'
    const report = await importFeed(store, await openTable(fileOf('events.csv', csv), 'events', options), { rejectsFile })
    expect(report).toMatchObject({ accepted: 2, rejected: 3, duplicates: 0, rejectsFile })
    expect([...report.reasons.values()]).toEqual([1, 1, 1])
    const rows = readFileSync(rejectsFile, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows.map(({ line, reason }) => [line, reason]).sort()).toEqual([
      [3, 'names an item that does not exist; import the items first'],
      [4, 'rating must lie on its scale, 1–5; send { value, min, max } for another scale'],
      [5, 'must have 4 columns'],
    ])
    expect(rows.every(({ file }) => file === 'events.csv')).toBe(true)
  })

  it('adds metadata to items on their way', async () => {
    const film = { title: 'Film 0', year: 1999, cast: ['Ann Actor'], genres: ['Noir'], href: 'Film_0', extract: 'A film.' }
    const metadata = await openMetadata(`wikipedia:${directoryOf({ 'movies-1990s.json': JSON.stringify([film]) })}`)
    const report = await importFeed(store, await open(movielens('meta', 1, 2)), { metadata: [metadata] })
    expect([...report.enriched]).toEqual([['Wikipedia (1 films)', 1]])
    const found = await store.items.get('meta0' as never)
    expect(found?.item).toMatchObject({ cast: ['Ann Actor'], genres: ['drama', 'noir'], description: 'A film.' })
  })

  it('keeps repeats that are real, and drops the file told twice', async () => {
    await importFeed(store, await openTable(fileOf('items.csv', 'itemId,title\nsong,Song\n'), 'items', options))
    const csv = fileOf('events.csv', 'userId,itemId,ts\nrepeat,song,5\nrepeat,song,5\nrepeat,song,5\n')
    expect(await importFeed(store, await openTable(csv, 'events', options))).toMatchObject({ accepted: 3, duplicates: 0 })
    expect(await importFeed(store, await openTable(csv, 'events', options))).toMatchObject({ accepted: 0, duplicates: 3 })
  })

  it('of an export gives the same events again', async () => {
    await importFeed(store, await open(movielens('copy', 3, 4)))
    const path = join(directoryOf({}), 'events.ndjson')
    const out = createWriteStream(path)
    const count = await exportEvents(store.events.all(), out)
    out.end()
    const report = await importFeed(store, await openSource(`events:${path}`, options))
    expect(report).toMatchObject({ accepted: 0, rejected: 0, duplicates: count, events: count })
  })

  it('stops when the database goes away, and goes on without duplicates when it is back', async () => {
    const directory = movielens('gone', 10, 100)
    const before = await store.counts()
    let appends = 0
    const leaving: Store = {
      ...store,
      events: {
        ...store.events,
        async append(events) {
          if (++appends > 3) throw new SonaError('DATABASE_UNAVAILABLE', 'The database does not answer.')
          return store.events.append(events)
        },
      },
    }
    const failing = importFeed(leaving, await open(directory), { batch: 100 })
    await expect(failing).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    expect((await store.counts()).events - before.events).toBe(300)
    const report = await importFeed(store, await open(directory), { batch: 100 })
    expect(report.parts.events).toMatchObject({ accepted: 700, duplicates: 300 })
  })

  it('of a truncated file takes what is there and says where it ends', async () => {
    const feed = await openTable(
      fileOf(
        'cut.ndjson.gz',
        readFileSync(fileOf('x.gz', '{"itemId":"cut","kind":"movie","title":"T"}\n'.repeat(50_000))).subarray(0, -20),
      ),
      'items',
      options,
    )
    const report = await importFeed(store, feed)
    expect(report.rejected).toBe(1)
    expect([...report.reasons.keys()][0]).toMatch(/ends too early/)
  })
})
