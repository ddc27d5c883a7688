import { parse } from 'csv-parse/sync'
import { type RejectedRow, rejected } from './feed.js'
import { type LineOptions, readLines } from './lines.js'

/** One record of a CSV file. */
export interface CsvRecord {
  readonly line: number
  readonly fields: readonly string[]
}

export interface CsvOptions extends LineOptions {
  readonly delimiter: string
}

/** A record that spans more lines than this has a quote that nobody closed. */
const MAX_RECORD_LINES = 1_000
const MAX_RECORD_CHARACTERS = 4 * 1024 * 1024

/** Lines of one record, not parsed yet. */
interface RawRecord {
  readonly line: number
  readonly texts: string[]
}

/**
 * The records of a CSV file. Lines without a quote, nearly all, are split where they stand; csv-parse reads the others, many at once
 * (one call costs 50 µs, one record in it 3 µs). A quote that is never closed costs its own line only: reading goes on at the next.
 */
export async function* readCsv(
  path: string,
  file: string,
  options: CsvOptions,
): AsyncGenerator<readonly (CsvRecord | RejectedRow)[]> {
  let open: RawRecord | undefined // a record whose quotes are not closed yet
  let openCharacters = 0

  for await (const { first, texts, problems } of readLines(path, options)) {
    const ready: (CsvRecord | RawRecord | RejectedRow)[] = []
    for (let index = 0; index < texts.length; index++) take(first + index, texts[index] ?? '', ready, problems.get(first + index))
    const records = withQuotedParsed(ready, file, options.delimiter)
    if (records.length > 0) yield records
  }
  while (open !== undefined) {
    const ready: (CsvRecord | RawRecord | RejectedRow)[] = []
    giveUp(open, ready)
    yield withQuotedParsed(ready, file, options.delimiter)
  }

  function take(line: number, text: string, ready: (CsvRecord | RawRecord | RejectedRow)[], problem?: string): void {
    if (problem !== undefined) {
      if (open !== undefined) giveUp(open, ready)
      ready.push(rejected(file, line, problem, text))
      return
    }
    if (open === undefined) {
      if (!text.includes('"')) {
        if (text !== '') ready.push({ line, fields: text.split(options.delimiter) })
        return
      }
      const record: RawRecord = { line, texts: [text] }
      if (!endsInsideQuotes(text, options.delimiter, 'outside')) ready.push(record)
      else {
        open = record
        openCharacters = text.length
      }
      return
    }
    open.texts.push(text)
    openCharacters += text.length
    if (!endsInsideQuotes(text, options.delimiter, 'inside')) {
      ready.push(open)
      open = undefined
    } else if (open.texts.length > MAX_RECORD_LINES || openCharacters > MAX_RECORD_CHARACTERS) giveUp(open, ready)
  }

  /** The first line of the record is at fault; the lines after it are read again as if it were not there. */
  function giveUp(record: RawRecord, ready: (CsvRecord | RawRecord | RejectedRow)[]): void {
    const [text = '', ...rest] = record.texts
    open = undefined
    ready.push(rejected(file, record.line, 'opens a quote that is never closed', text))
    for (const [index, later] of rest.entries()) take(record.line + 1 + index, later, ready)
  }
}

/** Does this line, which starts outside or inside a quoted field, end inside one? Only a quote at the start of a field opens one. */
function endsInsideQuotes(line: string, delimiter: string, start: 'outside' | 'inside'): boolean {
  let at = 0
  let inside = start === 'inside'
  for (;;) {
    if (!inside && line[at] === '"') {
      inside = true
      at++
    }
    if (inside) {
      at = closingQuote(line, at)
      if (at === -1) return true
      inside = false
    }
    at = nextFieldAt(line, at, delimiter)
    if (at === -1) return false
  }
}

function nextFieldAt(text: string, from: number, delimiter: string): number {
  const found = text.indexOf(delimiter, from)
  return found === -1 ? -1 : found + delimiter.length
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at
  return -1
}

function withQuotedParsed(
  rows: readonly (CsvRecord | RawRecord | RejectedRow)[],
  file: string,
  delimiter: string,
): (CsvRecord | RejectedRow)[] {
  const quoted = rows.filter(isRaw)
  const parsed = quoted.length === 0 ? [] : parseAll(quoted, file, delimiter)
  let next = 0
  return rows.map((row) => (isRaw(row) ? (parsed[next++] ?? rejected(file, row.line, UNREADABLE, row.texts[0] ?? '')) : row))
}

const UNREADABLE = 'is not readable as CSV'
const isRaw = (row: CsvRecord | RawRecord | RejectedRow): row is RawRecord => 'texts' in row

/** All at once; one at a time where that fails, to find the ones at fault. */
function parseAll(records: readonly RawRecord[], file: string, delimiter: string): (CsvRecord | RejectedRow)[] {
  const text = records.map((record) => record.texts.join('\n')).join('\n')
  try {
    const rows = parse(text, { delimiter, relax_column_count: true, relax_quotes: true, skip_empty_lines: false })
    if (rows.length === records.length) return records.map(({ line }, index) => ({ line, fields: rows[index] ?? [] }))
  } catch (error) {
    if (records.length === 1) return [rejected(file, records[0]?.line ?? 0, reasonOf(error), text)]
  }
  if (records.length === 1) return [rejected(file, records[0]?.line ?? 0, UNREADABLE, text)]
  return records.flatMap((record) => parseAll([record], file, delimiter))
}

/** csv-parse's codes, without the row's own values that its messages quote. */
function reasonOf(error: unknown): string {
  const code = (error as { readonly code?: string }).code
  return code === 'CSV_QUOTE_NOT_CLOSED' ? 'opens a quote that is never closed' : UNREADABLE
}
