import { parseItem } from '../contract/item.js'
import type { Item } from '../domain/item.js'
import { type Feed, type FeedOptions, judged, type Row, type Rows } from './feed.js'
import type { Folder } from './folder.js'
import { readRatings } from './movielens-ratings.js'
import { joinAlternates, parseTitle, startOfYear } from './movielens-title.js'
import { readTable, type TableRow } from './table.js'

/**
 * MovieLens latest, latest-small, 20M, 25M and 32M: ratings.csv, movies.csv, and where they are there links.csv and tags.csv.
 * Ratings go in halves from 0.5 to 5. Links become the attributes imdbId (`tt0114709`) and tmdbId. Tags become themes: lower case,
 * most used first, and only those that at least two users have used anywhere, since what one user alone writes is a private note.
 */
export async function openMovielensLatest(folder: Folder, options: FeedOptions): Promise<Feed> {
  return {
    title: 'MovieLens (ratings.csv, movies.csv)',
    items: () => readItems(folder),
    events: () =>
      readRatings({
        path: folder.path('ratings.csv'),
        name: folder.name('ratings.csv'),
        separator: ',',
        scale: { min: 0.5, max: 5 },
        now: options.now,
      }),
    notes: ['links.csv', 'tags.csv'].filter((name) => folder.find(name) === undefined).map((name) => `There is no ${name}.`),
  }
}

async function* readItems(folder: Folder): Rows<Item> {
  const links = await readLinks(folder)
  const themes = await readThemes(folder)
  for await (const records of readTable(folder.path('movies.csv'), ['movieId', 'title', 'genres'])) {
    yield records.map((record) => ('problem' in record ? record : itemOf(record, links, themes)))
  }
}

function itemOf({ file, line, text, fields }: TableRow, links: Links, themes: ReadonlyMap<string, readonly string[]>): Row<Item> {
  const [itemId = '', name = '', genres = ''] = fields
  const { title, alternates, year } = parseTitle(name)
  const parsed = parseItem({
    itemId,
    kind: 'movie',
    title,
    genres: genres.split('|').filter((genre) => genre !== ''),
    releasedAt: year === undefined ? null : startOfYear(year),
    themes: themes.get(itemId) ?? [],
    attributes: { ...(alternates.length === 0 ? {} : { alternateTitle: joinAlternates(alternates) }), ...links.get(itemId) },
  })
  return judged(file, line, parsed, text())
}

type Links = ReadonlyMap<string, { readonly imdbId?: string; readonly tmdbId?: number }>

async function readLinks(folder: Folder): Promise<Links> {
  const links = new Map<string, { imdbId?: string; tmdbId?: number }>()
  if (folder.find('links.csv') === undefined) return links
  for await (const records of readTable(folder.path('links.csv'), ['movieId', 'imdbId', 'tmdbId'])) {
    for (const record of records) {
      if ('problem' in record) continue // a film without links is a film all the same
      const [movieId = '', imdb = '', tmdb = ''] = record.fields
      const tmdbId = Number.parseInt(tmdb, 10)
      links.set(movieId, {
        ...(/^\d+$/.test(imdb) ? { imdbId: `tt${imdb.padStart(7, '0')}` } : {}),
        ...(Number.isNaN(tmdbId) ? {} : { tmdbId }),
      })
    }
  }
  return links
}

const MOST_THEMES = 50

async function readThemes(folder: Folder): Promise<ReadonlyMap<string, readonly string[]>> {
  if (folder.find('tags.csv') === undefined) return new Map()
  const user = new Map<string, string>() // the only user of a tag; empty once there are two
  const uses = new Map<string, Map<string, number>>() // movie → tag → how often
  for await (const records of readTable(folder.path('tags.csv'), ['userId', 'movieId', 'tag'])) {
    for (const record of records) {
      if ('problem' in record) continue // nor is a tag that cannot be read a loss to the film
      const [userId = '', movieId = '', raw = ''] = record.fields
      const tag = raw.trim().toLowerCase()
      if (tag === '' || tag.length > 100) continue // longer ones are reviews
      if ((user.get(tag) ?? userId) !== userId) user.set(tag, '')
      else user.set(tag, userId)
      const tags = uses.get(movieId) ?? new Map<string, number>()
      tags.set(tag, (tags.get(tag) ?? 0) + 1)
      uses.set(movieId, tags)
    }
  }
  return new Map(
    [...uses].map(([movieId, tags]) => {
      const shared = [...tags].filter(([tag]) => user.get(tag) === '').sort((a, b) => b[1] - a[1])
      return [movieId, shared.slice(0, MOST_THEMES).map(([tag]) => tag)]
    }),
  )
}
