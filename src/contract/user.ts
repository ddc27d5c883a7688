import { z } from 'zod'
import { fullConsent, noTraits, type Traits, type User } from '../domain/user.js'
import {
  attributesSchema,
  genresSchema,
  given,
  labelSchema,
  labelsSchema,
  languagesSchema,
  listOf,
  maturitySchema,
  optional,
  regionSchema,
  userIdSchema,
} from './fields.js'
import { type Parsed, parseWith } from './problems.js'

const traitsSchema = z
  .strictObject({
    chosenGenres: listOf(genresSchema),
    blockedGenres: listOf(genresSchema),
    ageRange: optional(labelSchema),
    gender: optional(labelSchema),
    region: optional(regionSchema),
    languages: listOf(languagesSchema),
    subscriptions: listOf(labelsSchema).describe('Platforms the user pays for. Empty: unknown, no offer is ruled out.'),
    maxMaturity: optional(maturitySchema),
    attributes: optional(attributesSchema),
  })
  .transform((traits): Traits => ({ ...given(traits), attributes: traits.attributes ?? {} }))

const userFields = {
  traits: optional(traitsSchema),
  consent: optional(
    z.strictObject({
      training: optional(z.boolean()).describe('May the user’s events teach models that others see? Default true.'),
      personalisation: optional(z.boolean()).describe('May the user’s events shape the user’s own answers? Default true.'),
    }),
  ),
}

type UserFields = z.output<z.ZodObject<typeof userFields>>

const bodyOf = (fields: UserFields): Omit<User, 'userId'> => ({
  traits: fields.traits ?? noTraits,
  consent: { ...fullConsent, ...given(fields.consent ?? {}) },
})

/** A user whose id the path names; repeating it does no harm, so that what was read can be sent back. */
export const userBodySchema = z
  .strictObject({ userId: optional(userIdSchema).describe('If given, the same as in the path.'), ...userFields })
  .transform(({ userId, ...fields }) => ({ ...given({ userId }), ...bodyOf(fields) }))

/** A whole user. Unknown fields are refused by name; `null` means absent. */
export const userSchema = z
  .strictObject({ userId: userIdSchema, ...userFields })
  .transform(({ userId, ...fields }): User => ({ userId, ...bodyOf(fields) }))

/** A user from outside as Sona knows it, or everything that is wrong with it. */
export function parseUser(input: unknown): Parsed<User> {
  return parseWith(userSchema, input)
}
