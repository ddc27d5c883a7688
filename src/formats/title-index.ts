import type { Item } from '../domain/item.js'
import { alternatesOf, withArticleInFront } from './movielens-title.js'

/** Finds films by title and year where two collections share no ids. */
export interface TitleIndex<T> {
  add(title: string, year: number, value: T): void
  /** The value of the same title and year, else of the year after, else of the year before. Items without a year find nothing. */
  find(item: Item): T | undefined
}

/**
 * Titles compare by their letters and digits only: case, accents, punctuation, a leading article and "&" for "and" do not count.
 * Of two values with the same title and year the first stays.
 */
export function createTitleIndex<T>(): TitleIndex<T> {
  const values = new Map<string, T>()
  return {
    add(title, year, value) {
      const key = `${titleKey(title)}/${year}`
      if (!values.has(key)) values.set(key, value)
    },
    find(item) {
      if (item.releasedAt === undefined) return undefined
      const year = new Date(item.releasedAt).getUTCFullYear()
      const keys = titlesOf(item).map(titleKey)
      for (const near of [year, year + 1, year - 1]) {
        for (const key of keys) {
          const value = values.get(`${key}/${near}`)
          if (value !== undefined) return value
        }
      }
      return undefined
    },
  }
}

function titlesOf(item: Item): readonly string[] {
  const alternates = item.attributes.alternateTitle
  return typeof alternates === 'string' ? [item.title, ...alternatesOf(alternates)] : [item.title]
}

export function titleKey(title: string): string {
  const plain = withArticleInFront(title.trim()).normalize('NFKD').toLowerCase().replaceAll('&', ' and ')
  const letters = plain.replace(/^(the|a|an)\s+/, '').replace(/[^\p{L}\p{N}]/gu, '')
  return letters === '' ? plain : letters
}
