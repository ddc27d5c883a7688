import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseWith } from '../contract/problems.js'
import type { AnswerOf, BodyOf, ParamsOf, QueryOf, Route } from '../contract/route.js'
import { SonaError } from '../domain/errors.js'
import { cached } from './cached.js'
import { beforeDeadline } from './deadline.js'
import { answerLate, invalid } from './failure.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The contract's route behind this one; absent for the pages of /docs. */
    readonly contract?: Route
  }
}

export type Handler<R extends Route> = (
  input: { readonly params: ParamsOf<R>; readonly query: QueryOf<R>; readonly body: BodyOf<R> },
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<AnswerOf<R>>

/** Puts a route of the contract on the server. The handler sees parsed input only, and answers with what the contract says. */
export function mount<const R extends Route>(server: FastifyInstance, route: R, handle: Handler<R>): void {
  server.route({
    method: route.method,
    url: route.path,
    config: { contract: route },
    ...(route.cache && { onSend: cached(route.cache) }),
    handler: async (request, reply) => {
      if (route.scope !== 'public' && route.query === undefined) refuseQuery(request)
      const input = {
        params: parsedPart(route.params, request.params, 'The path'),
        query: parsedPart(route.query, request.query, 'The query'),
        body: parsedBody(route, request.body),
      }
      const answer = handle(input as { params: ParamsOf<R>; query: QueryOf<R>; body: BodyOf<R> }, request, reply)
      // The HTTP library's own limit ends once the body has arrived; what follows is limited here.
      const { handlerTimeout } = request.routeOptions
      return handlerTimeout > 0 ? beforeDeadline(answer, handlerTimeout, answerLate) : answer
    },
  })
}

function parsedPart(schema: Route['params'], part: unknown, what: string): unknown {
  if (schema === undefined) return undefined
  const parsed = parseWith(schema, part)
  if (!parsed.ok) throw invalid('INVALID_REQUEST', parsed.problems, what)
  return parsed.value
}

function parsedBody(route: Route, body: unknown): unknown {
  if (route.body?.judged !== 'whole') return body
  const parsed = parseWith(route.body.schema, body)
  if (parsed.ok) return parsed.value
  const inFilter = parsed.problems.every(({ field }) => /^filter($|[.[])/.test(field))
  throw invalid(inFilter ? 'INVALID_FILTER' : (route.invalidBody ?? 'INVALID_REQUEST'), parsed.problems, 'The body')
}

/** This route reads no query, and a parameter that is ignored is a mistake that nobody notices. */
function refuseQuery(request: FastifyRequest): void {
  const [name] = Object.keys(request.query as Record<string, unknown>)
  if (name === undefined) return
  throw new SonaError('INVALID_REQUEST', `The query parameter ${name.slice(0, 100)} is not known; this path takes none.`)
}
