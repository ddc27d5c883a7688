import { z } from 'zod'
import { type Context, devices } from '../domain/context.js'
import { itemKinds } from '../domain/item.js'
import { MAX_COUNT } from '../domain/query.js'
import { relations } from '../domain/relation.js'
import { timeZoneSchema } from './context.js'
import { given, itemIdSchema, labelSchema, optional, regionSchema, userIdSchema } from './fields.js'
import { filterSchema } from './filter.js'
import { limits } from './limits.js'
import { type Parsed, parseWith } from './problems.js'
import { bodyErrors, type Route } from './route.js'

const DEFAULT_COUNT = 20

/** The circumstances that decide what may be answered. What nothing obeys yet is refused by name rather than ignored. */
const viewingContextSchema = z
  .strictObject({
    region: optional(regionSchema).describe('ISO 3166 alpha-2. Decides which offers count.'),
    platforms: optional(z.array(labelSchema).max(limits.listEntries)).describe('Platforms the viewer can use now. Absent: all.'),
    device: optional(z.enum(devices)).describe('What it is watched on: an adapter may have learned what the user likes there.'),
    timeZone: optional(timeZoneSchema).describe(
      'IANA name, e.g. Europe/Berlin. Gives the part of the day, by which an adapter may have learned to tell.',
    ),
  })
  .transform((context): Context => given(context))

/** What a caller asks: who, how many, under which circumstances. Unknown fields are refused by name. */
export const recommendationRequestSchema = z
  .strictObject({
    userId: userIdSchema,
    count: z.int().min(1).max(MAX_COUNT).default(DEFAULT_COUNT).describe('How many items to answer with.'),
    context: optional(viewingContextSchema).describe('Where and on what the viewer watches.'),
    kinds: z.array(z.enum(itemKinds)).max(itemKinds.length).default([]).describe('Only these kinds. Empty: all.'),
    filter: optional(filterSchema).describe('Only items that match.'),
    exclude: z.array(itemIdSchema).max(limits.listEntries).default([]).describe('Items not to answer with.'),
    explain: z.boolean().default(true).describe('Say why for each item.'),
    include: z.boolean().default(false).describe('Answer with the whole item beside its id.'),
    timeoutMs: optional(z.int().min(1).max(60_000)).describe('After this long, answer with what there is, marked degraded.'),
    minVersion: optional(z.int().min(0)).describe('Read your own write: the userVersion that POST /v1/events answered with.'),
  })
  .transform((request) => ({
    ...given(request),
    context: request.context ?? {},
  }))

export type RecommendationRequest = z.output<typeof recommendationRequestSchema>

/** A request from outside with its defaults filled in, or everything that is wrong with it. */
export function parseRecommendationRequest(input: unknown): Parsed<RecommendationRequest> {
  return parseWith(recommendationRequestSchema, input)
}

const citedItemSchema = z.object({ itemId: z.string(), title: z.string(), share: z.number() })

/** Why an item is in the answer. `text` says the same in words. */
export const reasonSchema = z.object({
  kind: z.enum(['because-watched', 'path', 'adapter', 'popular', 'new', 'best-available']),
  text: z.string(),
  source: z.string().optional(),
  weight: z.number().optional().describe('The share of the score that this source brought, 0–1.'),
  items: z.array(citedItemSchema).optional().describe('The user’s own titles that caused it, found from the model.'),
  path: z
    .array(
      z.object({
        relation: z.enum(relations),
        name: z.string().optional().describe('What the two have in common: the director, the genre.'),
        itemId: z.string().optional().describe('The item between, where the path goes through one.'),
        title: z.string().optional(),
      }),
    )
    .optional()
    .describe('How the content graph leads from `items` to the recommended item.'),
  causes: z
    .array(z.object({ name: z.string(), share: z.number() }))
    .optional()
    .describe('What the user’s own adapter went by, with the share of its lift that each brought, 0–1.'),
})

export const recommendedItemSchema = z.object({
  itemId: z.string(),
  title: z.string(),
  score: z.number(),
  reasons: z.array(reasonSchema),
  sources: z
    .record(z.string(), z.object({ score: z.number(), weight: z.number() }))
    .describe('What each source said of it, on the ranker’s scale.'),
  item: z.unknown().optional(),
})

export const recommendationAnswerSchema = z.object({
  recommendationId: z.string(),
  items: z.array(recommendedItemSchema),
  sources: z.array(z.string()).describe('The sources that proposed anything.'),
  degraded: z.array(z.string()).describe('What was left out, and why. Empty when nothing was.'),
  plan: z.string(),
  modelVersion: z.string(),
  userVersion: z.number().describe('Grows with every event of this user; 0 for a user nobody knows yet.'),
  adapterVersion: z
    .number()
    .optional()
    .describe('Of the user’s adapter that was at hand. Absent without one. Whether it is heard, GET /v1/users/:id/adapter says.'),
  tookMs: z.number(),
})

export type RecommendationAnswer = z.output<typeof recommendationAnswerSchema>
export type ApiReason = z.output<typeof reasonSchema>

export const recommend = {
  name: 'recommend',
  tag: 'Recommendations',
  method: 'POST',
  path: '/v1/recommendations',
  scope: 'read',
  summary: 'What should this user see now, and why?',
  description:
    'A user nobody knows yet gets what is popular. What the user has seen, and what the context, the filter or the user’s own limits rule out, is never in the answer. If a part of Sona does not work, the answer is poorer and says so in `degraded`.',
  body: {
    type: 'application/json',
    schema: recommendationRequestSchema,
    judged: 'whole',
    example: {
      userId: 'ann',
      count: 5,
      context: { region: 'DE' },
      filter: { field: 'genres', op: 'in', value: ['Sci-Fi', 'Thriller'] },
    },
  },
  answer: {
    type: 'application/json',
    description: 'The items, best first. Empty when nothing is admissible.',
    schema: recommendationAnswerSchema,
    form: 'output',
    example: {
      recommendationId: '1c2e6f6a-6f0e-4a53-9f7a-0d5b1f0f2c9e',
      items: [
        {
          itemId: 'blade-runner-1982',
          title: 'Blade Runner',
          score: 2.31,
          reasons: [
            {
              kind: 'because-watched',
              text: 'Because you watched Alien',
              source: 'collaborative',
              weight: 0.62,
              items: [{ itemId: 'alien-1979', title: 'Alien', share: 0.81 }],
            },
          ],
          sources: { collaborative: { score: 2.87, weight: 0.5 }, sequential: { score: 1.75, weight: 0.5 } },
        },
      ],
      sources: ['collaborative', 'sequential', 'popular'],
      degraded: [],
      plan: 'default',
      modelVersion: '3',
      userVersion: 12,
      tookMs: 2.4,
    },
  },
  errors: [...bodyErrors, 'INVALID_FILTER', 'NOT_READY', 'THREAD_DIED'],
} as const satisfies Route
