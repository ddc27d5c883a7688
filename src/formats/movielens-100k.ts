import { parseItem } from '../contract/item.js'
import { parseUser } from '../contract/user.js'
import type { Item } from '../domain/item.js'
import type { User } from '../domain/user.js'
import { parseDay } from './day.js'
import { type Feed, type FeedOptions, judged, type Row, type Rows, rejected } from './feed.js'
import { enrich } from './film-facts.js'
import type { Folder } from './folder.js'
import { readLines } from './lines.js'
import { type Extras, readImdbInfos } from './movielens-extras.js'
import { plainColumns, readRatings } from './movielens-ratings.js'
import { joinAlternates, parseTitle, startOfYear } from './movielens-title.js'

/**
 * MovieLens 100K: u.data (tab), u.item and u.user (`|`, ISO-8859-1), u.genre. u.data is in no order; storage puts it in one.
 * `items_info.imdb.json`, when it is there, adds plots, cast and directors.
 */
export async function openMovielens100k(folder: Folder, options: FeedOptions): Promise<Feed> {
  const infos = folder.find('items_info.imdb.json')
  const extras: Extras = infos === undefined ? new Map() : await readImdbInfos(infos)
  const genres = await readGenres(folder)
  return {
    title: 'MovieLens 100K',
    items: () => readItems(folder, genres, extras),
    ...(folder.find('u.user') === undefined ? {} : { users: () => readUsers(folder) }),
    events: () =>
      readRatings({
        path: folder.path('u.data'),
        name: 'u.data',
        separator: '\t',
        columns: plainColumns,
        scale: { min: 1, max: 5 },
        now: options.now,
      }),
    notes: infos === undefined ? [] : ['Plots, cast and directors come from items_info.imdb.json.'],
  }
}

/** The genres in the order of u.item's flags, which stands in u.genre: `Action|1`. */
async function readGenres(folder: Folder): Promise<readonly string[]> {
  const genres: string[] = []
  for await (const { texts } of readLines(folder.path('u.genre'))) {
    for (const text of texts) {
      const [name, flag] = text.split('|')
      if (name !== undefined && flag !== undefined) genres[Number(flag)] = name
    }
  }
  return genres
}

const FIRST_FLAG = 5 // after id, title, release date, video release date and IMDb address

async function* readItems(folder: Folder, genres: readonly string[], extras: Extras): Rows<Item> {
  for await (const { first, texts } of readLines(folder.path('u.item'), { encoding: 'latin1' })) {
    const rows: Row<Item>[] = []
    for (const [index, text] of texts.entries()) {
      if (text !== '') rows.push(itemOf(text, first + index, genres, extras))
    }
    yield rows
  }
}

function itemOf(text: string, line: number, genres: readonly string[], extras: Extras): Row<Item> {
  const fields = text.split('|')
  if (fields.length !== FIRST_FLAG + genres.length) {
    return rejected('u.item', line, `must have ${FIRST_FLAG + genres.length} columns`, text)
  }
  const [itemId = '', name = '', released = ''] = fields
  const { title, alternates, year } = parseTitle(name)
  const row = judged(
    'u.item',
    line,
    parseItem({
      itemId,
      kind: 'movie',
      title,
      genres: genres.filter((_, flag) => fields[FIRST_FLAG + flag] === '1'),
      releasedAt: parseDay(released) ?? (year === undefined ? null : startOfYear(year)),
      attributes: alternates.length === 0 ? {} : { alternateTitle: joinAlternates(alternates) },
    }),
    text,
  )
  const facts = extras.get(itemId)
  return 'problem' in row || facts === undefined ? row : { ...row, value: enrich(row.value, facts) }
}

async function* readUsers(folder: Folder): Rows<User> {
  for await (const { first, texts } of readLines(folder.path('u.user'), { encoding: 'latin1' })) {
    const rows: Row<User>[] = []
    for (const [index, text] of texts.entries()) if (text !== '') rows.push(userOf(text, first + index))
    yield rows
  }
}

function userOf(text: string, line: number): Row<User> {
  const [userId, age, gender, occupation, zipCode, ...rest] = text.split('|')
  if (zipCode === undefined || rest.length > 0) return rejected('u.user', line, 'must have 5 columns', text)
  const years = Number(age)
  const traits = { gender, ageRange: ageRangeOf(years), attributes: { age: years, occupation, zipCode } }
  return judged('u.user', line, parseUser({ userId, traits }), text)
}

/** The ranges of ml-1m, so that the two sets speak of the same people in the same words. */
function ageRangeOf(age: number): string | null {
  if (Number.isNaN(age)) return null
  if (age < 18) return 'Under 18'
  if (age < 25) return '18-24'
  if (age < 35) return '25-34'
  if (age < 45) return '35-44'
  if (age < 50) return '45-49'
  return age < 56 ? '50-55' : '56+'
}
