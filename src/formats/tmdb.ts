import { join } from 'node:path'
import { parseInstant } from '../contract/instant.js'
import { SonaError } from '../domain/errors.js'
import type { Item } from '../domain/item.js'
import type { EpochMs } from '../domain/time.js'
import { dayOf } from './day.js'
import { enrich, factsOf, type RawFacts } from './film-facts.js'
import { openFolder } from './folder.js'
import type { Metadata } from './metadata.js'
import { reread } from './mojibake.js'
import { startOfYear } from './movielens-title.js'
import { readTable } from './table.js'
import { createTitleIndex } from './title-index.js'

/**
 * Extracts of The Movie Database as CSV, all files of a directory that have its columns: `tmdb-movies.csv` (lists parted by `|`, cast
 * and director) and `tmdb_5000_movies.csv` (lists as JSON, languages and countries). A film in several files has what any of them says.
 * Films are found by the item's attributes tmdbId and imdbId; items with neither, by title and year, give or take one.
 */
export async function openTmdb(directory: string): Promise<Metadata> {
  const folder = await openFolder(directory)
  const films = new Map<number, Film>()
  for (const name of folder.names.filter((name) => /\.csv(\.gz)?$/.test(name)).sort()) {
    await readFilms(join(directory, name), films)
  }
  if (films.size === 0) {
    throw new SonaError(
      'INVALID_FILE',
      `${directory} holds no TMDB films. Looked for CSV files with the columns ${columns.slice(0, 3).join(', ')}.`,
    )
  }

  const byImdbId = new Map<string, Film>()
  const byTitle = createTitleIndex<Film>()
  for (const film of films.values()) {
    if (film.imdbId !== undefined) byImdbId.set(film.imdbId, film)
    if (film.year !== undefined) for (const title of film.titles) byTitle.add(title, film.year, film)
  }

  function find(item: Item): Film | undefined {
    const { tmdbId, imdbId } = item.attributes
    if (tmdbId === undefined && imdbId === undefined) return byTitle.find(item)
    return films.get(Number(tmdbId ?? Number.NaN)) ?? byImdbId.get(String(imdbId))
  }

  return {
    title: `TMDB (${films.size.toLocaleString('en')} films)`,
    enrich(item) {
      const film = find(item)
      return film?.facts.map(factsOf).reduce(enrich, item)
    },
  }
}

interface Film {
  readonly imdbId: string | undefined
  readonly titles: readonly string[]
  readonly year: number | undefined
  /** One of each file, the first first. Judged when the film is asked for: most never are. */
  readonly facts: readonly RawFacts[]
}

const columns = [
  'id',
  'overview',
  'original_title',
  'title',
  'imdb_id',
  'genres',
  'keywords',
  'cast',
  'director',
  'runtime',
  'release_date',
  'release_year',
  'vote_average',
  'vote_count',
  'original_language',
  'spoken_languages',
  'production_countries',
] as const

/** A fifth of the films of tmdb-movies.csv went through this: `PeÃ±a`. */
const accident = { writtenAs: 'utf-8', readAs: 'windows-1252' } as const

async function readFilms(path: string, films: Map<number, Film>): Promise<void> {
  for await (const rows of readTable(path, columns)) {
    for (const row of rows) {
      if ('problem' in row) continue // a film fewer to know about; no item is lost by it
      const cell = (name: (typeof columns)[number]): string => reread(row.fields[columns.indexOf(name)]?.trim() ?? '', accident)
      const id = Number(cell('id'))
      if (!Number.isInteger(id) || id <= 0) continue
      const film = filmOf(id, cell)
      const known = films.get(id)
      films.set(id, known === undefined ? film : joined(known, film))
    }
  }
}

function joined(known: Film, film: Film): Film {
  return {
    imdbId: known.imdbId ?? film.imdbId,
    titles: [...known.titles, ...film.titles],
    year: known.year ?? film.year,
    facts: [...known.facts, ...film.facts],
  }
}

function filmOf(id: number, cell: (name: (typeof columns)[number]) => string): Film {
  const releasedAt = releaseOf(cell('release_date'), cell('release_year'))
  const imdbId = /^tt\d+$/.test(cell('imdb_id')) ? cell('imdb_id') : undefined
  const spoken = listOf(cell('spoken_languages'), 'iso_639_1')
  return {
    imdbId,
    titles: [...new Set([cell('title'), cell('original_title')])].filter((title) => title !== ''),
    year: releasedAt === undefined ? undefined : new Date(releasedAt).getUTCFullYear(),
    facts: [
      {
        description: cell('overview'),
        genres: listOf(cell('genres'), 'name'),
        themes: listOf(cell('keywords'), 'name').map((keyword) => keyword.toLowerCase()),
        cast: listOf(cell('cast'), 'name'),
        directors: listOf(cell('director'), 'name'),
        languages: [cell('original_language'), ...spoken],
        countries: listOf(cell('production_countries'), 'iso_3166_1'),
        durationMinutes: Number(cell('runtime')),
        releasedAt,
        averageRating: Number(cell('vote_count')) > 0 ? Number(cell('vote_average')) : undefined,
        attributes: { tmdbId: id, imdbId },
      },
    ],
  }
}

/** `a|b` or `[{"name": "a"}, {"name": "b"}]`; what is neither is one entry. */
function listOf(text: string, key: string): readonly string[] {
  if (!text.startsWith('[')) return text.split('|').filter((entry) => entry.trim() !== '')
  let entries: unknown
  try {
    entries = JSON.parse(text)
  } catch {
    return [] // a list cut off in the middle says nothing reliable
  }
  if (!Array.isArray(entries)) return []
  return entries.flatMap((entry: unknown) => {
    const value: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, key) : undefined
    return typeof value === 'string' ? [value] : []
  })
}

/** `2009-12-10`, or `6/9/15` with its century in another column. */
function releaseOf(date: string, year: string): EpochMs | undefined {
  const iso = parseInstant(date)
  if (iso !== undefined) return iso
  if (!/^\d{4}$/.test(year)) return undefined
  const american = /^(\d{1,2})\/(\d{1,2})\/\d{2,4}$/.exec(date)
  const day = american === null ? undefined : dayOf(Number(year), Number(american[1]), Number(american[2]))
  return day ?? startOfYear(Number(year))
}
