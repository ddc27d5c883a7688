import { basename } from 'node:path'
import { parseEvent } from '../contract/event.js'
import { parseItem } from '../contract/item.js'
import type { Parsed } from '../contract/problems.js'
import { parseUser } from '../contract/user.js'
import { SonaError } from '../domain/errors.js'
import type { Event } from '../domain/event.js'
import { type TableKind, tableKinds } from './columns.js'
import { createEventIds } from './event-ids.js'
import { type Feed, type FeedOptions, judged, type Row, type Rows, rejected } from './feed.js'
import { readLines } from './lines.js'

/**
 * A file of JSON objects, one a line, plain or `.gz`, in the API's own shape: what `sona export` writes. Without `kind` the first
 * object decides what the rows are. An event must say when it happened; without an id it gets one from its content.
 */
export async function openNdjson(path: string, kind: TableKind | undefined, options: FeedOptions): Promise<Feed> {
  const chosen = kind ?? (await kindOf(path))
  const title = `${chosen} from ${basename(path)}`
  switch (chosen) {
    case 'items':
      return { title, items: () => readObjects(path, parseItem), notes: [] }
    case 'users':
      return { title, users: () => readObjects(path, parseUser), notes: [] }
    case 'events':
      return { title, events: () => readEvents(path, options), notes: [] }
  }
}

async function kindOf(path: string): Promise<TableKind> {
  for await (const { texts } of readLines(path)) {
    const first = texts.find((text) => text.trim() !== '')
    if (first === undefined) continue
    const parsed = parseLine(first, (input): Parsed<unknown> => ({ ok: true, value: input }))
    const row: unknown = parsed.ok ? parsed.value : undefined
    if (typeof row === 'object' && row !== null) {
      const has = (name: string): boolean => Object.hasOwn(row, name)
      if (has('itemId')) return has('userId') ? 'events' : 'items'
      if (has('userId')) return 'users'
    }
    break
  }
  throw new SonaError(
    'INVALID_FILE',
    `The first line of ${path} does not show whether it holds ${tableKinds.join(', ')}: say which.`,
  )
}

function readEvents(path: string, { now }: FeedOptions): Rows<Event> {
  const idOf = createEventIds('file')
  return readObjects(path, (input): Parsed<Event> => {
    const parsed = parseEvent(input, now)
    if (!parsed.ok) return parsed
    // A row that happens "now" would happen again, as another event, at the next import.
    if (!saysWhen(input)) return { ok: false, problems: [{ field: 'occurredAt', message: 'is required' }] }
    return { ok: true, value: { ...parsed.value, eventId: parsed.value.eventId ?? idOf(parsed.value) } }
  })
}

const saysWhen = (input: unknown): boolean => (input as { readonly occurredAt?: unknown }).occurredAt != null

async function* readObjects<T>(path: string, parse: (input: unknown) => Parsed<T>): Rows<T> {
  const file = basename(path)
  for await (const { first, texts, problems } of readLines(path)) {
    const rows: Row<T>[] = []
    for (const [index, text] of texts.entries()) {
      const problem = problems.get(first + index)
      if (problem !== undefined) rows.push(rejected(file, first + index, problem, text))
      else if (text.trim() !== '') rows.push(judged(file, first + index, parseLine(text, parse), text))
    }
    yield rows
  }
}

function parseLine<T>(text: string, parse: (input: unknown) => Parsed<T>): Parsed<T> {
  let input: unknown
  try {
    input = JSON.parse(text)
  } catch {
    return { ok: false, problems: [{ field: '', message: 'is not a JSON object on one line' }] }
  }
  return parse(input)
}
