import { readFileSync } from 'node:fs'
import { normaliseGenres } from '../../src/domain/genres.js'
import type { ItemId } from '../../src/domain/ids.js'
import type { Item } from '../../src/domain/item.js'

interface Film {
  readonly Title: string | number | null
  readonly 'Release Date': string | null
  readonly 'Running Time min': number | null
  readonly 'Major Genre': string | null
  readonly 'Creative Type': string | null
  readonly Director: string | null
  readonly 'IMDB Rating': number | null
  readonly 'IMDB Votes': number | null
}

const absent = {
  kind: 'movie',
  genres: [],
  cast: [],
  directors: [],
  themes: [],
  moods: [],
  languages: [],
  countries: [],
  offers: [],
  attributes: {},
  hidden: false,
} as const

/** An item that nobody said anything about but its title. */
export function bareItem(itemId: string, fields: Partial<Item> = {}): Item {
  return { ...absent, itemId: itemId as ItemId, title: itemId, ...fields }
}

/** The films of vega-datasets, as far as a simulated audience looks at them. */
export function films(): Item[] {
  const path = new URL('../../node_modules/vega-datasets/data/movies.json', import.meta.url)
  const rows = JSON.parse(readFileSync(path, 'utf8')) as Film[]
  return rows.map((film, row) => {
    const releasedAt = Date.parse(`${film['Release Date']} UTC`)
    return bareItem(`film-${row}`, {
      title: String(film.Title),
      genres: normaliseGenres(film['Major Genre'] === null ? [] : [film['Major Genre']]),
      themes: film['Creative Type'] === null ? [] : [film['Creative Type'].toLowerCase()],
      directors: film.Director === null ? [] : [film.Director],
      attributes: film['IMDB Votes'] === null ? {} : { votes: film['IMDB Votes'] },
      ...(Number.isNaN(releasedAt) ? {} : { releasedAt }),
      ...(film['IMDB Rating'] === null ? {} : { averageRating: film['IMDB Rating'] }),
      ...(film['Running Time min'] === null ? {} : { durationMinutes: film['Running Time min'] }),
    })
  })
}
