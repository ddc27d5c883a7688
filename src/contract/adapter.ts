import { z } from 'zod'
import { optional, userIdSchema } from './fields.js'
import { bodyErrors, type Route, storageErrors } from './route.js'

/** The per-user adapter: what it learned, training it now, its versions, going back, and forgetting it. */

const params = z.strictObject({ id: userIdSchema })

const versionFields = {
  version: z.int().describe('Grows by one with every save, rollback and deletion; never given twice.'),
  space: z
    .string()
    .describe('The feature space it was learned in. One of another space than the models’ is kept, and not heard.'),
  format: z.enum(['f32', 'f16', 'int8']),
  bytes: z.int().describe('What it takes at rest.'),
  lessons: z.int().describe('Events it has learned from.'),
  gate: z
    .number()
    .describe('How far it is heard, 0–1. 0: it predicted the user’s events no better than the base, which then ranks alone.'),
  gain: z
    .number()
    .describe('What it gained in log-likelihood, over its latest events; each was predicted before it was learned from.'),
  restoredFrom: z.int().optional().describe('The version that it brought back.'),
  createdAt: z.string().describe('ISO 8601.'),
}
const versionSchema = z.object(versionFields)
export type AdapterVersionAnswer = z.output<typeof versionSchema>

const leaningSchema = z.object({
  when: z.string().describe('`always`, or a circumstance: `daypart:evening`, `device:phone`.'),
  feature: z.string().describe('What the titles have more of: a genre, a source’s score, an age.'),
  lift: z.number().describe('In log-odds, for titles that have a deviation more of it than others. Below 0: lowered.'),
})

const dueSchema = z.object({
  events: z.int().describe('Events that teach and were not used yet.'),
  reason: z
    .enum(['pass', 'events', 'signal', 'request'])
    .optional()
    .describe('Why the adapter is to be trained. Absent: it is not.'),
})

const adapterSchema = z.object({
  userId: z.string(),
  adapter: versionSchema.optional().describe('Absent until it has learned from something.'),
  leanings: z.array(leaningSchema).describe('What it lifts and lowers, strongest first. As it would be heard with an open gate.'),
  due: dueSchema,
})
export type AdapterAnswer = z.output<typeof adapterSchema>

const exampleVersion = {
  version: 4,
  space: 'space-5f0c21aa',
  format: 'f16' as const,
  bytes: 452,
  lessons: 31,
  gate: 0.62,
  gain: 1.9,
  createdAt: '2026-11-26T09:30:00.000Z',
}

export const getAdapter = {
  name: 'getAdapter',
  tag: 'Users',
  method: 'GET',
  path: '/v1/users/:id/adapter',
  scope: 'read',
  summary: 'What a user’s adapter has learned',
  description:
    'The adapter corrects the ranking that everybody shares for this one user, as far as it was measured to help. Without any, `adapter` is absent and the shared ranking serves.',
  params,
  answer: {
    type: 'application/json',
    description: 'The newest version, and what it does.',
    schema: adapterSchema,
    form: 'output',
    example: {
      userId: 'ann',
      adapter: exampleVersion,
      leanings: [{ when: 'device:phone', feature: 'item.durationMinutes', lift: -0.31 }],
      due: { events: 3 },
    },
  },
  errors: ['INVALID_REQUEST', 'USER_NOT_FOUND', 'ADAPTER_CORRUPT', 'NOT_READY', 'THREAD_DIED', ...storageErrors],
} as const satisfies Route

export const trainAdapter = {
  name: 'trainAdapter',
  tag: 'Users',
  method: 'POST',
  path: '/v1/users/:id/adapter',
  scope: 'write',
  summary: 'Train a user’s adapter now',
  description:
    'Puts the user before all others who are due. A worker trains the adapter within a second or two, if there is anything to learn from.',
  params,
  answer: {
    type: 'application/json',
    description: 'The user is due.',
    schema: z.object({ userId: z.string(), due: dueSchema }),
    form: 'output',
    example: { userId: 'ann', due: { events: 3, reason: 'request' } },
  },
  errors: ['INVALID_REQUEST', 'USER_NOT_FOUND', ...storageErrors],
} as const satisfies Route

export const deleteAdapter = {
  name: 'deleteAdapter',
  tag: 'Users',
  method: 'DELETE',
  path: '/v1/users/:id/adapter',
  scope: 'write',
  summary: 'Forget a user’s adapter',
  description: 'Forgets every version. The shared ranking serves until later events have taught another.',
  params,
  answer: {
    type: 'application/json',
    description: 'It is gone.',
    schema: z.object({ userId: z.string(), versions: z.int().describe('How many versions there were.') }),
    form: 'output',
    example: { userId: 'ann', versions: 3 },
  },
  errors: ['INVALID_REQUEST', 'USER_NOT_FOUND', ...storageErrors],
} as const satisfies Route

export const adapterVersions = {
  name: 'adapterVersions',
  tag: 'Users',
  method: 'GET',
  path: '/v1/users/:id/adapter/versions',
  scope: 'read',
  summary: 'The versions of a user’s adapter',
  params,
  answer: {
    type: 'application/json',
    description: 'Those that are kept, newest first: three of each feature space.',
    schema: z.object({ userId: z.string(), versions: z.array(versionSchema) }),
    form: 'output',
    example: { userId: 'ann', versions: [exampleVersion] },
  },
  errors: ['INVALID_REQUEST', 'USER_NOT_FOUND', ...storageErrors],
} as const satisfies Route

export const rollbackAdapter = {
  name: 'rollbackAdapter',
  tag: 'Users',
  method: 'POST',
  path: '/v1/users/:id/adapter/rollback',
  scope: 'write',
  summary: 'Bring an earlier version of a user’s adapter back',
  description: 'As a new version. What was learned from since is not learned from again.',
  params,
  body: {
    type: 'application/json',
    schema: z.strictObject({ to: optional(z.int().min(1)).describe('The version to bring back. Default: the one before.') }),
    judged: 'whole',
    example: { to: 3 },
  },
  answer: {
    type: 'application/json',
    description: 'The version that serves now.',
    schema: z.object({ userId: z.string(), adapter: versionSchema }),
    form: 'output',
    example: { userId: 'ann', adapter: { ...exampleVersion, version: 5, restoredFrom: 3 } },
  },
  errors: [...bodyErrors, 'USER_NOT_FOUND', 'ADAPTER_NOT_FOUND', ...storageErrors],
} as const satisfies Route
