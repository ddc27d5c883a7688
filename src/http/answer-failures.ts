import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Route } from '../contract/route.js'
import { SonaError } from '../domain/errors.js'
import type { Metrics } from '../observability/metrics.js'
import { answerLate, type Failure, failureOf } from './failure.js'

/** Makes every failure of a server answer in the one form that the contract has for them. */
export function answerFailures(server: FastifyInstance, routes: readonly Route[], metrics: Metrics): void {
  server.setErrorHandler((error, request, reply) => answerFailure(error, request, reply, metrics))
  server.setNotFoundHandler((request, reply) => answerFailure(noSuchRoute(request, routes), request, reply, metrics))
}

export function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply, metrics: Metrics): FastifyReply {
  const failure = failureOf(inContext(error, request), request.id, request.routeOptions?.config.contract)
  logFailure(error, failure, request)
  metrics.failed(failure.code)
  if (failure.retryAfterSeconds !== undefined) reply.header('retry-after', failure.retryAfterSeconds)
  if (failure.code === 'METHOD_NOT_ALLOWED')
    reply.header('allow', (failure.body.error.details as AllowedMethods).allowed.join(', '))
  return reply.code(failure.status).send(failure.body)
}

/** What an error means depends on whether the request had arrived. A body that breaks off is the doing of who sends it. */
function inContext(error: unknown, { raw }: FastifyRequest): unknown {
  if (error instanceof SonaError) return error
  if (raw.complete) return isTimeout(error) ? answerLate() : error
  if (!raw.destroyed) return error
  return new SonaError('INVALID_REQUEST', 'The connection was closed before the body had arrived.', { cause: error })
}

const isTimeout = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'FST_ERR_HANDLER_TIMEOUT'

/** Faults of the caller's are theirs to read; the log has their code. Ours, and the world's, it has in full. */
function logFailure(error: unknown, { status, code }: Failure, { log }: FastifyRequest): void {
  if (status >= 500) log.error({ code, err: error }, 'request failed')
  else log.debug({ code }, 'request refused')
}

interface AllowedMethods {
  readonly allowed: readonly string[]
}

function noSuchRoute(request: FastifyRequest, routes: readonly Route[]): SonaError {
  const path = request.url.split('?', 1)[0] ?? ''
  const allowed = routes.filter((route) => patternOf(route).test(path)).map(({ method }) => method)
  if (allowed.length === 0)
    return new SonaError('ROUTE_NOT_FOUND', 'No such path. The API is listed at /docs; ids in a path are percent-encoded.')
  return new SonaError('METHOD_NOT_ALLOWED', `This path takes ${allowed.join(', ')}, not ${request.method}.`, {
    details: { allowed },
  })
}

const patternOf = ({ path }: Route): RegExp => new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`)
