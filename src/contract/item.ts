import { z } from 'zod'
import { type Item, itemKinds, type Offer, offerTypes } from '../domain/item.js'
import {
  attributesSchema,
  countriesSchema,
  genresSchema,
  given,
  itemIdSchema,
  labelSchema,
  labelsSchema,
  languagesSchema,
  listOf,
  maturitySchema,
  optional,
  regionsSchema,
  releaseInstantSchema,
  streamInstantSchema,
  textSchema,
} from './fields.js'
import { limits } from './limits.js'
import { type Parsed, parseWith } from './problems.js'

const offerSchema = z
  .strictObject({
    platform: labelSchema,
    type: z.enum(offerTypes),
    regions: listOf(regionsSchema).describe('ISO 3166 alpha-2. Empty: everywhere.'),
    from: optional(streamInstantSchema).describe('Inclusive.'),
    until: optional(streamInstantSchema).describe('Exclusive.'),
  })
  .superRefine((offer, issues) => {
    if (offer.from != null && offer.until != null && offer.until <= offer.from) {
      issues.addIssue({ code: 'custom', path: ['until'], message: 'must be later than from' })
    }
  })
  .transform((offer): Offer => given(offer))

const itemFields = {
  kind: z.enum(itemKinds),
  title: textSchema(limits.titleCharacters).regex(/\S/, 'must not be empty'),
  description: optional(textSchema(limits.descriptionCharacters).transform((text) => (text === '' ? undefined : text))),
  genres: listOf(genresSchema),
  cast: listOf(labelsSchema),
  directors: listOf(labelsSchema),
  franchise: optional(labelSchema),
  seriesId: optional(itemIdSchema),
  season: optional(z.int().min(0).max(1_000_000)),
  episode: optional(z.int().min(0).max(1_000_000)),
  themes: listOf(labelsSchema),
  moods: listOf(labelsSchema),
  languages: listOf(languagesSchema).describe('BCP 47.'),
  countries: listOf(countriesSchema).describe('ISO 3166 alpha-2, or names.'),
  releasedAt: optional(releaseInstantSchema).describe('ISO 8601 or milliseconds since 1970.'),
  durationMinutes: optional(z.number().min(0).max(limits.durationMinutes)),
  maturity: optional(maturitySchema),
  averageRating: optional(z.number().min(0).max(10)).describe('0–10.'),
  offers: listOf(z.array(offerSchema).max(limits.listEntries)).describe('Empty: to be seen everywhere, always.'),
  attributes: optional(attributesSchema),
  hidden: optional(z.boolean()).describe('Hidden items are never recommended, and stay in histories.'),
}

type ItemFields = z.output<z.ZodObject<typeof itemFields>>

const bodyOf = (fields: ItemFields): Omit<Item, 'itemId'> => ({
  ...given(fields),
  attributes: fields.attributes ?? {},
  hidden: fields.hidden ?? false,
})

/** An item whose id the path names; repeating it does no harm, so that what was read can be sent back. */
export const itemBodySchema = z
  .strictObject({ itemId: optional(itemIdSchema).describe('If given, the same as in the path.'), ...itemFields })
  .transform(({ itemId, ...fields }) => ({ ...given({ itemId }), ...bodyOf(fields) }))

/** A whole item. Unknown fields are refused by name; `null` means absent. */
export const itemSchema = z
  .strictObject({ itemId: itemIdSchema, ...itemFields })
  .transform(({ itemId, ...fields }): Item => ({ itemId, ...bodyOf(fields) }))

/** An item from outside as Sona knows it, or everything that is wrong with it. */
export function parseItem(input: unknown): Parsed<Item> {
  return parseWith(itemSchema, input)
}

/** An item as the API answers with it and as export writes it: dates as ISO 8601. `parseItem` reads it back unchanged. */
export function itemToJson(item: Item) {
  const { releasedAt, offers, ...rest } = item
  return {
    ...rest,
    ...(releasedAt === undefined ? {} : { releasedAt: new Date(releasedAt).toISOString() }),
    offers: offers.map(({ from, until, ...offer }) => ({
      ...offer,
      ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
      ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
    })),
  }
}
