import { SonaError } from '../domain/errors.js'
import {
  type FieldFilter,
  type Filter,
  type FilterScalar,
  type LabelField,
  labelFields,
  MAX_FILTER_DEPTH,
  type NumberField,
  numberFields,
} from '../domain/filter.js'
import { itemKinds } from '../domain/item.js'
import { maturityLevels, parseMaturity } from '../domain/maturity.js'
import { attributeWord, type Catalogue } from '../features/catalogue.js'
import { forEachRowWith, type LabelColumn } from '../features/labels.js'
import * as bitmap from '../math/bitmap.js'

/** The rows a filter keeps. Throws INVALID_FILTER when it names a field that does not exist or compares what has no order. */
export function itemsMatching(filter: Filter, catalogue: Catalogue, depth = 0): bitmap.Bitmap {
  if (depth > MAX_FILTER_DEPTH) {
    throw new SonaError('INVALID_FILTER', `The filter nests deeper than ${MAX_FILTER_DEPTH} levels. Flatten it.`)
  }
  if ('and' in filter) {
    const all = bitmap.create(catalogue.count)
    bitmap.fill(all)
    return filter.and.reduce((kept, part) => bitmap.and(kept, itemsMatching(part, catalogue, depth + 1)), all)
  }
  if ('or' in filter) {
    const none = bitmap.create(catalogue.count)
    return filter.or.reduce((kept, part) => bitmap.or(kept, itemsMatching(part, catalogue, depth + 1)), none)
  }
  if ('not' in filter) return bitmap.not(itemsMatching(filter.not, catalogue, depth + 1))
  return fieldMatches(filter, catalogue)
}

function fieldMatches(filter: FieldFilter, catalogue: Catalogue): bitmap.Bitmap {
  switch (filter.op) {
    case 'ne':
      return bitmap.not(fieldMatches({ field: filter.field, op: 'eq', value: filter.value }, catalogue))
    case 'nin':
      return bitmap.not(fieldMatches({ field: filter.field, op: 'in', value: filter.value }, catalogue))
    default: {
      const kept = bitmap.create(catalogue.count)
      markMatches(filter, catalogue, (row) => bitmap.set(kept, row))
      return kept
    }
  }
}

function markMatches(filter: FieldFilter, catalogue: Catalogue, keep: (row: number) => void): void {
  const { field } = filter
  if (isLabelField(field)) markLabels(filter, catalogue.labels[field], String, keep)
  else if (field.startsWith('attributes.')) markAttributes(filter, catalogue.attributes, field.slice('attributes.'.length), keep)
  else markNumbers(filter, catalogue, keep)
}

function markNumbers(filter: FieldFilter, catalogue: Catalogue, keep: (row: number) => void): void {
  const read = numberReader(filter, catalogue)
  const test = filter.op === 'exists' ? (value: number) => Number.isNaN(value) !== filter.value : numberTest(filter)
  for (let row = 0; row < catalogue.count; row++) if (test(read(row))) keep(row)
}

function markLabels(
  filter: FieldFilter,
  column: LabelColumn,
  wordOf: (value: FilterScalar) => string,
  keep: (row: number) => void,
): void {
  switch (filter.op) {
    case 'eq':
      forEachRowWith(column, new Set([wordOf(filter.value)]), keep)
      break
    case 'in':
      forEachRowWith(column, new Set(filter.value.map(wordOf)), keep)
      break
    case 'exists':
      for (let row = 0; row + 1 < column.start.length; row++) {
        if (column.start[row + 1] > column.start[row] === filter.value) keep(row)
      }
      break
    default:
      throw new SonaError(
        'INVALID_FILTER',
        `${filter.field} holds words, which have no order: use eq, in or exists, not ${filter.op}.`,
      )
  }
}

/** Attributes stand as `name=value` words: equality asks for a word, anything else reads the values behind the name. */
function markAttributes(filter: FieldFilter, column: LabelColumn, name: string, keep: (row: number) => void): void {
  const prefix = `${name}=`
  const own = column.names.filter((word) => word.startsWith(prefix))
  if (filter.op === 'eq' || filter.op === 'in') {
    markLabels(filter, column, (value) => attributeWord(name, value), keep)
  } else if (filter.op === 'exists') {
    const present = bitmap.create(column.start.length - 1)
    forEachRowWith(column, new Set(own), (row) => bitmap.set(present, row))
    for (let row = 0; row < present.size; row++) if (bitmap.has(present, row) === filter.value) keep(row)
  } else {
    const test = numberTest(filter)
    forEachRowWith(column, new Set(own.filter((word) => test(Number(word.slice(prefix.length))))), keep)
  }
}

/** Reads a field as a number; words that stand for numbers (kinds, maturity) by their position. */
function numberReader(filter: FieldFilter, { numbers }: Catalogue): (row: number) => number {
  const { field } = filter
  if (field === 'kind') return (row) => numbers.kind[row]
  if (field === 'maturity') return (row) => (numbers.maturity[row] < 0 ? Number.NaN : numbers.maturity[row])
  if (field === 'releasedYear') return (row) => new Date(numbers.releasedAt[row]).getUTCFullYear()
  if (isNumberField(field)) return (row) => numbers[field][row]
  throw new SonaError('INVALID_FILTER', `There is no field ${field} to filter by. Fields: ${knownFields.join(', ')}.`)
}

const knownFields = [...labelFields, ...numberFields, 'kind', 'maturity', 'attributes.<name>']

function numberTest(filter: Exclude<FieldFilter, { op: 'exists' }>): (value: number) => boolean {
  // Columns are 32-bit, all but this one: 7.1 in a filter must equal 7.1 in a column.
  const exact = filter.field === 'releasedAt' ? (value: number) => value : Math.fround
  if (filter.op === 'in' || filter.op === 'nin') {
    const wanted = new Set(filter.value.map((value) => exact(asNumber(filter, value))))
    return (value) => wanted.has(exact(value))
  }
  const bound = exact(asNumber(filter, filter.value as FilterScalar))
  switch (filter.op) {
    case 'lt':
      return (value) => exact(value) < bound
    case 'lte':
      return (value) => exact(value) <= bound
    case 'gt':
      return (value) => exact(value) > bound
    case 'gte':
      return (value) => exact(value) >= bound
    default:
      return (value) => exact(value) === bound
  }
}

function asNumber({ field }: FieldFilter, value: FilterScalar): number {
  const number = Number(namedNumber(field, value) ?? value)
  if (Number.isNaN(number)) throw new SonaError('INVALID_FILTER', `${JSON.stringify(value)} is not a value of ${field}.`)
  return number
}

/** Words that stand for a number in this field. */
function namedNumber(field: string, value: FilterScalar): number | undefined {
  if (typeof value !== 'string') return undefined
  switch (field) {
    case 'kind':
      return position(itemKinds, value)
    case 'maturity':
      return position(maturityLevels, parseMaturity(value) ?? value)
    case 'releasedAt':
      return Date.parse(value)
    default:
      return undefined
  }
}

function position(words: readonly string[], word: string): number {
  const at = words.indexOf(word)
  return at < 0 ? Number.NaN : at
}

function isLabelField(field: string): field is LabelField {
  return (labelFields as readonly string[]).includes(field)
}

function isNumberField(field: string): field is NumberField {
  return (numberFields as readonly string[]).includes(field)
}
