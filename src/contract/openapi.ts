import { z } from 'zod'
import { errorTable } from '../domain/errors.js'
import { contextSchema } from './context.js'
import { type ApiErrorCode, errorAnswerSchema, internalError, statusOf } from './errors.js'
import { eventSchema } from './event.js'
import { eventResultSchema } from './events.js'
import { anyFilterSchema } from './filter.js'
import { itemSchema } from './item.js'
import { reasonSchema, recommendationAnswerSchema, recommendationRequestSchema, recommendedItemSchema } from './recommendation.js'
import { commonErrors, type Route } from './route.js'
import { userSchema } from './user.js'

type Json = Record<string, unknown>

/** What comes in, by the name it has in the document. Where it is part of something else, that refers to it. */
const inputComponents = {
  RecommendationRequest: recommendationRequestSchema,
  Context: contextSchema,
  Filter: anyFilterSchema,
  Event: eventSchema,
  Item: itemSchema,
  User: userSchema,
}

/** What goes out, by name. */
const outputComponents = {
  RecommendationAnswer: recommendationAnswerSchema,
  RecommendedItem: recommendedItemSchema,
  Reason: reasonSchema,
  EventResult: eventResultSchema,
  Error: errorAnswerSchema,
}

const tags = [
  { name: 'Recommendations', description: 'What to show.' },
  { name: 'Events', description: 'What users did. Every accepted event changes that user’s next answer.' },
  { name: 'Items', description: 'The catalogue.' },
  { name: 'Users', description: 'What you know of users beyond their events.' },
  { name: 'Operations', description: 'Health, figures, and this document.' },
]

export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: Json
  readonly tags: readonly Json[]
  /** By path, then by method in lower case. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Json>> }
}

/** The OpenAPI 3.1 document of these routes. Same routes, same document. */
export function openApiDocument(routes: readonly Route[], version: string): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sona',
      version,
      description:
        'Personalisation for media catalogues: write items, tell what users did, ask what each should see now.\n\nEvery failure is `{ "error": { "code", "message", "details"? } }`. Unknown fields are refused by name, never ignored; `null` means that a field was left out.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags,
    paths: pathsOf(routes),
    components: { schemas: { ...schemasOf(inputComponents, 'input'), ...schemasOf(outputComponents, 'output') } },
  }
}

function pathsOf(routes: readonly Route[]): OpenApiDocument['paths'] {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return paths
}

function operationOf(route: Route): Json {
  return {
    operationId: route.name,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    'x-sona-scope': route.scope,
    ...((route.params ?? route.query) && {
      parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    }),
    ...(route.body && { requestBody: { required: true, content: { [route.body.type]: bodyOf(route.body) } } }),
    responses: {
      '200': {
        description: route.answer.description,
        content: { [route.answer.type]: answerOf(route.answer) },
      },
      ...failuresOf([...new Set([...route.errors, ...commonErrors])]),
    },
  }
}

function parametersOf(params: z.ZodType | undefined, place: 'path' | 'query'): readonly Json[] {
  if (params === undefined) return []
  const { properties = {} } = schemaOf(params, 'input') as { properties?: Record<string, Json> }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: place === 'path',
    ...(description !== undefined && { description }),
    schema,
  }))
}

/** OpenAPI 3.1 has no word for "one such object a line": schema and example are those of a line, and the description says so. */
function bodyOf({ schema, example }: NonNullable<Route['body']>): Json {
  return { schema: schemaOf(schema, 'input'), example }
}

function answerOf({ schema, form, example }: Route['answer']): Json {
  return { schema: schemaOf(schema, form), ...(example !== undefined && { example }) }
}

/** Failures by status; codes that share one are listed together. */
function failuresOf(codes: readonly ApiErrorCode[]): Json {
  const failures: Record<string, Json> = {}
  for (const status of [...new Set(codes.map(statusOf))].sort()) {
    const alike = codes.filter((code) => statusOf(code) === status)
    failures[status] = {
      description: alike.map((code) => `- \`${code}\` ${meaningOf(code)}`).join('\n'),
      content: { 'application/json': { schema: refTo('Error'), examples: Object.fromEntries(alike.map(exampleOf)) } },
      ...(status === 503 && {
        headers: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } },
      }),
    }
  }
  return failures
}

const meaningOf = (code: ApiErrorCode): string =>
  code === internalError.code
    ? 'A fault of Sona’s own; the details hold the request id to look for in the log.'
    : errorTable[code].meaning

const exampleOf = (code: ApiErrorCode): [string, Json] => [code, { value: { error: { code, message: meaningOf(code) } } }]

const refTo = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })

/** Schemas by name, each referring to the others where it contains them. */
function schemasOf(components: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): Record<string, Json> {
  const registry = z.registry<{ readonly id: string }>()
  for (const [id, schema] of Object.entries(components)) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, { io, unrepresentable: 'any', uri: (id) => `#/components/schemas/${id}` })
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)]))
}

/** One schema, referring to the components of its side. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const components: Readonly<Record<string, z.ZodType>> = io === 'input' ? inputComponents : outputComponents
  const name = Object.keys(components).find((name) => components[name] === schema)
  return name === undefined ? (schemasOf({ ...components, inline: schema }, io).inline ?? {}) : refTo(name)
}

/** Without the marks that only a document of its own carries. */
function bare({ $schema, $id, ...schema }: Json): Json {
  return schema
}
