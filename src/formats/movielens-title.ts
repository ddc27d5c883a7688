import type { EpochMs } from '../domain/time.js'

/** What a MovieLens title says: `City of Lost Children, The (Cité des enfants perdus, La) (1995)`. */
export interface TitleParts {
  /** With its article in front: `The City of Lost Children`. */
  readonly title: string
  /** Other names of the film, in the order given: `La Cité des enfants perdus`. */
  readonly alternates: readonly string[]
  readonly year?: number
}

const yearAtEnd = /\s*\((\d{4})(?:\s?[-–]\s?(?:\d{4})?)?\)\s*(?:\((?:V|TV|VG)\)\s*)?$/
const nameAtEnd = /^(.*\S)\s*\(([^()]*)\)$/
const articleAtEnd = /^(.*), (The|A|An|La|Le|Les|L'|El|Los|Las|Il|Lo|I|Der|Die|Das|Den|Det|De|Un|Une|Una|Uno|Ein|Eine|O|Os|As)$/

export function parseTitle(text: string): TitleParts {
  const year = yearAtEnd.exec(text)?.[1]
  let title = text.replace(yearAtEnd, '').trim()
  const alternates: string[] = []
  for (let found = nameAtEnd.exec(title); found !== null; found = nameAtEnd.exec(title)) {
    title = found[1] ?? title
    const name = withArticleInFront((found[2] ?? '').replace(/^a\.?k\.?a\.?\s+/i, '').trim())
    if (name !== '') alternates.unshift(name)
  }
  return {
    title: title === '' ? text.trim() : withArticleInFront(title), // a film may be called (500)
    alternates,
    ...(year === undefined ? {} : { year: Number(year) }),
  }
}

/** `Matrix, The` → `The Matrix`; `Avventura, L'` → `L'Avventura`. */
export function withArticleInFront(title: string): string {
  const found = articleAtEnd.exec(title)
  if (found === null) return title
  const [, name, article] = found
  return article === "L'" ? `L'${name}` : `${article} ${name}`
}

/** Other names of a title as one attribute, since attributes hold no lists; `alternatesOf` takes them apart again. */
export const joinAlternates = (alternates: readonly string[]): string => alternates.join(' / ')
export const alternatesOf = (attribute: string): readonly string[] => attribute.split(' / ')

/** 1 January of a year: all that is known where only the year is. */
export const startOfYear = (year: number): EpochMs => Date.UTC(year, 0, 1)
