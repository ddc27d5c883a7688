import { describe, expect, it } from 'vitest'
import { parseItem } from '../../src/contract/item.js'
import type { Item } from '../../src/domain/item.js'
import { openMetadata } from '../../src/formats/metadata.js'
import { reread } from '../../src/formats/mojibake.js'
import { openMovielens } from '../../src/formats/movielens.js'
import { collect, directoryOf, realData } from './files.js'

function item(fields: Record<string, unknown>): Item {
  const parsed = parseItem({ itemId: '1', kind: 'movie', title: 'Heat', releasedAt: '1995-01-01', ...fields })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.value
}

const tmdb = {
  'tmdb-movies.csv.gz':
    'id,imdb_id,original_title,cast,director,keywords,overview,runtime,genres,release_date,vote_count,vote_average,release_year\n' +
    '949,tt0113277,Heat,Al Pacino|Robert De Niro,Michael Mann,Bank|Heist,"Cops, and robbers. PeÃ±a’s best.",170,Action|Crime,12/15/95,900,7.7,1995\n' +
    '950,tt1,Old Heat,,,,,0,,6/9/15,0,0,1915\n' +
    'broken,row\n',
  'tmdb_5000_movies.csv':
    'genres,id,keywords,original_language,original_title,overview,production_countries,release_date,runtime,spoken_languages,title,vote_average,vote_count\n' +
    '"[{""id"": 80, ""name"": ""Crime""}, {""id"": 18, ""name"": ""Drama""}]",949,"[{""id"": 1, ""name"": ""obsession""}]",en,Heat,Other words.,"[{""iso_3166_1"": ""US"", ""name"": ""USA""}]",1995-12-15,170.0,"[{""iso_639_1"": ""en""}, {""iso_639_1"": ""es""}]",Heat,7.7,1800\n',
}

describe('TMDB', () => {
  it('adds what all its files say of a film, found by either id', async () => {
    const metadata = await openMetadata(`tmdb:${directoryOf(tmdb)}`)
    expect(metadata.title).toBe('TMDB (2 films)')
    const expected = {
      title: 'Heat',
      description: 'Cops, and robbers. PeÃ±a’s best.',
      genres: ['drama', 'action', 'crime'],
      cast: ['Al Pacino', 'Robert De Niro'],
      directors: ['Michael Mann'],
      themes: ['loner', 'bank', 'heist', 'obsession'],
      languages: ['en', 'es'],
      countries: ['US'],
      durationMinutes: 170,
      averageRating: 7.7,
      releasedAt: Date.UTC(1995, 11, 15),
      attributes: { tmdbId: 949, imdbId: 'tt0113277' },
    }
    const own = { genres: ['Drama'], themes: ['loner'] }
    expect(metadata.enrich(item({ ...own, attributes: { tmdbId: 949 } }))).toMatchObject(expected)
    expect(metadata.enrich(item({ ...own, attributes: { imdbId: 'tt0113277' } }))).toMatchObject(expected)
  })

  it('finds films without ids by title and year, give or take one, and nothing else', async () => {
    const metadata = await openMetadata(`tmdb:${directoryOf(tmdb)}`)
    for (const year of [1994, 1995, 1996]) expect(metadata.enrich(item({ releasedAt: `${year}-01-01` }))).toBeDefined()
    expect(metadata.enrich(item({ releasedAt: '1993-01-01' }))).toBeUndefined()
    expect(metadata.enrich(item({ releasedAt: null }))).toBeUndefined()
    expect(metadata.enrich(item({ title: 'Cold' }))).toBeUndefined()
    expect(metadata.enrich(item({ attributes: { tmdbId: 7 } }))).toBeUndefined()
    expect(metadata.enrich(item({ title: 'Old Heat', releasedAt: '1915-01-01' }))).toMatchObject({
      releasedAt: Date.UTC(1915, 5, 9),
    })
  })

  it('lets stand what the item says itself', async () => {
    const metadata = await openMetadata(`tmdb:${directoryOf(tmdb)}`)
    const own = {
      description: 'Mine.',
      cast: ['Me'],
      directors: ['Me too'],
      durationMinutes: 1,
      averageRating: 1,
      releasedAt: '1995-06-07',
    }
    expect(metadata.enrich(item(own))).toMatchObject({ ...own, releasedAt: Date.UTC(1995, 5, 7) })
  })
})

const film = {
  title: 'The Matrix & Co.',
  year: 1999,
  cast: ['Keanu Reeves', '(voices)'],
  genres: ['Science Fiction'],
  href: 'The_Matrix',
  extract: 'A hacker.',
}

describe('Wikipedia', () => {
  it('adds text, cast and genres by title and year, whatever the spelling', async () => {
    const directory = directoryOf({
      'movies-1990s.json.gz': JSON.stringify([{ ...film, extract: undefined }, film, { title: 7 }, null]),
    })
    const metadata = await openMetadata(`wikipedia:${directory}`)
    for (const title of ['The Matrix & Co.', 'matrix and co', 'Mátrix, & Co']) {
      expect(metadata.enrich(item({ title, releasedAt: '1999-01-01' }))).toMatchObject({
        description: 'A hacker.',
        cast: ['Keanu Reeves'],
        genres: ['science fiction'],
        attributes: { wikipediaPage: 'The_Matrix' },
      })
    }
    const alternate = { title: 'Der Hacker', releasedAt: '2000-01-01', attributes: { alternateTitle: 'Neo / Matrix & Co.' } }
    expect(metadata.enrich(item(alternate))?.description).toBe('A hacker.')
  })
})

describe('metadata that cannot be opened', () => {
  it('is refused with what was looked for', async () => {
    await expect(openMetadata('imdb:x')).rejects.toMatchObject({
      code: 'INVALID_FILE',
      message: /tmdb:<directory> or wikipedia:<directory>/,
    })
    await expect(openMetadata('tmdb:')).rejects.toMatchObject({ code: 'INVALID_FILE' })
    await expect(openMetadata('tmdb:/nowhere')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(openMetadata(`tmdb:${directoryOf({ 'a.csv': 'id,overview,original_title\n' })}`)).rejects.toMatchObject({
      code: 'INVALID_FILE',
      message: /no TMDB films/,
    })
    await expect(openMetadata(`wikipedia:${directoryOf({ 'a.json': '[]' })}`)).rejects.toMatchObject({
      message: /movies-1990s.json/,
    })
    await expect(openMetadata(`wikipedia:${directoryOf({ 'movies-1990s.json': '[{' })}`)).rejects.toMatchObject({
      code: 'INVALID_FILE',
      message: /not JSON/,
    })
    await expect(openMetadata(`wikipedia:${directoryOf({ 'movies-1990s.json': '{}' })}`)).rejects.toMatchObject({
      message: /not a list/,
    })
  })
})

describe('text that was read in the wrong encoding', () => {
  it('is put right, and sound text is left alone', () => {
    const utf8 = { writtenAs: 'utf-8', readAs: 'windows-1252' } as const
    expect(reread('PeÃ±a', utf8)).toBe('Peña')
    expect(reread('Andyâ€™s', utf8)).toBe('Andy’s')
    for (const sound of ['Peña', 'plain', '日本', 'Ã la carte', '']) expect(reread(sound, utf8)).toBe(sound)
    const mac = { writtenAs: 'windows-1252', readAs: 'macintosh' } as const
    expect(reread('Le Fabuleux destin d’AmÈlie', mac)).not.toContain('È')
    expect(reread('LÈon', mac)).toBe('Léon')
    expect(reread('Alien³', mac)).toBe('Alien³')
  })
})

const joins = [
  { set: 'ml-latest-small', collection: 'tmdb', folder: 'meta-tmdb', items: 9_742, least: 6_584 },
  { set: 'ml-latest-small', collection: 'wikipedia', folder: 'meta-wikipedia', items: 9_742, least: 6_284 },
  { set: 'ml-1m', collection: 'wikipedia', folder: 'meta-wikipedia', items: 3_883, least: 2_706 },
]

describe('real collections and real catalogues', () => {
  it.for(joins)('join $set with $collection', async ({ set, collection, folder, items, least }, { skip }) => {
    const [films, facts] = [realData(set), realData(folder)]
    if (films === undefined || facts === undefined) return skip(`needs ../shared/data/${set} and ${folder}`)
    const metadata = await openMetadata(`${collection}:${facts}`)
    const { values } = await collect((await openMovielens(films, { now: Date.UTC(2026, 0, 1) })).items?.())
    expect(values).toHaveLength(items)
    const joined = values.flatMap((item) => metadata.enrich(item) ?? [])
    expect(joined.length).toBeGreaterThanOrEqual(least)
    for (const item of joined) expect(parseItem(item)).toEqual({ ok: true, value: item })
  })
})
