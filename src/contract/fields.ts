import { z } from 'zod'
import { normaliseGenres } from '../domain/genres.js'
import type { EventId, ItemId, RecommendationId, UserId } from '../domain/ids.js'
import { maturityLevels, parseMaturity } from '../domain/maturity.js'
import { EARLIEST_MS, type EpochMs } from '../domain/time.js'
import { FIRST_RELEASE_MS, LATEST_MS, parseInstant } from './instant.js'
import { idProblem, limits, textProblem } from './limits.js'

/** The small parts that the schemas of items, users, events, contexts and requests are made of. */

const idText = z.string().superRefine((id, issues) => {
  const problem = idProblem(id)
  if (problem !== undefined) issues.addIssue(problem)
})

export const itemIdSchema = idText
  .transform((id) => id as ItemId)
  .describe('The caller’s own name for an item: 1–512 bytes of UTF-8.')
export const userIdSchema = idText
  .transform((id) => id as UserId)
  .describe('The caller’s own name for a user: 1–512 bytes of UTF-8.')
export const eventIdSchema = idText
  .transform((id) => id as EventId)
  .describe('Makes sending again harmless: one user’s two events with the same id are one event.')
export const recommendationIdSchema = idText
  .transform((id) => id as RecommendationId)
  .describe('The recommendation that led to the event.')

/** Text that the database can store and give back unchanged; it may be empty. */
export function textSchema(maxCharacters: number) {
  return z
    .string()
    .max(maxCharacters)
    .superRefine((text, issues) => {
      const problem = textProblem(text)
      if (problem !== undefined) issues.addIssue(problem)
    })
}

/** One word or name: trimmed, not empty. */
export const labelSchema = textSchema(limits.labelCharacters).transform((label, issues) => {
  const trimmed = label.trim()
  if (trimmed === '') issues.addIssue('must not be empty')
  return trimmed
})

/** Words or names in the order given, without repeats. */
export const labelsSchema = z
  .array(labelSchema)
  .max(limits.listEntries)
  .transform((labels) => [...new Set(labels)])

/** Genres under one spelling each; see `normaliseGenre`. */
export const genresSchema = z
  .array(labelSchema)
  .max(limits.listEntries)
  .transform((names) => normaliseGenres(names))

/** ISO 3166 alpha-2 in either case; upper case afterwards. */
export const regionSchema = z
  .string()
  .regex(/^[A-Za-z]{2}$/, 'must be an ISO 3166 alpha-2 code such as DE')
  .transform((region) => region.toUpperCase())

export const regionsSchema = z
  .array(regionSchema)
  .max(limits.listEntries)
  .transform((regions) => [...new Set(regions)])

/** BCP 47 in either case; lower case afterwards. */
export const languagesSchema = z
  .array(
    z
      .string()
      .regex(/^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$/, 'must be a BCP 47 language tag such as en or pt-br')
      .max(35)
      .transform((language) => language.toLowerCase().replaceAll('_', '-')),
  )
  .max(limits.listEntries)
  .transform((languages) => [...new Set(languages)])

/** A country code, or a country's name where no code was given. Codes are upper case afterwards. */
export const countriesSchema = labelsSchema.transform((countries) => [
  ...new Set(countries.map((country) => (/^[a-z]{2}$/i.test(country) ? country.toUpperCase() : country))),
])

/** Words by which catalogues say that nobody rated a title. Such a title has no maturity; it is not an unknown word. */
const unrated = new Set(['', 'NOT RATED', 'UNRATED', 'NR', 'UR', 'N/A', 'NONE', 'UNKNOWN'])

/** Does this rating say that there is none? */
export const isUnrated = (rating: string): boolean => unrated.has(rating.trim().toUpperCase())

/**
 * A rating of G…NC-17, TV-Y…TV-MA or Sona's own levels. "Not Rated" and its like are no maturity. Any other word is refused:
 * a title whose limit we failed to read must not look like one that has none.
 */
export const maturitySchema = z
  .string()
  .transform((rating, issues) => {
    const level = parseMaturity(rating)
    if (level === undefined && !isUnrated(rating)) {
      issues.addIssue(`must be one of ${maturityLevels.join(', ')}, or a rating such as PG-13, TV-MA or Not Rated`)
    }
    return level
  })
  .describe('Sona’s level (all, 7+, 10+, 13+, 16+, 18+) or a rating such as PG-13 or TV-MA.')

/** An instant: ISO 8601 text (UTC unless it says otherwise) or milliseconds since 1970. */
function instantSchema(earliest: EpochMs, latest: EpochMs) {
  return z.union([z.string(), z.number()]).transform((instant, issues): EpochMs => {
    const ms = typeof instant === 'number' ? Math.floor(instant) : parseInstant(instant)
    if (ms === undefined) {
      issues.addIssue('must be an ISO 8601 date or date-time, or milliseconds since 1970')
      return z.NEVER
    }
    if (ms < earliest || ms > latest) {
      issues.addIssue(`must lie between ${isoYear(earliest)} and ${isoYear(latest)}`)
      return z.NEVER
    }
    return ms
  })
}

const isoYear = (ms: EpochMs): string => new Date(ms).toISOString().slice(0, 4)

/** When a work came out: years 1–9999. */
export const releaseInstantSchema = instantSchema(FIRST_RELEASE_MS, LATEST_MS)

/** When something happened or holds here: from 1970 on. The future is judged by who knows the time. */
export const streamInstantSchema = instantSchema(EARLIEST_MS, LATEST_MS)

const attributeValueSchema = z.union([z.string().max(limits.attributeTextCharacters), z.number(), z.boolean()])

/** Fields that Sona does not know, kept and given back, and open to filters. */
export const attributesSchema = z
  .preprocess(
    // A record cannot hold this name, and zod would drop it in silence.
    (attributes, issues) => {
      if (typeof attributes === 'object' && attributes !== null && Object.hasOwn(attributes, '__proto__')) {
        issues.addIssue('must not have the name __proto__')
      }
      return attributes
    },
    z.record(z.string(), attributeValueSchema),
  )
  .superRefine((attributes, issues) => {
    const names = Object.keys(attributes)
    if (names.length > limits.listEntries) issues.addIssue(`must have at most ${limits.listEntries} entries`)
    for (const name of names) {
      const value = attributes[name]
      if (name.length === 0 || name.length > limits.attributeNameCharacters) {
        issues.addIssue(`must have names of 1–${limits.attributeNameCharacters} characters`)
      }
      const problem = textProblem(name) ?? (typeof value === 'string' ? textProblem(value) : undefined)
      if (problem !== undefined) issues.addIssue({ code: 'custom', path: [name], message: problem })
    }
  })

/** Null means what leaving the field out means: nobody said. */
export function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish()
}

/** A list that may be left out: then it is empty. */
export function listOf<T extends z.ZodType<readonly unknown[]>>(schema: T) {
  return schema.nullish().transform((list) => list ?? [])
}

type Given<T> = { [K in keyof T as null extends T[K] ? never : undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : undefined extends T[K] ? K : never]?: Exclude<T[K], null | undefined>
}

/** The same fields without those that nobody gave. */
export function given<T extends object>(fields: T): Given<T> {
  const kept: Record<string, unknown> = {}
  for (const name in fields) {
    const value: unknown = fields[name]
    if (value !== undefined && value !== null) kept[name] = value
  }
  return kept as Given<T>
}
