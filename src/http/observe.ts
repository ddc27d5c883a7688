import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Metrics } from '../observability/metrics.js'

/** Counts, times and logs every request of a server, however it ends. */
export function observe(server: FastifyInstance, metrics: Metrics): void {
  server.addHook('onRequest', async (request, reply) => observeOne(request, reply, metrics))
}

/** The same for one request that comes past the hooks. The log has the route's pattern, never the address: that holds ids. */
export function observeOne(request: FastifyRequest, reply: FastifyReply, metrics: Metrics): void {
  const started = performance.now()
  reply.header('x-request-id', request.id)
  metrics.requestStarted()
  // 'close' comes once, after the answer was sent and also when the caller went away before.
  reply.raw.once('close', () => {
    const seconds = (performance.now() - started) / 1_000
    const status = reply.raw.writableFinished ? reply.statusCode : undefined
    const route = request.routeOptions.url ?? 'none'
    metrics.requestEnded({ route, method: request.method, status, seconds })
    request.log.info(
      { method: request.method, route, status: status ?? 'aborted', ms: Math.round(seconds * 1e4) / 10 },
      'request',
    )
  })
}
