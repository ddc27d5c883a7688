import { z } from 'zod'
import { affinityFields, profileDefaults } from '../features/profile.js'
import { timeZoneSchema } from './context.js'
import { userIdSchema } from './fields.js'
import { type Parsed, parseWith } from './problems.js'
import { type Route, storageErrors } from './route.js'

const MOST_NAMES = 100

/** Numbers come as text: they stand in an address, or on a command line. */
const profileQuerySchema = z
  .strictObject({
    halfLifeDays: z.coerce
      .number()
      .positive()
      .max(36_500)
      .default(profileDefaults.halfLifeDays)
      .describe('What was watched this many days ago counts half.'),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(MOST_NAMES)
      .default(profileDefaults.limit)
      .describe('How many names of each field.'),
    timeZone: timeZoneSchema.default('UTC').describe('Whose clock the hours are read from: an IANA name, e.g. Europe/Berlin.'),
  })
  .readonly()

export type ProfileQuery = z.output<typeof profileQuerySchema>

/** How to look at a profile, as text from outside; or everything that is wrong with it. */
export function parseProfileQuery(input: unknown): Parsed<ProfileQuery> {
  return parseWith(profileQuerySchema, input)
}

const affinitySchema = z.object({
  name: z.string(),
  share: z.number().describe('Share of the weight that lies on titles with this name, 0–1.'),
  lift: z.number().describe('The share beside that of the catalogue: 2 is twice as often as chance would have it.'),
  titles: z.number().describe('Different titles behind it.'),
})

const answerSchema = z.object({
  userId: z.string(),
  userVersion: z.number().describe('Grows with every event; an answer of this version knows what this profile knows.'),
  personalisation: z.boolean().describe('False: the user refused it, and nothing is looked at.'),
  entries: z.number().describe('Visits that say something of taste. 0: unknown.'),
  weight: z.number().describe('Their weights together: engagement, faded by age.'),
  preference: z
    .object({ version: z.string().describe('Of the encoder.'), dimensions: z.number(), vector: z.array(z.number()) })
    .optional()
    .describe('The direction of taste among the item vectors, of unit length. Absent while it is unknown or no encoder was run.'),
  affinities: z.object(
    Object.fromEntries(affinityFields.map((field) => [field, z.array(affinitySchema)])) as Record<
      (typeof affinityFields)[number],
      z.ZodArray<typeof affinitySchema>
    >,
  ),
  pattern: z
    .object({
      hours: z.array(z.number()).describe('Shares of the weight by hour, 0 to 23.'),
      weekdays: z.array(z.number()).describe('Shares of the weight by day, Monday first.'),
    })
    .optional()
    .describe('Absent while nothing is known.'),
})

export type ProfileAnswer = z.output<typeof answerSchema>

export const userProfile = {
  name: 'userProfile',
  tag: 'Users',
  method: 'GET',
  path: '/v1/users/:id/profile',
  scope: 'read',
  summary: 'What a user’s events say of their taste',
  description:
    'Every visit weighs its engagement, faded by its age: what was dismissed says nothing, what was seen again says more. It is made from the events when asked for, so that it is never out of date.',
  params: z.strictObject({ id: userIdSchema }),
  query: profileQuerySchema,
  answer: {
    type: 'application/json',
    description: 'The profile.',
    schema: answerSchema,
    form: 'output',
    example: {
      userId: 'ann',
      userVersion: 13,
      personalisation: true,
      entries: 12,
      weight: 6.4,
      affinities: {
        genres: [{ name: 'thriller', share: 0.61, lift: 2.4, titles: 7 }],
        directors: [],
        cast: [],
        franchise: [],
        themes: [],
        languages: [],
        countries: [],
      },
    },
  },
  errors: ['INVALID_REQUEST', 'USER_NOT_FOUND', ...storageErrors],
} as const satisfies Route
