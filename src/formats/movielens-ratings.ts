import { futureProblem } from '../contract/event.js'
import { idProblem } from '../contract/limits.js'
import { SonaError } from '../domain/errors.js'
import type { Event, Rating } from '../domain/event.js'
import type { ItemId, UserId } from '../domain/ids.js'
import { type EpochMs, MS_PER_SECOND } from '../domain/time.js'
import { createEventIds } from './event-ids.js'
import { type ParsedRow, type RejectedRow, type Row, type Rows, rejected } from './feed.js'
import { readLines } from './lines.js'

/** Where to find ratings, and how they are laid out. */
export interface RatingsFile {
  readonly path: string
  readonly name: string
  readonly separator: string
  /** Absent: the first line names the columns (userId, movieId, rating, timestamp, and seqPos where there is one). */
  readonly columns?: RatingColumns
  readonly scale: { readonly min: number; readonly max: number }
  readonly now: EpochMs
}

export interface RatingColumns {
  readonly userId: number
  readonly itemId: number
  readonly rating: number
  readonly timestamp: number
  /** The place of the row in its user's history, where the file knows better than its timestamps. */
  readonly position?: number
  /** How many columns a row has. */
  readonly count: number
}

export const plainColumns: RatingColumns = { userId: 0, itemId: 1, rating: 2, timestamp: 3, count: 4 }

/** A user with more consecutive rows than this is passed on in parts; storage keeps the order of time all the same. */
const MAX_RUN = 100_000

interface PlacedRow {
  readonly row: ParsedRow<Event>
  /** Position where the file has one, else the time. */
  readonly place: number
}

/**
 * MovieLens ratings as `rate` events. The rows of one user that stand together, as in every set but ml-100k, are put in order of
 * time; equal times keep the order of the file. Ratings files are numbers only, so lines are split without minding quotes.
 */
export async function* readRatings(file: RatingsFile): Rows<Event> {
  const idOf = createEventIds('movielens')
  let columns = file.columns
  let run: PlacedRow[] = []

  for await (const { first, texts, problems } of readLines(file.path)) {
    const done: Row<Event>[] = []
    for (let index = 0; index < texts.length; index++) {
      const text = texts[index] ?? ''
      const line = first + index
      const unreadable = problems.get(line)
      if (unreadable !== undefined) done.push(rejected(file.name, line, unreadable, text))
      else if (columns === undefined) columns = columnsOf(text, file)
      else if (text !== '') take(parseRating(text, line, columns, file, idOf), done)
    }
    yield done
  }
  const last: Row<Event>[] = []
  finishRun(last)
  yield last

  function take(placed: PlacedRow | RejectedRow, done: Row<Event>[]): void {
    if ('problem' in placed) {
      done.push(placed)
      return
    }
    if (run[0]?.row.value.userId !== placed.row.value.userId || run.length >= MAX_RUN) finishRun(done)
    run.push(placed)
  }

  function finishRun(done: Row<Event>[]): void {
    run.sort((a, b) => a.place - b.place)
    for (const { row } of run) done.push(row)
    run = []
  }
}

function columnsOf(header: string, file: RatingsFile): RatingColumns {
  const names = header.split(file.separator).map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
  const at = (name: string): number => {
    const column = names.indexOf(name)
    if (column === -1) {
      throw new SonaError(
        'INVALID_FILE',
        `${file.path} has no column ${name}. Its first line must name userId, movieId, rating, timestamp.`,
      )
    }
    return column
  }
  const position = names.indexOf('seqPos')
  return {
    userId: at('userId'),
    itemId: at('movieId'),
    rating: at('rating'),
    timestamp: at('timestamp'),
    ...(position === -1 ? {} : { position }),
    count: names.length,
  }
}

function parseRating(
  text: string,
  line: number,
  columns: RatingColumns,
  file: RatingsFile,
  idOf: ReturnType<typeof createEventIds>,
): PlacedRow | RejectedRow {
  const fields = text.split(file.separator)
  const userId = (fields[columns.userId] ?? '') as UserId
  const itemId = (fields[columns.itemId] ?? '') as ItemId
  const value = numberOf(fields[columns.rating])
  const occurredAt = Math.floor(numberOf(fields[columns.timestamp]) * MS_PER_SECOND)
  const place = columns.position === undefined ? occurredAt : numberOf(fields[columns.position])

  const problem =
    (fields.length === columns.count ? undefined : `must have ${columns.count} columns`) ??
    told('userId', idProblem(userId)) ??
    told('movieId', idProblem(itemId)) ??
    told('rating', ratingProblem(value, file.scale)) ??
    told('timestamp', occurredAt >= 0 ? futureProblem(occurredAt, file.now) : 'must be seconds since 1970') ??
    told('seqPos', Number.isNaN(place) ? 'must be a number' : undefined)
  if (problem !== undefined) return rejected(file.name, line, problem, text)

  const event = { userId, itemId, kind: 'rate', rating: ratingOf(value, file.scale), rewatch: false, occurredAt } as const
  return { row: { file: file.name, line, value: { eventId: idOf(event), ...event } }, place }
}

/** Ten values or so make up millions of rows: one object each. */
const ratings = new Map<string, Rating>()

function ratingOf(value: number, { min, max }: RatingsFile['scale']): Rating {
  const key = `${value}/${min}/${max}`
  const known = ratings.get(key)
  if (known !== undefined) return known
  const rating = { value, min, max }
  if (ratings.size < 1_000) ratings.set(key, rating)
  return rating
}

const told = (field: string, problem: string | undefined): string | undefined =>
  problem === undefined ? undefined : `${field} ${problem}`

function ratingProblem(value: number, { min, max }: RatingsFile['scale']): string | undefined {
  if (Number.isNaN(value)) return 'must be a number'
  return value < min || value > max ? `must lie on its scale, ${min}–${max}` : undefined
}

/** NaN where there is no finite number; Number() alone would read an empty field as 0. */
function numberOf(field: string | undefined): number {
  if (field === undefined || field.trim() === '') return Number.NaN
  const value = Number(field)
  return Number.isFinite(value) ? value : Number.NaN
}
