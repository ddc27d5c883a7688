import type { LabelField } from '../domain/filter.js'
import { type Item, itemKinds } from '../domain/item.js'
import type { Catalogue } from '../features/catalogue.js'

/** What the structured features read of an item, whether it stands alone or in a catalogue. */
export type Described = Pick<Item, 'kind' | 'genres' | 'cast' | 'directors' | 'themes' | 'moods' | 'languages' | 'countries'> &
  Partial<Pick<Item, 'franchise' | 'releasedAt' | 'durationMinutes'>>

/** The same of a row of the catalogue. */
export function describedIn({ labels, numbers }: Catalogue, row: number): Described {
  const words = (field: LabelField): string[] => {
    const { start, codes, names } = labels[field]
    return Array.from(codes.subarray(start[row], start[row + 1]), (code) => names[code])
  }
  const [franchise] = words('franchise')
  const releasedAt = numbers.releasedAt[row]
  const durationMinutes = numbers.durationMinutes[row]
  return {
    kind: itemKinds[numbers.kind[row]],
    genres: words('genres'),
    cast: words('cast'),
    directors: words('directors'),
    themes: words('themes'),
    moods: words('moods'),
    languages: words('languages'),
    countries: words('countries'),
    ...(franchise !== undefined && { franchise }),
    ...(Number.isFinite(releasedAt) && { releasedAt }),
    ...(Number.isFinite(durationMinutes) && { durationMinutes }),
  }
}

/** The text of an item that the text tower reads: its title, its description, and what it is about in single words. */
export function textOf({ title, description, themes, moods }: Pick<Item, 'title' | 'description' | 'themes' | 'moods'>): string {
  return [title.replace(/\s*\(\d{4}\)\s*$/, ''), description, themes.join(', '), moods.join(', ')].filter(Boolean).join('. ')
}
