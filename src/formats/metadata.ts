import { SonaError } from '../domain/errors.js'
import type { Item } from '../domain/item.js'
import { openTmdb } from './tmdb.js'
import { openWikipedia } from './wikipedia.js'

/** A collection that knows more about films than the catalogue says. */
export interface Metadata {
  /** What was found, in words: `TMDB (10,866 films)`. */
  readonly title: string
  /** The item with what is known of it; undefined when it is not in the collection. */
  enrich(item: Item): Item | undefined
}

const collections: Readonly<Record<string, (directory: string) => Promise<Metadata>>> = {
  tmdb: openTmdb,
  wikipedia: openWikipedia,
}

/** Opens `tmdb:<directory>` or `wikipedia:<directory>` and reads it whole, since films are looked up in any order. */
export async function openMetadata(name: string): Promise<Metadata> {
  const [, kind = '', directory = ''] = /^([^:]*):(.*)$/s.exec(name) ?? []
  const open = Object.hasOwn(collections, kind) ? collections[kind] : undefined
  if (open === undefined || directory === '') {
    const known = Object.keys(collections).map((known) => `${known}:<directory>`)
    throw new SonaError('INVALID_FILE', `Metadata is named ${known.join(' or ')}, not ${name.slice(0, 200)}.`)
  }
  return open(directory)
}
