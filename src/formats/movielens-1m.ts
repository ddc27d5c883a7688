import { parseItem } from '../contract/item.js'
import { parseUser } from '../contract/user.js'
import type { Item } from '../domain/item.js'
import type { User } from '../domain/user.js'
import { type Feed, type FeedOptions, judged, type Row, type Rows, rejected } from './feed.js'
import { enrich } from './film-facts.js'
import type { Folder } from './folder.js'
import { type LineOptions, readLines } from './lines.js'
import { type Extras, readExtraInfos } from './movielens-extras.js'
import { plainColumns, type RatingsFile, readRatings } from './movielens-ratings.js'
import { joinAlternates, parseTitle, startOfYear } from './movielens-title.js'

/**
 * MovieLens 1M: ratings.dat, movies.dat and users.dat with `::` between columns, ISO-8859-1. A copy may bring its ratings as
 * ratings.csv with a column seqPos, each row's place in its user's history, which then decides the order. MovieLens 10M looks the
 * same without users.dat; it is UTF-8, and its ratings go in halves from 0.5.
 * `movies_extrainfos.dat`, when it is there, adds plots, cast, directors, exact dates and age ratings.
 */
export async function openMovielens1m(folder: Folder, options: FeedOptions): Promise<Feed> {
  const hasUsers = folder.find('users.dat') !== undefined
  const infos = folder.find('movies_extrainfos.dat')
  const extras: Extras = infos === undefined ? new Map() : await readExtraInfos(infos)
  const ratings = ratingsOf(folder, options, hasUsers ? { min: 1, max: 5 } : { min: 0.5, max: 5 })
  return {
    title: `MovieLens ${hasUsers ? '1M' : '10M'} (${ratings.name})`,
    items: () => readItems(folder, extras, { encoding: hasUsers ? 'latin1' : 'utf8' }),
    ...(hasUsers ? { users: () => readUsers(folder) } : {}),
    events: () => readRatings(ratings),
    notes: infos === undefined ? [] : ['Plots, cast and directors come from movies_extrainfos.dat.'],
  }
}

function ratingsOf(folder: Folder, { now }: FeedOptions, scale: RatingsFile['scale']): RatingsFile {
  if (folder.find('ratings.dat') === undefined) {
    return { path: folder.path('ratings.csv'), name: folder.name('ratings.csv'), separator: ',', scale, now }
  }
  return {
    path: folder.path('ratings.dat'),
    name: folder.name('ratings.dat'),
    separator: '::',
    columns: plainColumns,
    scale,
    now,
  }
}

async function* readItems(folder: Folder, extras: Extras, options: LineOptions): Rows<Item> {
  for await (const { first, texts, problems } of readLines(folder.path('movies.dat'), options)) {
    const rows: Row<Item>[] = []
    for (const [index, text] of texts.entries()) {
      const problem = problems.get(first + index)
      if (problem !== undefined) rows.push(rejected('movies.dat', first + index, problem, text))
      else if (text !== '') rows.push(itemOf(text, first + index, extras))
    }
    yield rows
  }
}

function itemOf(text: string, line: number, extras: Extras): Row<Item> {
  const [itemId, name, genres, ...rest] = text.split('::')
  if (itemId === undefined || name === undefined || genres === undefined || rest.length > 0) {
    return rejected('movies.dat', line, 'must have 3 columns', text)
  }
  const { title, alternates, year } = parseTitle(name)
  const row = judged(
    'movies.dat',
    line,
    parseItem({
      itemId,
      kind: 'movie',
      title,
      genres: genres.split('|').filter((genre) => genre !== ''),
      releasedAt: year === undefined ? null : startOfYear(year),
      attributes: alternates.length === 0 ? {} : { alternateTitle: joinAlternates(alternates) },
    }),
    text,
  )
  const facts = extras.get(itemId)
  return 'problem' in row || facts === undefined ? row : { ...row, value: enrich(row.value, facts) }
}

/** By the code in users.dat, which is the youngest age of the range. */
const ageRanges: Readonly<Record<string, string>> = {
  1: 'Under 18',
  18: '18-24',
  25: '25-34',
  35: '35-44',
  45: '45-49',
  50: '50-55',
  56: '56+',
}

/** By the code in users.dat. */
const occupations = [
  'other',
  'academic/educator',
  'artist',
  'clerical/admin',
  'college/grad student',
  'customer service',
  'doctor/health care',
  'executive/managerial',
  'farmer',
  'homemaker',
  'K-12 student',
  'lawyer',
  'programmer',
  'retired',
  'sales/marketing',
  'scientist',
  'self-employed',
  'technician/engineer',
  'tradesman/craftsman',
  'unemployed',
  'writer',
]

async function* readUsers(folder: Folder): Rows<User> {
  for await (const { first, texts } of readLines(folder.path('users.dat'), { encoding: 'latin1' })) {
    const rows: Row<User>[] = []
    for (const [index, text] of texts.entries()) if (text !== '') rows.push(userOf(text, first + index))
    yield rows
  }
}

function userOf(text: string, line: number): Row<User> {
  const [userId, gender, age = '', occupation, zipCode, ...rest] = text.split('::')
  if (zipCode === undefined || rest.length > 0) return rejected('users.dat', line, 'must have 5 columns', text)
  const traits = {
    gender,
    ageRange: ageRanges[age] ?? null,
    attributes: { occupation: occupations[Number(occupation)] ?? 'other', zipCode },
  }
  return judged('users.dat', line, parseUser({ userId, traits }), text)
}
