import { z } from 'zod'
import { type Route, storageErrors } from './route.js'

const verdictSchema = z.strictObject({
  passed: z.boolean(),
  because: z.string().describe('In words.'),
  questions: z.int().optional().describe('Recent questions that both versions were asked.'),
  candidate: z.number().optional().describe('NDCG@10 of this version.'),
  live: z.number().optional().describe('NDCG@10 of the version that was live.'),
  against: z.int().optional().describe('Which version that was.'),
  difference: z
    .strictObject({ mean: z.number(), low: z.number(), high: z.number() })
    .optional()
    .describe('candidate / live − 1, with the middle 95 % of a bootstrap over users.'),
})

const versionSchema = z.strictObject({
  version: z.int(),
  state: z
    .enum(['candidate', 'live', 'former'])
    .describe('candidate: never was live, or was rolled back from. former: was live, and is not now.'),
  publishedAt: z.string(),
  liveSince: z.string().optional().describe('When it went live last.'),
  learnedUntil: z.string().optional().describe('Its models saw no event of this moment or later.'),
  events: z.int().optional().describe('Events in the store when it was trained.'),
  bytes: z.int().describe('Of all its models.'),
  verdict: verdictSchema.optional().describe('What the comparison with the live models found.'),
})

const switchSchema = z.strictObject({ live: z.int(), before: z.int().optional().describe('What was live.') })

const switchAnswer = {
  type: 'application/json',
  description: 'The switch is made. This server answers from the version already, others do within seconds.',
  schema: switchSchema,
  form: 'output',
  example: { live: 7, before: 8 },
} as const

export const listModels = {
  name: 'listModels',
  tag: 'Operations',
  method: 'GET',
  path: '/v1/models',
  scope: 'admin',
  summary: 'List the versions of the models',
  description: 'The newest first. Three that were live are kept, and the newest candidate.',
  answer: {
    type: 'application/json',
    description: 'The versions.',
    schema: z.strictObject({ versions: z.array(versionSchema) }),
    form: 'output',
    example: {
      versions: [
        {
          version: 8,
          state: 'candidate',
          publishedAt: '2026-11-26T03:04:11.000Z',
          learnedUntil: '2026-11-25T18:20:00.000Z',
          events: 1_020_311,
          bytes: 190_000_000,
          verdict: {
            passed: false,
            because:
              'NDCG@10 on 2000 recent questions is 0.0711, that of version 7 0.0902 (−21.2 %); more than 5 % worse is too much',
            questions: 2_000,
            candidate: 0.0711,
            live: 0.0902,
            against: 7,
            difference: { mean: -0.212, low: -0.241, high: -0.181 },
          },
        },
        {
          version: 7,
          state: 'live',
          publishedAt: '2026-11-25T03:03:59.000Z',
          liveSince: '2026-11-25T03:03:59.000Z',
          bytes: 190_000_000,
        },
      ],
    },
  },
  errors: storageErrors,
} as const satisfies Route

export const publishModels = {
  name: 'publishModels',
  tag: 'Operations',
  method: 'POST',
  path: '/v1/models/:version/publish',
  scope: 'admin',
  summary: 'Put a version live, whatever it was judged',
  params: z.strictObject({
    version: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).describe('Its number.'),
  }),
  answer: switchAnswer,
  errors: ['INVALID_REQUEST', 'MODELS_NOT_FOUND', 'MEMORY_BUDGET_EXCEEDED', 'THREAD_DIED', ...storageErrors],
} as const satisfies Route

export const rollbackModels = {
  name: 'rollbackModels',
  tag: 'Operations',
  method: 'POST',
  path: '/v1/models/rollback',
  scope: 'admin',
  summary: 'Put the version live again that was it before',
  answer: switchAnswer,
  errors: ['MODELS_NOT_FOUND', 'MEMORY_BUDGET_EXCEEDED', 'THREAD_DIED', ...storageErrors],
} as const satisfies Route
