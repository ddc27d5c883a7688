import type { Item } from '../domain/item.js'

/**
 * What each title belongs to: its franchise or series by its metadata, or else what its name gives away. "Saw II" and "Saw" are a
 * franchise because one of them is numbered; two films that are both called "Heat" are not. Undefined where there is none.
 */
export function franchisesOf(titleItems: readonly Item[]): (string | undefined)[] {
  const stems = titleItems.map((item) => (isNamed(item) ? undefined : stemOf(item.title)))
  const numbered = new Set<string>()
  for (const stem of stems) if (stem?.isNumbered === true) numbered.add(stem.words)
  return titleItems.map((item, title) => {
    const stem = stems[title]
    if (stem !== undefined) return numbered.has(stem.words) ? `title:${stem.words}` : undefined
    return item.franchise ?? item.seriesId ?? item.itemId
  })
}

/** Does the metadata say what it belongs to? A series belongs to itself, so that its episodes are like it. */
function isNamed({ franchise, seriesId, kind }: Item): boolean {
  return franchise !== undefined || seriesId !== undefined || kind === 'series'
}

interface Stem {
  readonly words: string
  readonly isNumbered: boolean
}

const number = /[\s,]+(?:(?:part|episode|ep\.?|volume|vol\.?|chapter)\s+)?(?:\d{1,2}|[ivx]{1,4})$/

/** "Saw III" → saw, numbered. "Rush Hour 3: The Return" → rush hour, numbered. "300" → 300, not numbered. */
function stemOf(title: string): Stem {
  const [main] = title.toLowerCase().split(/:|\s[-–—]\s/, 1)
  const words = main.trim().replace(number, '')
  return { words, isNumbered: words !== main.trim() }
}

/** For each title, the next of its franchise by release, −1 after the last. */
export function sequelsOf(titleItems: readonly Item[], franchises: readonly (string | undefined)[]): Int32Array {
  const sequel = new Int32Array(titleItems.length).fill(-1)
  const released = (title: number): number => titleItems[title].releasedAt ?? 0
  for (const titles of groupTitles(franchises.map((franchise) => (franchise === undefined ? [] : [franchise]))).values()) {
    titles.sort((a, b) => released(a) - released(b) || a - b)
    for (let place = 1; place < titles.length; place++) sequel[titles[place - 1]] = titles[place]
  }
  return sequel
}

/** The titles that carry each word, in the order of titles. */
export function groupTitles(words: readonly (readonly string[])[]): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  words.forEach((list, title) => {
    for (const word of list) {
      const group = groups.get(word)
      if (group === undefined) groups.set(word, [title])
      else group.push(title)
    }
  })
  return groups
}
