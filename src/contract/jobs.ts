import { z } from 'zod'
import { jobStates } from '../domain/job.js'
import { jobInputs, jobKindNames } from './job-inputs.js'
import { bodyErrors, type Route, storageErrors } from './route.js'

const MOST_LISTED = 1_000
const idSchema = z.string().max(100).describe('Of the job.')
const params = z.strictObject({ id: idSchema })

const jobSchema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  state: z.enum(jobStates).describe('waiting: for its turn, its time, or its next attempt. dead: it failed as often as it may.'),
  input: z.looseObject({}),
  createdAt: z.string(),
  startAfter: z.string().describe('When it may start, at the earliest.'),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  attempt: z.int().describe('From 1; 0 before the first.'),
  attempts: z.int().describe('How many it has.'),
  progress: z.number().describe('0 to 1.'),
  stage: z.string(),
  worker: z.string().optional().describe('Who has it, or had it last.'),
  result: z.looseObject({}).optional().describe('Of a job that is done.'),
  reason: z.string().optional().describe('Why its last attempt failed.'),
})

const example: z.output<typeof jobSchema> = {
  id: '3289600c-cecf-4d2f-94f0-abb6b704f7ea',
  kind: 'train',
  state: 'running',
  input: {},
  createdAt: '2026-11-26T03:00:00.000Z',
  startAfter: '2026-11-26T03:00:00.000Z',
  startedAt: '2026-11-26T03:00:00.800Z',
  attempt: 1,
  attempts: 4,
  progress: 0.61,
  stage: 'The models',
  worker: 'media-1:10579:f651c7a0/1',
}

const jobAnswer = {
  type: 'application/json',
  description: 'The job as it is now.',
  schema: jobSchema,
  form: 'output',
  example,
} as const

export const listJobs = {
  name: 'listJobs',
  tag: 'Operations',
  method: 'GET',
  path: '/v1/jobs',
  scope: 'admin',
  summary: 'List jobs',
  description: 'The newest first. Jobs that are done are forgotten after a week, dead ones after 30 days.',
  query: z
    .strictObject({
      kind: z.enum(jobKindNames).optional().describe('Only these.'),
      state: z.enum(jobStates).optional().describe('Only these.'),
      limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(100).describe('How many at most.'),
    })
    .readonly(),
  answer: {
    type: 'application/json',
    description: 'The jobs.',
    schema: z.strictObject({ jobs: z.array(jobSchema) }),
    form: 'output',
    example: { jobs: [example] },
  },
  errors: ['INVALID_REQUEST', ...storageErrors],
} as const satisfies Route

export const addJob = {
  name: 'addJob',
  tag: 'Operations',
  method: 'POST',
  path: '/v1/jobs',
  scope: 'admin',
  summary: 'Ask for a job',
  description:
    'A worker takes it when its turn comes. Where one of its kind waits already, no other is added: it would do the same.',
  body: {
    type: 'application/json',
    schema: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('train'), input: jobInputs.train.optional() }),
      z.strictObject({ kind: z.literal('adapters'), input: jobInputs.adapters.optional() }),
      z.strictObject({ kind: z.literal('encode'), input: jobInputs.encode.optional() }),
      z.strictObject({ kind: z.literal('graph'), input: jobInputs.graph.optional() }),
      z.strictObject({ kind: z.literal('clean-up'), input: jobInputs['clean-up'].optional() }),
    ]),
    judged: 'whole',
    example: { kind: 'train', input: { tolerance: 0.02 } },
  },
  answer: {
    type: 'application/json',
    description: 'It waits.',
    schema: z.strictObject({
      kind: z.enum(jobKindNames),
      added: z.boolean().describe('False: one of its kind waits already.'),
      id: z.string().optional().describe('Of the job that was added.'),
    }),
    form: 'output',
    example: { kind: 'train', added: true, id: example.id },
  },
  errors: [...bodyErrors, ...storageErrors],
} as const satisfies Route

export const getJob = {
  name: 'getJob',
  tag: 'Operations',
  method: 'GET',
  path: '/v1/jobs/:id',
  scope: 'admin',
  summary: 'Read a job',
  params,
  answer: jobAnswer,
  errors: ['INVALID_REQUEST', 'JOB_NOT_FOUND', ...storageErrors],
} as const satisfies Route

export const cancelJob = {
  name: 'cancelJob',
  tag: 'Operations',
  method: 'POST',
  path: '/v1/jobs/:id/cancel',
  scope: 'admin',
  summary: 'Cancel a job',
  description: 'One that waits will not run; one that runs stops within seconds.',
  params,
  answer: jobAnswer,
  errors: ['INVALID_REQUEST', 'JOB_NOT_FOUND', 'JOB_STATE', ...storageErrors],
} as const satisfies Route

export const retryJob = {
  name: 'retryJob',
  tag: 'Operations',
  method: 'POST',
  path: '/v1/jobs/:id/retry',
  scope: 'admin',
  summary: 'Try a job again',
  description: 'Gives a job that is dead or cancelled its attempts again. What it had finished is not done again.',
  params,
  answer: jobAnswer,
  errors: ['INVALID_REQUEST', 'JOB_NOT_FOUND', 'JOB_STATE', ...storageErrors],
} as const satisfies Route
