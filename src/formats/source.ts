import { SonaError } from '../domain/errors.js'
import { type TableKind, tableKinds } from './columns.js'
import { openCsv } from './csv.js'
import type { Feed, FeedOptions } from './feed.js'
import { readLines } from './lines.js'
import { openMovielens } from './movielens.js'
import { openNdjson } from './ndjson.js'
import { openSimulation } from './simulation.js'
import { openVega } from './vega.js'
import { openWikipediaFilms } from './wikipedia.js'

/** Opens what a name such as `movielens:data/ml-1m` or `events:clicks.csv.gz` stands for. */
type Opener = (path: string, options: FeedOptions) => Promise<Feed>

const openers: Readonly<Record<string, Opener>> = {
  movielens: openMovielens,
  items: (path, options) => openTable(path, 'items', options),
  users: (path, options) => openTable(path, 'users', options),
  events: (path, options) => openTable(path, 'events', options),
  csv: (path, options) => openCsv(path, undefined, options),
  ndjson: (path, options) => openNdjson(path, undefined, options),
  wikipedia: openWikipediaFilms,
  vega: () => openVega(),
  simulation: openSimulation,
}

/** Sources that bring their own data. */
const withoutPath: ReadonlySet<string> = new Set(['vega'])

/** Sources that are a directory of files. */
const directories: ReadonlySet<string> = new Set(['movielens', 'wikipedia'])

/** The kinds of sources, as a person would type them. */
export const sourceNames: readonly string[] = Object.keys(openers).map((kind) => {
  if (withoutPath.has(kind)) return kind
  return `${kind}:<${directories.has(kind) ? 'directory' : kind === 'simulation' ? 'name' : 'file'}>`
})

/**
 * Opens the source that a name stands for: `movielens:<directory>`, `wikipedia:<directory>`, `items:<file>`, `users:<file>`, `events:<file>` (CSV or NDJSON,
 * told by the content), `csv:<file>`, `ndjson:<file>` (rows of whichever kind they look like), `simulation:<name>` or `vega`.
 * Throws FILE_NOT_FOUND or INVALID_FILE, with what was looked for.
 */
export async function openSource(name: string, options: FeedOptions): Promise<Feed> {
  const [, kind = '', path = ''] = /^([^:]*):?(.*)$/s.exec(name) ?? []
  const open = Object.hasOwn(openers, kind) ? openers[kind] : undefined
  if (open === undefined || (path === '' && !withoutPath.has(kind))) {
    throw new SonaError('INVALID_FILE', `A source is named ${sourceNames.join(', ')}; not ${name.slice(0, 200)}.`)
  }
  return open(path, options)
}

/** A file of rows of one kind: NDJSON when its first line begins with `{`, else CSV. */
export async function openTable(path: string, kind: TableKind, options: FeedOptions): Promise<Feed> {
  switch (await firstCharacter(path)) {
    case undefined:
      throw new SonaError('INVALID_FILE', `${path} is empty; ${tableKinds.join(', ')} come as CSV or NDJSON.`)
    case '{':
      return openNdjson(path, kind, options)
    case '[':
      throw new SonaError(
        'INVALID_FILE',
        `${path} is a JSON list. Write NDJSON: one object a line, without brackets and commas around them.`,
      )
    default:
      return openCsv(path, kind, options)
  }
}

async function firstCharacter(path: string): Promise<string | undefined> {
  for await (const { texts } of readLines(path)) {
    for (const text of texts) if (text.trim() !== '') return text.trim()[0]
  }
  return undefined
}
