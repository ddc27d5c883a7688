import { z } from 'zod'
import { itemKinds } from '../domain/item.js'
import { itemIdSchema, labelSchema, regionSchema, textSchema, userIdSchema } from './fields.js'
import { filterSchema } from './filter.js'
import { limits } from './limits.js'
import { type Parsed, parseWith } from './problems.js'
import { type Route, storageErrors } from './route.js'

const MOST_FOUND = 100
const DEFAULT_FOUND = 20

/** A list stands in an address as one text, separated by commas. */
const listed = <Value>(entry: z.ZodType<Value, string>) =>
  z
    .string()
    .transform((text) => text.split(',').map((each) => each.trim()))
    .pipe(z.array(entry).max(limits.listEntries))
    .default([])

/** JSON stands in an address as text. */
const filterText = z
  .string()
  .transform((text, issues) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      issues.addIssue('must be JSON')
      return z.NEVER
    }
  })
  .pipe(filterSchema)

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')

/** What decides which items may be answered with, as in a recommendation. */
const admission = {
  count: z.coerce.number().int().min(1).max(MOST_FOUND).default(DEFAULT_FOUND).describe('How many items to answer with.'),
  kinds: listed(z.enum(itemKinds)).describe('Only these kinds, separated by commas. Default: all.'),
  filter: filterText.optional().describe('Only items that match, as JSON.'),
  region: regionSchema.optional().describe('ISO 3166 alpha-2. Decides which offers count.'),
  platforms: listed(labelSchema).describe('Platforms the viewer can use now, separated by commas. Default: all.'),
  include: flag.describe('Answer with the whole item beside its id.'),
}

const searchRequestSchema = z
  .strictObject({
    q: textSchema(limits.queryCharacters)
      .regex(/\S/, 'must not be empty')
      .describe(
        'A title, a name, or what the film is about, in any mixture. Mistyped words are corrected; there are no operators.',
      ),
    userId: userIdSchema.optional().describe('Whose taste orders what fits equally well, and whose limits hold.'),
    ...admission,
  })
  .readonly()

export type SearchRequest = z.output<typeof searchRequestSchema>

/** A search from outside with its defaults filled in, or everything that is wrong with it. All values are text. */
export function parseSearchRequest(input: unknown): Parsed<SearchRequest> {
  return parseWith(searchRequestSchema, input)
}

const foundItemSchema = z.object({
  itemId: z.string(),
  title: z.string(),
  score: z.number(),
  parts: z
    .record(z.string(), z.number())
    .describe('What spoke for it: `words` that it has, `meaning` that its text is near to, `taste` of the user or of everybody.'),
  item: z.unknown().optional(),
})

const searchAnswerSchema = z.object({
  items: z.array(foundItemSchema),
  degraded: z.array(z.string()).describe('What was left out, and why, e.g. `semantic:no-encoder`. Empty when nothing was.'),
  modelVersion: z.string(),
  tookMs: z.number(),
})

export type SearchAnswer = z.output<typeof searchAnswerSchema>

export const search = {
  name: 'search',
  tag: 'Recommendations',
  method: 'GET',
  path: '/v1/search',
  scope: 'read',
  summary: 'Find items by title, people or what they are about',
  description:
    'Words are looked for in titles, people, franchises, years, genres, themes and descriptions, and the meaning of the whole query is compared with that of each item’s text. Items the user has seen are found too; what the filter, the circumstances or the user’s own limits rule out is not. Without an encoder, or without the database, the answer is poorer and says so in `degraded`.',
  query: searchRequestSchema,
  answer: {
    type: 'application/json',
    description: 'The items, best first. Empty when nothing fits.',
    schema: searchAnswerSchema,
    form: 'output',
    example: {
      items: [{ itemId: 'alien-1979', title: 'Alien', score: 2.61, parts: { words: 1.75, meaning: 0.95, taste: 0.98 } }],
      degraded: [],
      modelVersion: '3',
      tookMs: 7.9,
    },
  },
  errors: ['INVALID_REQUEST', 'INVALID_FILTER', 'NOT_READY', 'THREAD_DIED', ...storageErrors],
} as const satisfies Route

const similarRequestSchema = z.strictObject(admission).readonly()

export type SimilarRequest = z.output<typeof similarRequestSchema>

const similarAnswerSchema = z.object({
  itemId: z.string(),
  title: z.string(),
  items: z.array(
    foundItemSchema.omit({ parts: true }).extend({
      sources: z
        .record(z.string(), z.object({ score: z.number(), weight: z.number() }))
        .describe('What each part said of it: `collaborative`, `graph`, `content`.'),
    }),
  ),
  degraded: z.array(z.string()).describe('The parts that could not speak, and why. Empty when all did.'),
  modelVersion: z.string(),
})

export type SimilarAnswer = z.output<typeof similarAnswerSchema>

export const similar = {
  name: 'similarItems',
  tag: 'Recommendations',
  method: 'GET',
  path: '/v1/items/:id/similar',
  scope: 'read',
  summary: 'Items like this one',
  description:
    'What the same people watch, what the content graph ties to it and what its text and facts are near to, blended. The same work again is left out, and of one franchise at most four stand near the top. The answer is the same for everybody and may be kept by caches: it carries an ETag, and Cache-Control with stale-while-revalidate.',
  params: z.strictObject({ id: itemIdSchema }),
  query: similarRequestSchema,
  cache: { maxAgeSeconds: 60, staleSeconds: 600 },
  answer: {
    type: 'application/json',
    description: 'The items, the most similar first.',
    schema: similarAnswerSchema,
    form: 'output',
    example: {
      itemId: 'alien-1979',
      title: 'Alien',
      items: [
        {
          itemId: 'aliens-1986',
          title: 'Aliens',
          score: 0.93,
          sources: { collaborative: { score: 1, weight: 0.42 }, graph: { score: 0.9, weight: 0.25 } },
        },
      ],
      degraded: [],
      modelVersion: '3',
    },
  },
  errors: ['INVALID_REQUEST', 'INVALID_FILTER', 'ITEM_NOT_FOUND', 'NOT_READY', 'THREAD_DIED'],
} as const satisfies Route
