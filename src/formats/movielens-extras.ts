import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { SonaError } from '../domain/errors.js'
import { parseDay } from './day.js'
import { type FilmFacts, factsOf } from './film-facts.js'
import { readLines, unreadable } from './lines.js'
import { startOfYear } from './movielens-title.js'

/** Facts about films that some copies of MovieLens carry along, by movie id. */
export type Extras = ReadonlyMap<string, FilmFacts>

const names = (text: string): string[] => text.split(',').map((name) => name.trim())
const unlessAbsent = (text: string | undefined): string | undefined => (text === '' || text === 'N/A' ? undefined : text)

/**
 * `movies_extrainfos.dat`, beside some copies of ml-1m: id::title::year::MPAA::released::genres::director::writer::actors::plot::poster,
 * UTF-8. A plot may contain `::`, so the columns are counted from both ends.
 */
export async function readExtraInfos(path: string): Promise<Extras> {
  const extras = new Map<string, FilmFacts>()
  for await (const { texts, problems } of readLines(path)) {
    if (problems.size > 0) throw new SonaError('INVALID_FILE', `${path} is damaged. Delete it: it is not needed.`)
    for (const text of texts) {
      const fields = text.split('::')
      const [id, , year, rating, released, genres, directors, , actors] = fields.map((field) => unlessAbsent(field.trim()))
      if (id === undefined || fields.length < 11) continue
      const facts = factsOf({
        description: unlessAbsent(fields.slice(9, -1).join('::').trim()),
        genres: names(genres ?? ''),
        directors: names(directors ?? ''),
        cast: names(actors ?? ''),
        releasedAt: parseDay(released ?? '') ?? (year === undefined ? undefined : startOfYear(Number(year))),
        maturity: rating,
      })
      extras.set(id, facts)
    }
  }
  return extras
}

/** `items_info.imdb.json`, beside some copies of ml-100k: a list of objects with movielens_id, imdb_id, plot, genres, cast, … */
export async function readImdbInfos(path: string): Promise<Extras> {
  const extras = new Map<string, FilmFacts>()
  for (const entry of await readList(path)) {
    const id = textOf(entry, 'movielens_id')
    const year = textOf(entry, 'year')
    const imdbId = textOf(entry, 'imdb_id')
    if (id === undefined) continue
    const facts = factsOf({
      description: textOf(entry, 'plot'),
      genres: names(textOf(entry, 'genres') ?? ''),
      directors: names(textOf(entry, 'directors') ?? ''),
      cast: names(textOf(entry, 'cast') ?? ''),
      releasedAt: year === undefined ? undefined : startOfYear(Number(year)),
      averageRating: Number(textOf(entry, 'rating')),
      attributes: { imdbId: imdbId === undefined ? undefined : `tt${imdbId}` },
    })
    extras.set(id, facts)
  }
  return extras
}

async function readList(path: string): Promise<readonly object[]> {
  let content: unknown
  try {
    content = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw unreadable(path, cause)
    throw new SonaError('INVALID_FILE', `${basename(path)} is not JSON. Delete it: it is not needed.`, { cause })
  }
  if (!Array.isArray(content))
    throw new SonaError('INVALID_FILE', `${basename(path)} is not a list. Delete it: it is not needed.`)
  return content.filter((entry) => typeof entry === 'object' && entry !== null)
}

function textOf(entry: object, name: string): string | undefined {
  const value: unknown = Object.hasOwn(entry, name) ? Reflect.get(entry, name) : undefined
  return typeof value === 'string' ? unlessAbsent(value.trim()) : undefined
}
