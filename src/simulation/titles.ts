import type { Item } from '../domain/item.js'

/**
 * What a viewer decides for: a film, or a series as a whole, whose episodes then come in their order.
 * Titles are numbered 0 … count − 1; items are rows of the list the audience was made over.
 */
export interface Titles {
  readonly count: number
  /** The item that stands for the title: the film, the series, or the first episode of a series that is no item itself. */
  readonly item: Uint32Array
  /** What is watched of title t, in order: parts[partStart[t]] … parts[partStart[t + 1] − 1]. Never empty. */
  readonly partStart: Uint32Array
  readonly parts: Uint32Array
}

/** Sorts items into titles. Hidden items are left out: nobody can watch them. */
export function titlesOf(items: readonly Item[]): Titles {
  const groups = partsByTitle(items)
  const partStart = new Uint32Array(groups.length + 1)
  groups.forEach(({ parts }, title) => {
    partStart[title + 1] = partStart[title] + parts.length
  })
  const parts = new Uint32Array(partStart[groups.length])
  groups.forEach((group, title) => {
    parts.set(group.parts, partStart[title])
  })
  const item = Uint32Array.from(groups, (group) => group.item)
  return { count: groups.length, item, partStart, parts }
}

interface TitleParts {
  readonly item: number
  readonly parts: readonly number[]
}

function partsByTitle(items: readonly Item[]): TitleParts[] {
  const episodes = new Map<string, number[]>()
  items.forEach(({ seriesId, hidden }, row) => {
    if (seriesId === undefined || hidden) return
    const known = episodes.get(seriesId)
    if (known === undefined) episodes.set(seriesId, [row])
    else known.push(row)
  })
  for (const rows of episodes.values()) rows.sort((a, b) => byEpisode(items[a], items[b]) || a - b)

  const titles: TitleParts[] = []
  const placed = new Set<string>()
  items.forEach(({ itemId, seriesId, hidden }, row) => {
    if (hidden || seriesId !== undefined) return
    titles.push({ item: row, parts: episodes.get(itemId) ?? [row] })
    placed.add(itemId)
  })
  for (const [seriesId, rows] of episodes) if (!placed.has(seriesId)) titles.push({ item: rows[0], parts: rows })
  return titles
}

/** By season, episode, then release; what is unknown comes first. */
function byEpisode(a: Item, b: Item): number {
  return (a.season ?? 0) - (b.season ?? 0) || (a.episode ?? 0) - (b.episode ?? 0) || (a.releasedAt ?? 0) - (b.releasedAt ?? 0)
}
