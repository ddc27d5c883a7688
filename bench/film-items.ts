import type { Item } from '../src/domain/item.js'
import { isRejected } from '../src/formats/feed.js'
import { openMetadata } from '../src/formats/metadata.js'
import { openSource } from '../src/formats/source.js'

/** The films of a MovieLens directory with what TMDB knows of them. */
export async function filmItems(movielens: string, tmdb: string): Promise<readonly Item[]> {
  const metadata = await openMetadata(`tmdb:${tmdb}`)
  const feed = await openSource(`movielens:${movielens}`, { now: Date.now() })
  const items: Item[] = []
  for await (const rows of feed.items?.() ?? []) {
    for (const row of rows) if (!isRejected(row)) items.push(metadata.enrich(row.value) ?? row.value)
  }
  return items
}
