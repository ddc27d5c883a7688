import { type Parsed, sentenceOf } from '../contract/problems.js'
import type { Event } from '../domain/event.js'
import type { Item } from '../domain/item.js'
import type { EpochMs } from '../domain/time.js'
import type { User } from '../domain/user.js'

/** One row of a file: what it says, or why it says nothing that can be used. */
export type Row<T> = ParsedRow<T> | RejectedRow

export interface ParsedRow<T> {
  readonly file: string
  /** From 1, as editors count. The first line of a record that spans several. */
  readonly line: number
  readonly value: T
}

export interface RejectedRow {
  readonly file: string
  readonly line: number
  /** Why, as a sentence without the row's own values: equal reasons count together. */
  readonly problem: string
  /** The row, or its beginning. */
  readonly row: string
}

/** Rows in the order of the file, in batches of no particular size; memory stays flat however long the file is. */
export type Rows<T> = AsyncIterable<readonly Row<T>[]>

/** What a file or directory holds, ready to be read. Each part can be read more than once. */
export interface Feed {
  /** What was found, in words: `MovieLens 1M (ratings.dat)`. */
  readonly title: string
  readonly items?: () => Rows<Item>
  readonly users?: () => Rows<User>
  /** A user's events come oldest first wherever the file keeps users together. */
  readonly events?: () => Rows<Event>
  /** What the person who imports should know: columns that are not used, files that were missing. */
  readonly notes: readonly string[]
}

/** What every format may be told. */
export interface FeedOptions {
  /** Events later than a day after it are refused. */
  readonly now: EpochMs
  /** The scale of ratings in files that do not say it themselves. Default 1–5. */
  readonly ratingScale?: { readonly min: number; readonly max: number }
}

/** Longer rows are cut where they are shown. */
const EXCERPT_CHARACTERS = 500

export function rejected(file: string, line: number, problem: string, row: string): RejectedRow {
  return { file, line, problem, row: row.slice(0, EXCERPT_CHARACTERS) }
}

/** A row as the contract judged it. */
export function judged<T>(file: string, line: number, parsed: Parsed<T>, row: string): Row<T> {
  return parsed.ok ? { file, line, value: parsed.value } : rejected(file, line, sentenceOf(parsed.problems), row)
}

export const isRejected = <T>(row: Row<T>): row is RejectedRow => 'problem' in row
