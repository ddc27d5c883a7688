import { z } from 'zod'
import { bulkAnswerSchema, bulkDescription, bulkExample, changeSchema } from './bulk.js'
import { itemIdSchema } from './fields.js'
import { itemBodySchema, itemSchema } from './item.js'
import { bodyErrors, type Route, storageErrors } from './route.js'

const params = z.strictObject({ id: itemIdSchema })

const body = {
  kind: 'movie',
  title: 'Alien',
  genres: ['Horror', 'Sci-Fi'],
  directors: ['Ridley Scott'],
  releasedAt: '1979-05-25',
  durationMinutes: 117,
  maturity: 'R',
}

export const putItem = {
  name: 'putItem',
  tag: 'Items',
  method: 'PUT',
  path: '/v1/items/:id',
  scope: 'write',
  summary: 'Write an item',
  description:
    'Writes the whole item: what is left out is forgotten. A new item can be recommended at once. The id is percent-encoded in the path, slashes included (`a/b` is `/v1/items/a%2Fb`).',
  params,
  body: { type: 'application/json', schema: itemBodySchema, judged: 'whole', example: body },
  invalidBody: 'INVALID_ITEM',
  answer: {
    type: 'application/json',
    description: 'The item is written.',
    schema: z.strictObject({ itemId: z.string(), change: changeSchema }),
    form: 'output',
    example: { itemId: 'alien-1979', change: 'created' },
  },
  errors: [...bodyErrors, 'INVALID_ITEM', ...storageErrors, 'THREAD_DIED'],
} as const satisfies Route

export const getItem = {
  name: 'getItem',
  tag: 'Items',
  method: 'GET',
  path: '/v1/items/:id',
  scope: 'read',
  summary: 'Read an item',
  params,
  answer: {
    type: 'application/json',
    description: 'The item as it is stored.',
    schema: itemSchema,
    form: 'input',
    example: { itemId: 'alien-1979', ...body },
  },
  errors: ['INVALID_REQUEST', 'ITEM_NOT_FOUND', ...storageErrors],
} as const satisfies Route

export const deleteItem = {
  name: 'deleteItem',
  tag: 'Items',
  method: 'DELETE',
  path: '/v1/items/:id',
  scope: 'write',
  summary: 'Forget an item',
  description: 'The item is never recommended again. To take a title away for a while, write it with `"hidden": true` instead.',
  params,
  answer: {
    type: 'application/json',
    description: 'The item is gone.',
    schema: z.strictObject({ itemId: z.string(), deleted: z.literal(true) }),
    form: 'output',
    example: { itemId: 'alien-1979', deleted: true },
  },
  errors: ['INVALID_REQUEST', 'ITEM_NOT_FOUND', ...storageErrors, 'THREAD_DIED'],
} as const satisfies Route

export const writeItems = {
  name: 'writeItems',
  tag: 'Items',
  method: 'POST',
  path: '/v1/items',
  scope: 'write',
  summary: 'Write many items',
  description: bulkDescription,
  body: {
    type: 'application/x-ndjson',
    schema: itemSchema,
    judged: 'by-part',
    example: { itemId: 'alien-1979', ...body },
  },
  answer: {
    type: 'application/json',
    description: 'How the rows fared. Also when all were rejected.',
    schema: bulkAnswerSchema,
    form: 'output',
    example: bulkExample,
  },
  errors: [...bodyErrors, ...storageErrors, 'THREAD_DIED'],
} as const satisfies Route
