import { SonaError } from '../domain/errors.js'
import type { Feed, FeedOptions } from './feed.js'
import { type Folder, openFolder } from './folder.js'
import { openMovielens1m } from './movielens-1m.js'
import { openMovielens100k } from './movielens-100k.js'
import { openMovielensLatest } from './movielens-latest.js'

/** The MovieLens sets, by the files that tell them apart. Every file may be packed as `.gz`. */
const sets: readonly {
  readonly name: string
  readonly files: readonly (readonly string[])[]
  readonly open: (folder: Folder, options: FeedOptions) => Promise<Feed>
}[] = [
  { name: 'ml-100k', files: [['u.data'], ['u.item'], ['u.genre']], open: openMovielens100k },
  { name: 'ml-1m', files: [['movies.dat'], ['ratings.dat', 'ratings.csv']], open: openMovielens1m },
  { name: 'ml-latest', files: [['movies.csv'], ['ratings.csv']], open: openMovielensLatest },
]

/**
 * Whichever MovieLens set a directory holds: ml-100k, ml-1m (and 10m), ml-latest (and small, 20m, 25m, 32m). Ratings become events of
 * kind `rate`, with ids made from their content. Throws FILE_NOT_FOUND or INVALID_FILE, with what was looked for.
 */
export async function openMovielens(directory: string, options: FeedOptions): Promise<Feed> {
  const folder = await openFolder(directory)
  const set = sets.find(({ files }) => files.every((variants) => variants.some((name) => folder.find(name) !== undefined)))
  if (set !== undefined) return set.open(folder, options)
  const wanted = sets.map(({ name, files }) => `${files.map((variants) => variants.join(' or ')).join(', ')} (${name})`)
  throw new SonaError(
    'INVALID_FILE',
    `${directory} holds no MovieLens set. Looked for ${wanted.join('; ')}. Found ${shown(folder.names)}.`,
  )
}

function shown(names: readonly string[]): string {
  if (names.length === 0) return 'nothing'
  const first = [...names].sort().slice(0, 10).join(', ')
  return names.length > 10 ? `${first} and ${names.length - 10} more` : first
}
