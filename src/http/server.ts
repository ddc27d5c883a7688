import { randomUUID } from 'node:crypto'
import fastifyCors from '@fastify/cors'
import fastifyHelmet from '@fastify/helmet'
import fastifyUnderPressure from '@fastify/under-pressure'
import { type FastifyInstance, fastify, LogController } from 'fastify'
import { api } from '../contract/api.js'
import { limits } from '../contract/limits.js'
import { SonaError } from '../domain/errors.js'
import type { EncoderVitals } from '../observability/encoder-metrics.js'
import type { Log } from '../observability/log.js'
import { createMetrics, type Metrics } from '../observability/metrics.js'
import type { Sona } from '../sona.js'
import { answerFailure, answerFailures } from './answer-failures.js'
import { answerUnreadable } from './answer-unreadable.js'
import { exposureWarning } from './exposure.js'
import { readJsonBodies } from './json-body.js'
import { linger } from './linger.js'
import { observe, observeOne } from './observe.js'
import { packageVersion } from './package-version.js'
import { documentRoutes } from './routes/documents.js'
import { encodeRoutes } from './routes/encode.js'
import { eventRoutes } from './routes/events.js'
import { healthRoutes } from './routes/health.js'
import { bulkItemRoutes, itemRoutes } from './routes/items.js'
import { jobRoutes } from './routes/jobs.js'
import { modelRoutes } from './routes/models.js'
import { recommendationRoutes } from './routes/recommendations.js'
import { searchRoutes } from './routes/search.js'
import { bulkUserRoutes, userRoutes } from './routes/users.js'

/** Spells SONA on a telephone's keys, and no well-known service has it. */
export const DEFAULT_PORT = 7662

export interface ServerOptions {
  readonly log: Log
  /** Default 127.0.0.1: there are no keys yet, so other machines are kept out. Another address is warned of in the log. */
  readonly host?: string
  /** Default 7662; 0 for any free port. */
  readonly port?: number
  /** Web pages from these origins may call the API, e.g. https://tv.example. Default: none. */
  readonly corsOrigins?: readonly string[]
  /** How long `close()` waits for requests in flight. Default 10,000. */
  readonly graceMs?: number
  /** How long a request may take, its body and its answer together; a bulk body, for each part of it. Default 30,000. */
  readonly requestTimeoutMs?: number
  /** When the event loop lags more than this on average of a second, work is refused as OVERLOADED. Default 500; 0: never. */
  readonly maxEventLoopDelayMs?: number
}

export interface Server {
  /** Starts to listen and says where, e.g. http://127.0.0.1:7662. Throws PORT_IN_USE. */
  listen(): Promise<string>
  /**
   * Takes no new connections, refuses new requests as SHUTTING_DOWN, lets those in flight finish, then closes; what is not done
   * within the grace period is cut off. Close the Sona behind it afterwards.
   */
  close(): Promise<void>
  /** A request without a socket. */
  readonly inject: FastifyInstance['inject']
  /** Every route that the server has, in the router's own words. */
  readonly routes: readonly { readonly method: string; readonly path: string }[]
}

/** The HTTP API in front of a Sona. It listens once `listen` is called. */
export async function createServer(sona: Sona, options: ServerOptions): Promise<Server> {
  const { log, host = '127.0.0.1', port = DEFAULT_PORT, graceMs = 10_000, requestTimeoutMs = 30_000 } = options
  const stopping = new AbortController()
  const metrics = createMetrics(
    () => sona.health(),
    () => encoderVitals(sona),
    { counts: async () => sona.store.jobs.counts(), totals: async () => sona.store.jobs.totals() },
  )
  const stopListening = sona.listenToEncoders(metrics.encoded)
  const server = bareServer(log, metrics)
  const routes = watchRoutes(server, requestTimeoutMs)

  await protect(server, options, stopping.signal, metrics)
  const parts = { sona, metrics, version: packageVersion(), requestTimeoutMs, stop: stopping.signal }
  for (const put of [
    recommendationRoutes,
    searchRoutes,
    eventRoutes,
    itemRoutes,
    encodeRoutes,
    userRoutes,
    modelRoutes,
    jobRoutes,
    healthRoutes,
    documentRoutes,
  ])
    put(server, parts)
  for (const put of [bulkItemRoutes, bulkUserRoutes]) server.register(async (scope) => put(scope, parts))
  await server.ready()

  return {
    async listen() {
      const warning = exposureWarning(host)
      if (warning !== undefined) log.warn(warning)
      return listening(server, host, port)
    },
    async close() {
      stopping.abort()
      const cutOff = setTimeout(() => {
        log.warn({ graceMs }, 'requests still in flight after the grace period are cut off')
        server.server.closeAllConnections()
      }, graceMs)
      await server.close()
      clearTimeout(cutOff)
      stopListening()
    },
    inject: server.inject.bind(server),
    routes,
  }
}

function encoderVitals({ encoders }: Sona): EncoderVitals | undefined {
  return encoders === undefined ? undefined : { ...encoders.health(), statistics: () => encoders.statistics() }
}

function bareServer(log: Log, metrics: Metrics): FastifyInstance {
  return fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }), // `observe` logs one line a request
    genReqId: ({ headers }) => requestId(headers['x-request-id']),
    bodyLimit: limits.bodyBytes,
    // Any id fits, so that one that is too long is refused by the contract, in its words. Node ends headers at 16 KiB.
    routerOptions: { maxParamLength: 16_384 },
    http: { headersTimeout: 15_000, connectionsCheckingInterval: 5_000 },
    return503OnClosing: false, // `protect` does it in the contract's form
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error, request, reply) => {
      observeOne(request, reply, metrics)
      answerFailure(error, request, reply, metrics)
    },
  }) as unknown as FastifyInstance
}

/** The caller's own request id, if it can stand in a log, so that one request has one id across services. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID()
}

/** The routes as they are put on the server. Each but the bulk ones gets its time limit here. */
function watchRoutes(server: FastifyInstance, requestTimeoutMs: number): Server['routes'] {
  const routes: { method: string; path: string }[] = []
  server.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) routes.push({ method, path: route.url })
    if (route.config?.contract?.body?.type !== 'application/x-ndjson') route.handlerTimeout = requestTimeoutMs
  })
  return routes
}

/** What every request passes before its route, in this order. */
async function protect(server: FastifyInstance, options: ServerOptions, stop: AbortSignal, metrics: Metrics): Promise<void> {
  observe(server, metrics)
  answerFailures(server, api, metrics)
  readJsonBodies(server)

  server.addHook('onRequest', async (request) => {
    if (stop.aborted) throw new SonaError('SHUTTING_DOWN', 'The server is stopping. Send this to another one, or again later.')
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') {
      throw new SonaError(
        'UNSUPPORTED_MEDIA_TYPE',
        `Send the body uncompressed, without content-encoding: ${encoding.slice(0, 100)}.`,
      )
    }
  })
  // An answer given while stopping is the last one on its connection.
  server.addHook('onSend', async ({ raw }, reply) => {
    // Not `!raw.complete`: a request without a socket has no such property.
    if (raw.complete !== false || raw.destroyed) {
      if (stop.aborted) reply.header('connection', 'close')
    } else {
      reply.removeHeader('connection')
      linger(raw, reply.raw, stop.aborted ? 'close' : 'keep')
    }
  })

  await server.register(fastifyUnderPressure, {
    maxEventLoopDelay: options.maxEventLoopDelayMs ?? 500,
    pressureHandler: ({ routeOptions }) => {
      // Who watches a server must see it above all when it is overloaded.
      if (routeOptions.config.contract?.tag === 'Operations') return
      throw new SonaError('OVERLOADED', 'The server cannot answer in time at the moment. Retry in a second.')
    },
  })
  await server.register(fastifyHelmet, {
    // Whether to insist on HTTPS is for the proxy to say that speaks it.
    strictTransportSecurity: false,
    contentSecurityPolicy: { useDefaults: false, directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] } },
  })
  if (options.corsOrigins !== undefined && options.corsOrigins.length > 0) {
    await server.register(fastifyCors, { origin: [...options.corsOrigins], methods: ['GET', 'POST', 'PUT', 'DELETE'] })
  }
}

async function listening(server: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    // By its name loopback would be two listeners, of which only one is ours to cut off at the end of the grace period.
    return await server.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'EADDRINUSE') {
      throw new SonaError('PORT_IN_USE', `Another process listens on ${host}:${port}. Choose another port with --port.`, {
        cause,
      })
    }
    throw cause
  }
}
