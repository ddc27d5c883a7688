import { basename } from 'node:path'
import { SonaError } from '../domain/errors.js'
import type { RejectedRow } from './feed.js'
import { rejected } from './feed.js'
import { type CsvRecord, readCsv } from './records.js'

/** A record of a CSV file with the columns that were asked for, in the order asked. */
export interface TableRow {
  readonly file: string
  readonly line: number
  /** Empty where the record has an empty field. */
  readonly fields: readonly string[]
  /** The record for a human reader. */
  readonly text: () => string
}

/**
 * The named columns of a CSV file whose first line names its columns. Columns that the file lacks are empty, except the first, without
 * which there is nothing to know a row by. Rows with too few or too many fields are rejected.
 */
export async function* readTable(path: string, columns: readonly string[]): AsyncGenerator<readonly (TableRow | RejectedRow)[]> {
  const file = basename(path)
  let header: readonly string[] | undefined
  let places: readonly number[] = []
  for await (const records of readCsv(path, file, { delimiter: ',' })) {
    const rows: (TableRow | RejectedRow)[] = []
    for (const record of records) {
      if ('problem' in record) rows.push(record)
      else if (header === undefined) {
        header = record.fields.map((name) => name.trim())
        places = columns.map((name) => header?.indexOf(name) ?? -1)
        if (places[0] === -1)
          throw new SonaError('INVALID_FILE', `${path} has no column ${columns[0]}. It has ${header.join(', ').slice(0, 500)}.`)
      } else rows.push(rowOf(file, record, header.length, places))
    }
    yield rows
  }
}

function rowOf(file: string, { line, fields }: CsvRecord, count: number, places: readonly number[]): TableRow | RejectedRow {
  if (fields.length !== count) return rejected(file, line, `must have ${count} columns`, fields.join(','))
  return { file, line, fields: places.map((place) => fields[place] ?? ''), text: () => fields.join(',') }
}
