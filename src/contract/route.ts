import type { z } from 'zod'
import type { ErrorCode } from '../domain/errors.js'
import type { ApiErrorCode } from './errors.js'

/**
 * What a caller must be allowed to do. `public` is for anybody, with or without a key.
 * There are no keys yet: the server answers whoever reaches it, and so listens on loopback unless told otherwise.
 */
export type Scope = 'public' | 'read' | 'write' | 'admin'

export interface RequestBody {
  readonly type: 'application/json' | 'application/x-ndjson'
  /** What the body looks like; for NDJSON, what each line looks like. */
  readonly schema: z.ZodType
  /** `whole`: one fault refuses the request. `by-part`: each event or line is judged alone, and the answer says how. */
  readonly judged: 'whole' | 'by-part'
  /** A body that works, for the docs and for trying. */
  readonly example: unknown
}

export interface RouteAnswer {
  readonly type: 'application/json' | 'text/plain' | 'text/html'
  readonly description: string
  readonly schema: z.ZodType
  /** `input` where the answer has the form in which the thing is sent in: dates as text, defaults spelled out. */
  readonly form: 'input' | 'output'
  /** For the docs; what has none is too long to show. */
  readonly example?: unknown
}

/** One path and method of the API. The server's routes and the OpenAPI document are both made from it. */
export interface Route {
  /** Unique; the operation's name in the OpenAPI document and in clients. */
  readonly name: string
  readonly tag: 'Recommendations' | 'Events' | 'Items' | 'Users' | 'Operations'
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Parameters as `:name`. */
  readonly path: `/${string}`
  readonly scope: Scope
  readonly summary: string
  readonly description?: string
  readonly params?: z.ZodType
  /** What may stand after the question mark, as text; all of it optional. A route without one refuses any. */
  readonly query?: z.ZodType
  readonly body?: RequestBody
  /** Which code a faulty body is answered with. Default: INVALID_REQUEST. */
  readonly invalidBody?: ErrorCode
  /** The answer with status 200. */
  readonly answer: RouteAnswer
  /** The answer is the same for everybody: caches may keep it so long, and give it out so much longer while they ask anew. */
  readonly cache?: { readonly maxAgeSeconds: number; readonly staleSeconds: number }
  /** Failures that are particular to this route; `commonErrors` come on top. */
  readonly errors: readonly ApiErrorCode[]
}

/** The parameters of a route's path, parsed. */
export type ParamsOf<R extends Route> = R['params'] extends z.ZodType ? z.output<R['params']> : undefined

/** What stood after the question mark, parsed. */
export type QueryOf<R extends Route> = R['query'] extends z.ZodType ? z.output<R['query']> : undefined

/** A route's body: parsed where the whole of it is judged, as it came where it is judged part by part. */
export type BodyOf<R extends Route> = R extends { body: { judged: 'whole'; schema: infer S extends z.ZodType } }
  ? z.output<S>
  : unknown

/** What a route answers with. */
export type AnswerOf<R extends Route> = DeepReadonly<
  R['answer']['form'] extends 'input' ? z.input<R['answer']['schema']> : z.output<R['answer']['schema']>
>

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T

/** Failures that any route may answer with. */
export const commonErrors = ['HEADERS_TOO_LARGE', 'INTERNAL_ERROR', 'OVERLOADED', 'SHUTTING_DOWN'] as const

/** Failures of any route that reads a body. */
export const bodyErrors = ['INVALID_REQUEST', 'REQUEST_TIMEOUT', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const

/** Failures of any route that asks the database. */
export const storageErrors = ['DATABASE_UNAVAILABLE', 'STORAGE_FULL'] as const
