/** Ids for films that come without one, made of title and year: `alien-1979`. */
export interface TitleIds {
  /** Films that share title and year are told apart by their order: `crash-2005`, `crash-2005-2`. */
  idFor(title: string, year: number | undefined): string
}

/** Room for an ordinal and a year below the limit of ids, whatever the script. */
const MAX_SLUG_CHARACTERS = 120

export function createTitleIds(): TitleIds {
  const used = new Map<string, number>()
  return {
    idFor(title, year) {
      const id = `${slug(title)}-${year ?? 'undated'}`
      const count = (used.get(id) ?? 0) + 1
      used.set(id, count)
      return count === 1 ? id : `${id}-${count}`
    },
  }
}

function slug(title: string): string {
  const letters = title.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  return (
    letters
      .replace(/['’]/g, '')
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, MAX_SLUG_CHARACTERS) || 'film'
  )
}
