import { basename } from 'node:path'
import { defaultRatingScale, parseEvent } from '../contract/event.js'
import { parseItem } from '../contract/item.js'
import { type Parsed, sentenceOf } from '../contract/problems.js'
import { parseUser } from '../contract/user.js'
import { SonaError } from '../domain/errors.js'
import { type Event, progressSteps } from '../domain/event.js'
import { type ColumnMap, mapColumns, namesOf, type TableKind, tableKinds } from './columns.js'
import { createEventIds } from './event-ids.js'
import { type Feed, type FeedOptions, type Row, type Rows, rejected } from './feed.js'
import { type CsvRecord, readCsv } from './records.js'

/**
 * A CSV file of items, users or events, plain or `.gz`; the first line names the columns (see columns.ts). The delimiter is whichever
 * of comma, semicolon and tab the first line has most of. Without `kind` the columns decide what the rows are.
 *
 * What a file may leave out: an item without a kind is a movie; an event without one is a `rate` when it has a rating, `complete` or
 * `progress` when it has a completion, else a `play`; an event without an id gets one from its content.
 */
export async function openCsv(path: string, kind: TableKind | undefined, options: FeedOptions): Promise<Feed> {
  const { header, delimiter } = await readHeader(path)
  const chosen = kind ?? mostTelling.find((candidate) => mapColumns(candidate, header).missing.length === 0)
  if (chosen === undefined) throw missingColumns(path, header, tableKinds)
  const map = mapColumns(chosen, header)
  if (map.missing.length > 0) throw missingColumns(path, header, [chosen])

  const file = basename(path)
  const table = { path, file, delimiter, map }
  const unused = chosen === 'events' && map.others.length > 0 ? [`Columns not used: ${map.others.join(', ')}.`] : []
  const title = `${chosen} from ${file}`
  switch (chosen) {
    case 'items':
      return {
        title,
        items: () => readRows(table, (raw, record) => parseItem(itemOf(raw, othersOf(record, map)))),
        notes: unused,
      }
    case 'users':
      return {
        title,
        users: () => readRows(table, (raw, record) => parseUser(userOf(raw, othersOf(record, map)))),
        notes: unused,
      }
    case 'events':
      return { title, events: () => readEvents(table, options), notes: unused }
  }
}

/** Events name users and items, and `id` may be anybody's: the more a kind asks for, the earlier it is tried. */
const mostTelling: readonly TableKind[] = ['events', 'items', 'users']

interface Table {
  readonly path: string
  readonly file: string
  readonly delimiter: string
  readonly map: ColumnMap
}

type Raw = Record<string, unknown>

async function readHeader(path: string): Promise<{ readonly header: readonly string[]; readonly delimiter: string }> {
  for await (const [first] of readCsv(path, basename(path), { delimiter: ',' })) {
    if (first === undefined) continue
    if (!('problem' in first)) return splitHeader(first.fields.join(','))
    throw new SonaError('INVALID_FILE', `The first line of ${path}, which must name the columns, ${first.problem}.`)
  }
  throw new SonaError('INVALID_FILE', `${path} is empty. Its first line must name the columns.`)
}

function splitHeader(line: string): { readonly header: readonly string[]; readonly delimiter: string } {
  const count = (delimiter: string): number => line.split(delimiter).length
  const delimiter = [',', ';', '\t'].reduce((best, other) => (count(other) > count(best) ? other : best))
  return { header: line.split(delimiter).map((name) => name.trim().replace(/^"(.*)"$/, '$1')), delimiter }
}

function missingColumns(path: string, header: readonly string[], kinds: readonly TableKind[]): SonaError {
  const wanted = kinds.map((kind) => {
    const fields = mapColumns(kind, header).missing.map((field) => `${field} (or ${namesOf(kind, field).slice(1).join(', ')})`)
    return `for ${kind}: ${fields.join('; ')}`
  })
  return new SonaError('INVALID_FILE', `${path} lacks columns ${wanted.join(' — ')}. It has ${header.join(', ').slice(0, 500)}.`)
}

async function* readRows<T>(table: Table, parse: (raw: Raw, record: CsvRecord) => Parsed<T>): Rows<T> {
  const fieldOf = table.map.columns.map((column) => column?.field.split('.') ?? [])
  let isHeader = true
  for await (const records of readCsv(table.path, table.file, { delimiter: table.delimiter })) {
    const rows = isHeader ? records.slice(1) : records
    isHeader = false
    yield rows.map((record) => ('problem' in record ? record : rowOf(record)))
  }

  function rowOf(record: CsvRecord): Row<T> {
    const count = table.map.columns.length
    const parsed: Parsed<T> =
      record.fields.length === count
        ? parse(rawOf(record), record)
        : { ok: false, problems: [{ field: '', message: `must have ${count} columns` }] }
    if (parsed.ok) return { file: table.file, line: record.line, value: parsed.value }
    return rejected(table.file, record.line, sentenceOf(parsed.problems), record.fields.join(table.delimiter))
  }

  /** The cells of known columns, nested as the API nests them. */
  function rawOf({ fields }: CsvRecord): Raw {
    const raw: Raw = {}
    for (const [index, column] of table.map.columns.entries()) {
      const cell = fields[index]?.trim() ?? ''
      if (column === undefined || cell === '') continue
      const [outer = '', inner] = fieldOf[index] ?? []
      if (inner === undefined) raw[outer] = column.reading(cell)
      else {
        raw[outer] ??= {}
        ;(raw[outer] as Raw)[inner] = column.reading(cell)
      }
    }
    return raw
  }
}

/** The cells of the other columns, as numbers and booleans where they are written so. */
function othersOf({ fields }: CsvRecord, { columns, others }: ColumnMap): Raw {
  const found: Raw = {}
  let next = 0
  for (const [index, column] of columns.entries()) {
    if (column !== undefined) continue
    const name = others[next++] ?? ''
    const cell = fields[index]?.trim() ?? ''
    if (cell !== '' && name !== '') found[name] = cell === 'true' ? true : cell === 'false' ? false : numberOrText(cell)
  }
  return found
}

/** Only what looks the same as a number: `007` and `1e3` are names. */
const numberOrText = (cell: string): string | number =>
  String(Number(cell)) === cell && Number.isFinite(Number(cell)) ? Number(cell) : cell

function itemOf({ releasedYear, ...raw }: Raw, others: Raw): Raw {
  return { kind: 'movie', ...(releasedYear === undefined ? {} : { releasedAt: releasedYear }), ...raw, attributes: others }
}

function userOf(raw: Raw, others: Raw): Raw {
  return { ...raw, traits: { ...(raw.traits as Raw | undefined), attributes: others } }
}

function readEvents(table: Table, { now, ratingScale }: FeedOptions): Rows<Event> {
  const idOf = createEventIds('file')
  return readRows(table, (raw) => {
    if (raw.occurredAt === undefined) return { ok: false, problems: [{ field: 'occurredAt', message: 'is required' }] }
    const rating = raw.rating === undefined ? undefined : { ...(ratingScale ?? defaultRatingScale), ...(raw.rating as Raw) }
    const parsed = parseEvent({ ...raw, ...(rating === undefined ? {} : { rating }), kind: raw.kind ?? impliedKind(raw) }, now)
    return parsed.ok ? { ok: true, value: { ...parsed.value, eventId: parsed.value.eventId ?? idOf(parsed.value) } } : parsed
  })
}

function impliedKind({ rating, completion }: Raw): string {
  if (rating !== undefined) return 'rate'
  if (typeof completion !== 'number') return 'play'
  return completion >= progressSteps.completed ? 'complete' : 'progress'
}
