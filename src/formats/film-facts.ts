import { countriesSchema, genresSchema, labelsSchema, languagesSchema } from '../contract/fields.js'
import { limits, textProblem } from '../contract/limits.js'
import { parseWith } from '../contract/problems.js'
import type { AttributeValue, Item } from '../domain/item.js'
import { type Maturity, parseMaturity } from '../domain/maturity.js'
import type { EpochMs } from '../domain/time.js'

/** What another collection knows of a film. What it gets wrong is left out, field by field: it must not cost the item itself. */
export interface FilmFacts {
  readonly description?: string
  readonly genres: readonly string[]
  readonly cast: readonly string[]
  readonly directors: readonly string[]
  readonly themes: readonly string[]
  readonly languages: readonly string[]
  readonly countries: readonly string[]
  readonly releasedAt?: EpochMs
  readonly durationMinutes?: number
  readonly maturity?: Maturity
  readonly averageRating?: number
  readonly attributes: Readonly<Record<string, AttributeValue>>
}

/** The same in the collection's own words. */
export interface RawFacts {
  readonly description?: string | undefined
  readonly genres?: readonly string[]
  readonly cast?: readonly string[]
  readonly directors?: readonly string[]
  readonly themes?: readonly string[]
  readonly languages?: readonly string[]
  readonly countries?: readonly string[]
  readonly releasedAt?: EpochMs | undefined
  readonly durationMinutes?: number | undefined
  readonly maturity?: string | undefined
  readonly averageRating?: number | undefined
  readonly attributes?: Readonly<Record<string, AttributeValue | undefined>>
}

export function factsOf(raw: RawFacts): FilmFacts {
  const description = raw.description?.trim()
  const maturity = raw.maturity === undefined ? undefined : parseMaturity(raw.maturity)
  return {
    ...(description !== undefined && isStorable(description) ? { description } : {}),
    genres: listOf(genresSchema, raw.genres),
    cast: listOf(labelsSchema, raw.cast),
    directors: listOf(labelsSchema, raw.directors),
    themes: listOf(labelsSchema, raw.themes),
    languages: listOf(languagesSchema, raw.languages),
    countries: listOf(countriesSchema, raw.countries),
    ...(raw.releasedAt !== undefined && Number.isFinite(raw.releasedAt) ? { releasedAt: raw.releasedAt } : {}),
    ...(isWithin(raw.durationMinutes, 1, limits.durationMinutes) ? { durationMinutes: raw.durationMinutes } : {}),
    ...(maturity === undefined ? {} : { maturity }),
    ...(isWithin(raw.averageRating, 0.1, 10) ? { averageRating: raw.averageRating } : {}), // 0 is how these files say "no votes"
    attributes: Object.fromEntries(Object.entries(raw.attributes ?? {}).filter(hasValue)),
  }
}

const isStorable = (text: string): boolean =>
  text !== '' && text.length <= limits.descriptionCharacters && textProblem(text) === undefined

const isWithin = (value: number | undefined, min: number, max: number): value is number =>
  value !== undefined && value >= min && value <= max

const hasValue = (entry: [string, AttributeValue | undefined]): entry is [string, AttributeValue] => entry[1] !== undefined

function listOf(
  schema: Parameters<typeof parseWith<readonly string[]>>[0],
  raw: readonly string[] | undefined,
): readonly string[] {
  const named = (raw ?? []).filter((name) => name.trim() !== '')
  const parsed = parseWith(schema, named)
  return parsed.ok ? parsed.value : []
}

/**
 * An item with what was learnt about it. What the item says itself stands; genres and themes are joined; a release known only by
 * its year gives way to the exact day, when the two are at most a year apart.
 */
export function enrich(item: Item, facts: FilmFacts): Item {
  const fill = (own: readonly string[], other: readonly string[]): readonly string[] => (own.length > 0 ? own : other)
  const description = item.description ?? facts.description
  const releasedAt = moreExact(item.releasedAt, facts.releasedAt)
  const durationMinutes = item.durationMinutes ?? facts.durationMinutes
  const maturity = item.maturity ?? facts.maturity
  const averageRating = item.averageRating ?? facts.averageRating
  return {
    ...item,
    ...(description === undefined ? {} : { description }),
    genres: union(item.genres, facts.genres),
    cast: fill(item.cast, facts.cast),
    directors: fill(item.directors, facts.directors),
    themes: union(item.themes, facts.themes),
    languages: fill(item.languages, facts.languages),
    countries: fill(item.countries, facts.countries),
    ...(releasedAt === undefined ? {} : { releasedAt }),
    ...(durationMinutes === undefined ? {} : { durationMinutes }),
    ...(maturity === undefined ? {} : { maturity }),
    ...(averageRating === undefined ? {} : { averageRating }),
    attributes: { ...facts.attributes, ...item.attributes },
  }
}

function union(own: readonly string[], other: readonly string[]): readonly string[] {
  return [...new Set([...own, ...other])].slice(0, limits.listEntries)
}

function moreExact(own: EpochMs | undefined, other: EpochMs | undefined): EpochMs | undefined {
  if (own === undefined || other === undefined) return own ?? other
  const apart = Math.abs(new Date(own).getUTCFullYear() - new Date(other).getUTCFullYear())
  return isNewYear(own) && apart <= 1 ? other : own
}

function isNewYear(instant: EpochMs): boolean {
  const date = new Date(instant)
  return instant === Date.UTC(date.getUTCFullYear(), 0, 1)
}
