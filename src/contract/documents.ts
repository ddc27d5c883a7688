import { z } from 'zod'
import type { Route } from './route.js'

export const metrics = {
  name: 'metrics',
  tag: 'Operations',
  method: 'GET',
  path: '/metrics',
  scope: 'admin',
  summary: 'Figures for Prometheus',
  answer: {
    type: 'text/plain',
    description: 'Prometheus text format.',
    schema: z.string(),
    form: 'output',
  },
  errors: [],
} as const satisfies Route

export const openApi = {
  name: 'openApi',
  tag: 'Operations',
  method: 'GET',
  path: '/openapi.json',
  scope: 'public',
  summary: 'This API as an OpenAPI 3.1 document',
  answer: {
    type: 'application/json',
    description: 'The document.',
    schema: z.looseObject({ openapi: z.string() }),
    form: 'output',
  },
  errors: [],
} as const satisfies Route

export const docs = {
  name: 'docs',
  tag: 'Operations',
  method: 'GET',
  path: '/docs',
  scope: 'public',
  summary: 'This API as a page to read and to try',
  answer: { type: 'text/html', description: 'The page.', schema: z.string(), form: 'output' },
  errors: [],
} as const satisfies Route
