import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parseItem } from '../contract/item.js'
import { SonaError } from '../domain/errors.js'
import type { Item } from '../domain/item.js'
import { parseMaturity } from '../domain/maturity.js'
import { parseDay } from './day.js'
import { type Feed, judged, type Row, rejected } from './feed.js'
import { unreadable } from './lines.js'
import { reread } from './mojibake.js'
import { parseTitle, withArticleInFront } from './movielens-title.js'
import { createTitleIds, type TitleIds } from './title-id.js'

/** The films as a feed, to be imported. */
export async function openVega(): Promise<Feed> {
  const rows = vegaItems(await readEntries())
  return {
    title: 'Films of vega-datasets',
    async *items() {
      yield rows
    },
    notes: [],
  }
}

/**
 * The 3,200 films that come with the npm package `vega-datasets` (data/movies.json, from 1915 to 2011): the catalogue of the demo.
 * Ids are made of title and year: `alien-1979`. The one film without a title is left out.
 */
export async function readVegaFilms(): Promise<readonly Item[]> {
  return vegaItems(await readEntries()).flatMap((row) => ('problem' in row ? [] : [row.value]))
}

async function readEntries(): Promise<readonly unknown[]> {
  const path = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '..', 'data', FILE)
  let films: unknown
  try {
    films = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw unreadable(path, error)
  }
  if (!Array.isArray(films)) throw new SonaError('INVALID_FILE', `${path} is not a list of films.`)
  return films
}

const FILE = 'movies.json'

/** The entries of movies.json as items. A row's line is the place of its entry, from 1. */
export function vegaItems(films: readonly unknown[]): readonly Row<Item>[] {
  const ids = createTitleIds()
  return films.map((film, index) => rowOf(film, index + 1, ids))
}

function rowOf(film: unknown, line: number, ids: TitleIds): Row<Item> {
  const field = (name: string): unknown => (typeof film === 'object' && film !== null ? Reflect.get(film, name) : undefined)
  const words = (name: string): string | undefined => textOf(field(name))
  const named = words('Title')
  if (named === undefined) return rejected(FILE, line, 'has no title', JSON.stringify(film))

  const releasedAt = releaseOf(words('Release Date') ?? '')
  const released = releasedAt === undefined ? undefined : new Date(releasedAt).getUTCFullYear()
  const title = withoutYear(named)
  const creativeType = words('Creative Type')
  return judged(
    FILE,
    line,
    parseItem({
      itemId: ids.idFor(title, released),
      kind: 'movie',
      title,
      genres: words('Major Genre')?.split('/'),
      themes: creativeType === undefined || creativeType === 'Multiple Creative Types' ? [] : [creativeType.toLowerCase()],
      directors: [words('Director')].filter((director) => director !== undefined),
      releasedAt,
      durationMinutes: field('Running Time min'),
      maturity: parseMaturity(words('MPAA Rating') ?? ''), // "Not Rated" and "Open" are none
      averageRating: field('IMDB Rating'),
      attributes: attributesOf({
        distributor: words('Distributor'),
        source: words('Source'),
        imdbVotes: field('IMDB Votes'),
        rottenTomatoesRating: field('Rotten Tomatoes Rating'),
      }),
    }),
    JSON.stringify(film),
  )
}

/** Titles such as 300 and 2046 are numbers in the file; accents went through the wrong encoding on their way into it. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string' || value.trim() === '') return undefined
  return reread(value.trim(), { writtenAs: 'windows-1252', readAs: 'macintosh' })
}

/** `King Kong (1933)` → `King Kong`, `Secret, The` → `The Secret`; other brackets belong to the title. */
function withoutYear(title: string): string {
  const parts = parseTitle(title)
  return parts.year !== undefined && parts.alternates.length === 0 ? parts.title : withArticleInFront(title)
}

/** The file ends in 2011; a later year had two digits and lost its century, as 2046 for 1946. */
const LAST_YEAR = 2011

function releaseOf(text: string): number | undefined {
  const found = /^(\w{3} \d{2}) (\d{4})$/.exec(text)
  const year = Number(found?.[2])
  return found === null ? undefined : parseDay(`${found[1]} ${year > LAST_YEAR ? year - 100 : year}`)
}

const attributesOf = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null))
