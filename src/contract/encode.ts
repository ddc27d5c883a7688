import { z } from 'zod'
import { textSchema } from './fields.js'
import { itemSchema } from './item.js'
import { limits } from './limits.js'
import { bodyErrors, type Route } from './route.js'

const text = textSchema(limits.bodyBytes).regex(/\S/, 'must not be empty')

const encodeRequestSchema = z
  .strictObject({
    texts: z.array(text).min(1).max(limits.encodedAtOnce).optional().describe('Any texts: queries, titles, descriptions.'),
    items: z
      .array(itemSchema)
      .min(1)
      .max(limits.encodedAtOnce)
      .optional()
      .describe(
        'Items as they would be written. They need not be in the catalogue, and are not written; the id means nothing here.',
      ),
  })
  .superRefine(({ texts, items }, issues) => {
    if ((texts === undefined) === (items === undefined)) issues.addIssue('must have either texts or items')
  })

const encodeAnswerSchema = z.strictObject({
  encoderVersion: z.string().describe('Vectors of different versions must not be compared.'),
  dimensions: z.int(),
  vectors: z
    .array(z.array(z.number()).nullable())
    .describe('One for each text or item, of unit length. Null: nothing in it is known to the encoder.'),
  cut: z.array(z.int()).describe('Places, from 0, of what was longer than the encoder reads, and was cut there.'),
})

export const encode = {
  name: 'encode',
  tag: 'Items',
  method: 'POST',
  path: '/v1/encode',
  scope: 'read',
  summary: 'Turn texts or items into vectors',
  description:
    'Vectors lie close together when what they stand for is alike: the sum of the products of their numbers is 1 for the same thing and about 0 for things that have nothing in common. Texts and items may have vectors of different spaces; compare each with its own kind.',
  body: {
    type: 'application/json',
    schema: encodeRequestSchema,
    judged: 'whole',
    example: { texts: ['a film about loneliness in space'] },
  },
  answer: {
    type: 'application/json',
    description: 'The vectors, in the order of what was sent.',
    schema: encodeAnswerSchema,
    form: 'output',
    example: { encoderVersion: 'all-MiniLM-L6-v2-2333600ff29b', dimensions: 4, vectors: [[0.5, -0.1, 0.7, 0.5]], cut: [] },
  },
  errors: [...bodyErrors, 'ENCODER_UNAVAILABLE', 'ENCODER_TIMEOUT', 'ENCODER_OUTPUT_INVALID'],
} as const satisfies Route
