import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parseItem } from '../contract/item.js'
import { SonaError } from '../domain/errors.js'
import { type Feed, judged } from './feed.js'
import { enrich, factsOf, type RawFacts } from './film-facts.js'
import { openFolder } from './folder.js'
import { unreadable } from './lines.js'
import type { Metadata } from './metadata.js'
import { startOfYear } from './movielens-title.js'
import { createTitleIds, type TitleIds } from './title-id.js'
import { createTitleIndex } from './title-index.js'

/** Far above any decade (3 MB); below what would exhaust the memory. */
const MAX_FILE_BYTES = 256 * 1024 * 1024

/**
 * Wikipedia's films by decade: files `movies-1990s.json`, each a list of { title, year, cast, genres, href, extract }. Found by title
 * and year, give or take one. The page's name is kept as the attribute wikipediaPage: the text's licence wants its source named.
 */
export async function openWikipedia(directory: string): Promise<Metadata> {
  const names = await decadesIn(directory)
  const index = createTitleIndex<RawFacts>()
  let films = 0
  for (const name of names) {
    const withText = await readFilms(join(directory, name))
    // Two films of one name and year: the one with a text stays.
    for (const film of withText.sort((a, b) => Number(b.hasText) - Number(a.hasText))) {
      index.add(film.title, film.year, film.facts)
      films++
    }
  }
  return {
    title: `Wikipedia (${films.toLocaleString('en')} films)`,
    enrich(item) {
      const facts = index.find(item)
      return facts === undefined ? undefined : enrich(item, factsOf(facts)) // judged now: most films are never asked for
    },
  }
}

/** The same films as a catalogue of their own. Ids are made of title and year, in the order of the files: `alien-1979`. */
export async function openWikipediaFilms(directory: string): Promise<Feed> {
  const names = await decadesIn(directory)
  return {
    title: `Wikipedia films (${names.length} decades)`,
    async *items() {
      const ids = createTitleIds()
      for (const name of names) {
        const films = await readFilms(join(directory, name))
        yield films.map((film, index) => judged(name, index + 1, parseItem(itemOf(film, ids)), film.title))
      }
    },
    notes: [
      'The texts are Wikipedia’s (CC BY-SA): name the source, kept in each item’s attribute wikipediaPage, where you show them.',
    ],
  }
}

function itemOf({ title, year, facts }: Film, ids: TitleIds): unknown {
  const { description, genres, cast, attributes } = factsOf(facts)
  const releasedAt = startOfYear(year)
  return { itemId: ids.idFor(title, year), kind: 'movie', title, description, genres, cast, releasedAt, attributes }
}

async function decadesIn(directory: string): Promise<readonly string[]> {
  const folder = await openFolder(directory)
  const names = folder.names.filter((name) => /^movies-\d{4}s\.json(\.gz)?$/.test(name)).sort()
  if (names.length > 0) return names
  throw new SonaError(
    'INVALID_FILE',
    `${directory} holds no Wikipedia films. Looked for movies-<decade>.json or .json.gz, such as movies-1990s.json.`,
  )
}

interface Film {
  readonly title: string
  readonly year: number
  readonly hasText: boolean
  readonly facts: RawFacts
}

async function readFilms(path: string): Promise<Film[]> {
  let films: unknown
  try {
    const bytes = await readFile(path)
    const text = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: MAX_FILE_BYTES }) : bytes
    films = JSON.parse(text.toString('utf8'))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw unreadable(path, cause)
    throw new SonaError('INVALID_FILE', `${path} is not JSON.`, { cause })
  }
  if (!Array.isArray(films)) throw new SonaError('INVALID_FILE', `${path} is not a list of films.`)
  return films.flatMap(filmOf)
}

function filmOf(entry: unknown): Film[] {
  if (typeof entry !== 'object' || entry === null) return []
  const field = (name: string): unknown => Reflect.get(entry, name)
  const [title, year, extract, href] = [field('title'), field('year'), field('extract'), field('href')]
  if (typeof title !== 'string' || typeof year !== 'number') return []
  const facts: RawFacts = {
    description: typeof extract === 'string' ? extract : undefined,
    genres: textsOf(field('genres')),
    cast: textsOf(field('cast')).filter((name) => !name.startsWith('(')), // "(voices)" and the like
    attributes: { wikipediaPage: typeof href === 'string' ? href : undefined },
  }
  return [{ title, year, hasText: facts.description !== undefined, facts }]
}

const textsOf = (list: unknown): string[] =>
  Array.isArray(list) ? list.filter((entry): entry is string => typeof entry === 'string') : []
