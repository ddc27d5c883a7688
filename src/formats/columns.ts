import { parseInstant } from '../contract/instant.js'
import { MS_PER_SECOND } from '../domain/time.js'

/** What the rows of a file are. */
export const tableKinds = ['items', 'users', 'events'] as const
export type TableKind = (typeof tableKinds)[number]

/** How the text of a cell becomes a value. */
type Reading = (cell: string) => unknown

interface Column {
  /** The field of the API that the column fills; `context.device` fills a field inside another. */
  readonly field: string
  /** Header names that mean it, beside the field itself. Case, spaces, `_`, `-` and `.` do not count. */
  readonly names: readonly string[]
  readonly reading: Reading
}

/**
 * The columns of CSV files. A cell that is empty says nothing. Lists are parted by `|` or written as a JSON array; times are ISO 8601,
 * seconds or milliseconds (below 100,000,000,000 a number is seconds: in milliseconds that is early 1973). Columns that are not here
 * become attributes of items and users; of events they are left out, and the import says so.
 */
export const columnsOf: Readonly<Record<TableKind, readonly Column[]>> = {
  items: [
    { field: 'itemId', names: ['id', 'item', 'movieId', 'filmId', 'showId', 'trackId', 'contentId', 'titleId'], reading: text },
    { field: 'kind', names: ['type', 'itemType', 'contentType'], reading: itemKind },
    { field: 'title', names: ['name', 'primaryTitle'], reading: text },
    { field: 'description', names: ['overview', 'plot', 'summary', 'synopsis'], reading: text },
    { field: 'genres', names: ['genre', 'listedIn', 'categories'], reading: list },
    { field: 'cast', names: ['actors', 'actor', 'starring'], reading: list },
    { field: 'directors', names: ['director'], reading: list },
    { field: 'franchise', names: ['collection'], reading: text },
    { field: 'seriesId', names: [], reading: text },
    { field: 'season', names: ['seasonNumber'], reading: number },
    { field: 'episode', names: ['episodeNumber'], reading: number },
    { field: 'themes', names: ['theme', 'keywords', 'tags'], reading: list },
    { field: 'moods', names: ['mood'], reading: list },
    { field: 'languages', names: ['language', 'originalLanguage'], reading: list },
    { field: 'countries', names: ['country'], reading: list },
    { field: 'releasedAt', names: ['releaseDate', 'released', 'published', 'publishedAt'], reading: instant },
    { field: 'releasedYear', names: ['year', 'releaseYear'], reading: year },
    { field: 'durationMinutes', names: ['duration', 'runtime', 'runtimeMinutes', 'runningTime'], reading: minutes },
    { field: 'maturity', names: ['mpaa', 'mpaaRating', 'certificate', 'ageRating', 'contentRating'], reading: text },
    { field: 'averageRating', names: ['voteAverage', 'imdbRating', 'imdbScore'], reading: number },
    { field: 'offers', names: [], reading: json },
    { field: 'hidden', names: [], reading: flag },
  ],
  users: [
    { field: 'userId', names: ['id', 'user', 'uid', 'customerId', 'profileId'], reading: text },
    { field: 'traits.gender', names: ['gender', 'sex'], reading: text },
    { field: 'traits.ageRange', names: ['ageRange', 'ageGroup'], reading: text },
    { field: 'traits.region', names: ['region', 'countryCode'], reading: text },
    { field: 'traits.languages', names: ['languages', 'language'], reading: list },
    { field: 'traits.subscriptions', names: ['subscriptions', 'platforms'], reading: list },
    { field: 'traits.maxMaturity', names: ['maxMaturity'], reading: text },
    { field: 'traits.chosenGenres', names: ['chosenGenres', 'genres', 'favouriteGenres', 'favoriteGenres'], reading: list },
    { field: 'traits.blockedGenres', names: ['blockedGenres'], reading: list },
    { field: 'consent.training', names: ['consentTraining'], reading: flag },
    { field: 'consent.personalisation', names: ['consentPersonalisation', 'consentPersonalization'], reading: flag },
  ],
  events: [
    { field: 'eventId', names: [], reading: text },
    { field: 'userId', names: ['user', 'uid', 'customerId', 'profileId', 'visitorId'], reading: text },
    {
      field: 'itemId',
      names: ['item', 'movieId', 'filmId', 'showId', 'trackId', 'contentId', 'titleId', 'productId'],
      reading: text,
    },
    { field: 'occurredAt', names: ['timestamp', 'time', 'ts', 'date', 'datetime', 'eventTime', 'createdAt'], reading: instant },
    { field: 'kind', names: ['event', 'eventType', 'type', 'action'], reading: eventKind },
    { field: 'completion', names: ['progress', 'watchRatio', 'completionRate'], reading: number },
    { field: 'rating.value', names: ['rating', 'score', 'stars'], reading: number },
    { field: 'rating.min', names: ['ratingMin'], reading: number },
    { field: 'rating.max', names: ['ratingMax'], reading: number },
    { field: 'rewatch', names: ['rewatched', 'replay'], reading: flag },
    { field: 'recommendationId', names: [], reading: text },
    { field: 'context.device', names: ['device', 'deviceType'], reading: text },
    { field: 'context.region', names: ['region', 'countryCode'], reading: text },
    { field: 'context.timeZone', names: ['timeZone', 'tz'], reading: text },
    { field: 'context.mood', names: ['mood'], reading: text },
    { field: 'context.weather', names: ['weather'], reading: text },
    { field: 'context.occasion', names: ['occasion'], reading: text },
  ],
}

/** Without these a row means nothing. */
export const requiredFields: Readonly<Record<TableKind, readonly string[]>> = {
  items: ['itemId', 'title'],
  users: ['userId'],
  events: ['userId', 'itemId', 'occurredAt'],
}

/** Which column of a header fills what. */
export interface ColumnMap {
  readonly columns: readonly (Column | undefined)[]
  /** Names of the columns that fill no field. */
  readonly others: readonly string[]
  readonly missing: readonly string[]
}

/** Of two columns for one field the first counts; the other is among the others. */
export function mapColumns(kind: TableKind, header: readonly string[]): ColumnMap {
  const taken = new Set<string>()
  const columns = header.map((name) => {
    const column = columnsOf[kind].find(({ field, names }) => [field, ...names].some((known) => plain(known) === plain(name)))
    if (column === undefined || taken.has(column.field)) return undefined
    taken.add(column.field)
    return column
  })
  return {
    columns,
    others: header.filter((_, index) => columns[index] === undefined),
    missing: requiredFields[kind].filter((field) => !taken.has(field)),
  }
}

/** Column names that a file may use for a field, for an error message. */
export function namesOf(kind: TableKind, field: string): readonly string[] {
  return [field, ...(columnsOf[kind].find((column) => column.field === field)?.names ?? [])]
}

const plain = (name: string): string => name.toLowerCase().replace(/[\s_.-]/g, '')

// What cannot be read is passed on as it stands: the contract refuses it, and names the field.

function text(cell: string): string {
  return cell
}

function number(cell: string): unknown {
  const value = Number(cell)
  return Number.isFinite(value) ? value : cell
}

function list(cell: string): unknown {
  if (cell.startsWith('[')) return json(cell)
  return cell
    .split('|')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function json(cell: string): unknown {
  try {
    return JSON.parse(cell)
  } catch {
    return cell
  }
}

function flag(cell: string): unknown {
  const word = cell.toLowerCase()
  if (['true', '1', 'yes'].includes(word)) return true
  return ['false', '0', 'no'].includes(word) ? false : cell
}

const FIRST_MILLISECONDS = 100_000_000_000

function instant(cell: string): unknown {
  if (!/^\d+(\.\d+)?$/.test(cell)) return parseInstant(cell) ?? cell
  const value = Number(cell)
  return value < FIRST_MILLISECONDS ? value * MS_PER_SECOND : value
}

function year(cell: string): unknown {
  return /^\d{4}(\.0)?$/.test(cell) ? (parseInstant(`${cell.slice(0, 4)}-01-01`) ?? cell) : cell
}

/** `124`, `124 min`. */
function minutes(cell: string): unknown {
  const found = /^(\d+(?:\.\d+)?)\s*(?:m|min|mins|minutes)?\.?$/i.exec(cell)
  return found === null ? cell : Number(found[1])
}

const itemKindNames: Readonly<Record<string, string>> = {
  film: 'movie',
  show: 'series',
  'tv show': 'series',
  'tv series': 'series',
  song: 'track',
}

function itemKind(cell: string): unknown {
  const word = cell.toLowerCase()
  return Object.hasOwn(itemKindNames, word) ? itemKindNames[word] : word
}

const eventKindNames: Readonly<Record<string, string>> = {
  rating: 'rate',
  watch: 'play',
  stream: 'play',
  listen: 'play',
  finish: 'complete',
  completed: 'complete',
}

function eventKind(cell: string): unknown {
  const word = cell.toLowerCase()
  return Object.hasOwn(eventKindNames, word) ? eventKindNames[word] : word
}
