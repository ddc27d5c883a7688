import { z } from 'zod'
import { edgeKinds, nodeKinds, personRoles } from '../graph/content-graph.js'
import { itemIdSchema } from './fields.js'
import { type Parsed, parseWith } from './problems.js'
import { type Route, storageErrors } from './route.js'

export const MOST_DEPTH = 4
const MOST_NODES = 1_000
const DEFAULT_NODES = 50

const kindSchema = z.enum(edgeKinds)

/** Numbers and lists come as text: they stand in an address, or on a command line. */
const graphQuerySchema = z
  .strictObject({
    depth: z.coerce.number().int().min(1).max(MOST_DEPTH).default(2).describe('Edges on the longest path.'),
    kinds: z
      .string()
      .transform((text) => text.split(',').map((kind) => kind.trim().toUpperCase()))
      .pipe(z.array(kindSchema).max(edgeKinds.length))
      .default([])
      .describe(`Only these edges, separated by commas: ${edgeKinds.join(', ')}. Default: all.`),
    limit: z.coerce.number().int().min(1).max(MOST_NODES).default(DEFAULT_NODES).describe('How many nodes to answer with.'),
  })
  .readonly()

export type GraphQuery = z.output<typeof graphQuerySchema>

/** How far to walk, over which edges, as text from outside; or everything that is wrong with it. */
export function parseGraphQuery(input: unknown): Parsed<GraphQuery> {
  return parseWith(graphQuerySchema, input)
}

const nodeSchema = z.object({
  kind: z.enum(nodeKinds),
  role: z.enum(personRoles).optional().describe('Of a person.'),
  name: z.string().describe('An item’s is its title.'),
  itemId: z.string().optional().describe('Of an item.'),
})

const answerSchema = z.object({
  itemId: z.string(),
  title: z.string(),
  reached: z
    .array(
      z.object({
        node: nodeSchema,
        depth: z.number(),
        strength: z.number().describe('What the edges on the path say, multiplied, 0–1.'),
        path: z.array(z.object({ kind: kindSchema, weight: z.number(), node: nodeSchema })),
      }),
    )
    .describe('Each node once, by its shortest and then strongest path; the nearest first.'),
})

export const itemGraph = {
  name: 'itemGraph',
  tag: 'Items',
  method: 'GET',
  path: '/v1/items/:id/graph',
  scope: 'read',
  summary: 'What lies around an item in the content graph',
  description:
    'Walks the edges from the item both ways, CO_WATCHED forwards only. What an item’s own fields say is there as soon as it is written; what people do is as of the last training.',
  params: z.strictObject({ id: itemIdSchema }),
  query: graphQuerySchema,
  answer: {
    type: 'application/json',
    description: 'The nodes reached, with the path to each.',
    schema: answerSchema,
    form: 'output',
    example: {
      itemId: 'alien-1979',
      title: 'Alien',
      reached: [
        {
          node: { kind: 'person', role: 'director', name: 'Ridley Scott' },
          depth: 1,
          strength: 0.6,
          path: [{ kind: 'SAME_DIRECTOR', weight: 1, node: { kind: 'person', role: 'director', name: 'Ridley Scott' } }],
        },
      ],
    },
  },
  errors: ['INVALID_REQUEST', 'ITEM_NOT_FOUND', ...storageErrors],
} as const satisfies Route
