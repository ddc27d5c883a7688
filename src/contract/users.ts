import { z } from 'zod'
import { bulkAnswerSchema, bulkDescription, bulkExample, changeSchema } from './bulk.js'
import { userIdSchema } from './fields.js'
import { bodyErrors, type Route, storageErrors } from './route.js'
import { userBodySchema, userSchema } from './user.js'

const params = z.strictObject({ id: userIdSchema })

const body = {
  traits: { chosenGenres: ['Thriller'], region: 'DE', languages: ['de', 'en'], subscriptions: ['netflix'] },
  consent: { training: true, personalisation: true },
}

export const putUser = {
  name: 'putUser',
  tag: 'Users',
  method: 'PUT',
  path: '/v1/users/:id',
  scope: 'write',
  summary: 'Write a user',
  description:
    'Writes all that you tell of the user: what is left out is forgotten, events stay. A user need not be written before their first event. The id is percent-encoded in the path.',
  params,
  body: { type: 'application/json', schema: userBodySchema, judged: 'whole', example: body },
  invalidBody: 'INVALID_USER',
  answer: {
    type: 'application/json',
    description: 'The user is written.',
    schema: z.strictObject({ userId: z.string(), change: changeSchema }),
    form: 'output',
    example: { userId: 'ann', change: 'created' },
  },
  errors: [...bodyErrors, 'INVALID_USER', ...storageErrors],
} as const satisfies Route

export const getUser = {
  name: 'getUser',
  tag: 'Users',
  method: 'GET',
  path: '/v1/users/:id',
  scope: 'read',
  summary: 'Read a user',
  params,
  answer: {
    type: 'application/json',
    description: 'The user as stored.',
    schema: userSchema,
    form: 'input',
    example: { userId: 'ann', ...body },
  },
  errors: ['INVALID_REQUEST', 'USER_NOT_FOUND', ...storageErrors],
} as const satisfies Route

export const deleteUser = {
  name: 'deleteUser',
  tag: 'Users',
  method: 'DELETE',
  path: '/v1/users/:id',
  scope: 'write',
  summary: 'Erase a user',
  description: 'Erases the user, all their events, and what was served to them.',
  params,
  answer: {
    type: 'application/json',
    description: 'The user is gone.',
    schema: z.strictObject({
      userId: z.string(),
      deleted: z.literal(true),
      events: z.int().describe('How many events went with the user.'),
    }),
    form: 'output',
    example: { userId: 'ann', deleted: true, events: 13 },
  },
  errors: ['INVALID_REQUEST', 'USER_NOT_FOUND', ...storageErrors],
} as const satisfies Route

export const writeUsers = {
  name: 'writeUsers',
  tag: 'Users',
  method: 'POST',
  path: '/v1/users',
  scope: 'write',
  summary: 'Write many users',
  description: bulkDescription,
  body: {
    type: 'application/x-ndjson',
    schema: userSchema,
    judged: 'by-part',
    example: { userId: 'ann', ...body },
  },
  answer: {
    type: 'application/json',
    description: 'How the rows fared. Also when all were rejected.',
    schema: bulkAnswerSchema,
    form: 'output',
    example: bulkExample,
  },
  errors: [...bodyErrors, ...storageErrors],
} as const satisfies Route
