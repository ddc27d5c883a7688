import { z } from 'zod'
import type { Route } from './route.js'

export const live = {
  name: 'live',
  tag: 'Operations',
  method: 'GET',
  path: '/health/live',
  scope: 'public',
  summary: 'Is the process alive?',
  description: 'Answers as long as the process can. If it does not, start the process anew.',
  answer: {
    type: 'application/json',
    description: 'It is.',
    schema: z.strictObject({ status: z.literal('live') }),
    form: 'output',
    example: { status: 'live' },
  },
  errors: [],
} as const satisfies Route

export const ready = {
  name: 'ready',
  tag: 'Operations',
  method: 'GET',
  path: '/health/ready',
  scope: 'public',
  summary: 'Can it answer recommendations?',
  description: 'Send traffic only while this answers 200.',
  answer: {
    type: 'application/json',
    description: 'It can.',
    schema: z.strictObject({
      status: z.literal('ready'),
      modelVersion: z.string(),
      items: z.int().describe('Items that can be recommended from.'),
      degraded: z.array(z.string()).describe('What does not work as it should; empty when all does.'),
    }),
    form: 'output',
    example: { status: 'ready', modelVersion: '3', items: 3883, degraded: [] },
  },
  errors: ['NOT_READY'],
} as const satisfies Route
