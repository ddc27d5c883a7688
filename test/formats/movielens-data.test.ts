import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import type { Feed } from '../../src/formats/feed.js'
import { readLines } from '../../src/formats/lines.js'
import { openMovielens } from '../../src/formats/movielens.js'
import { collect, directoryOf, realData } from './files.js'

const now = Date.UTC(2026, 0, 1)

/** What a feed holds, in numbers; fails on any rejected row, and where a user's events are not in order of time. */
async function measure(feed: Feed) {
  const [items, users] = [await collect(feed.items?.()), await collect(feed.users?.())]
  expect([...items.rejected, ...users.rejected]).toEqual([])
  const stars = new Map<number, number>()
  const watchers = new Set<string>()
  const watched = new Set<string>()
  const ids = new Set<string>()
  let idSum = 0 // the same for the same ids in any order
  let [last, latest, disorder] = ['', 0, 0]
  for await (const rows of feed.events?.() ?? []) {
    for (const row of rows) {
      if ('problem' in row) throw new Error(`line ${row.line}: ${row.problem}`)
      const { eventId, userId, itemId, rating, occurredAt } = row.value
      ids.add(eventId)
      for (let at = 0; at < 7; at++) idSum = (idSum + eventId.charCodeAt(at) * 97 ** at) % 2 ** 40
      watchers.add(userId)
      watched.add(itemId)
      stars.set(rating?.value ?? 0, (stars.get(rating?.value ?? 0) ?? 0) + 1)
      if (userId === last && occurredAt < latest) disorder++
      ;[last, latest] = [userId, occurredAt]
    }
  }
  return {
    items: items.values.length,
    users: users.values.length,
    events: ids.size,
    watchers: watchers.size,
    watched: watched.size,
    stars: [...stars].sort(([a], [b]) => a - b).map(([, count]) => count),
    disorder,
    idSum,
  }
}

describe('the real MovieLens sets', () => {
  it('ml-100k holds what its SOURCE.md says', async ({ skip }) => {
    const directory = realData('ml-100k') ?? skip('needs ../shared/data/ml-100k')
    const { disorder: _, idSum: __, ...found } = await measure(await openMovielens(directory, { now }))
    expect(found).toEqual({
      items: 1_682,
      users: 943,
      events: 100_000,
      watchers: 943,
      watched: 1_682,
      stars: [6_110, 11_370, 27_145, 34_174, 21_201],
    })
  })

  it('ml-latest-small holds what its SOURCE.md says, each user in order of time', async ({ skip }) => {
    const directory = realData('ml-latest-small') ?? skip('needs ../shared/data/ml-latest-small')
    const { stars, idSum: _, ...found } = await measure(await openMovielens(directory, { now }))
    expect(found).toEqual({ items: 9_742, users: 0, events: 100_836, watchers: 610, watched: 9_724, disorder: 0 })
    expect(stars).toHaveLength(10)
  })

  it('ml-1m holds the official counts, each user in order, and the same events from ratings.dat as from the csv', async ({
    skip,
  }) => {
    const directory = realData('ml-1m') ?? skip('needs ../shared/data/ml-1m')
    const found = await measure(await openMovielens(directory, { now }))
    expect(found).toEqual({
      items: 3_883,
      users: 6_040,
      events: 1_000_209,
      watchers: 6_040,
      watched: 3_706,
      stars: [56_174, 107_557, 261_197, 348_971, 226_310],
      disorder: 0,
      idSum: found.idSum,
    })

    const rebuilt = directoryOf({
      'movies.dat': readFileSync(join(directory, 'movies.dat')),
      'users.dat': readFileSync(join(directory, 'users.dat')),
    })
    const out = createWriteStream(join(rebuilt, 'ratings.dat'))
    for await (const { first, texts } of readLines(join(directory, 'ratings.csv.gz'))) {
      const rows = first === 1 ? texts.slice(1) : texts
      out.write(rows.map((text) => `${text.split(',').slice(0, 4).join('::')}\n`).join(''))
    }
    out.end()
    await finished(out)
    const official = await openMovielens(rebuilt, { now })
    expect(official.title).toBe('MovieLens 1M (ratings.dat)')
    expect(await measure(official)).toEqual(found)
  })
})
