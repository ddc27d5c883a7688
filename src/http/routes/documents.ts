import fastifySwagger, { type StaticDocumentSpec } from '@fastify/swagger'
import fastifySwaggerUi, { type FastifySwaggerUiOptions } from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { api } from '../../contract/api.js'
import { docs, metrics as metricsRoute, openApi } from '../../contract/documents.js'
import { openApiDocument } from '../../contract/openapi.js'
import { mount } from '../mount.js'
import type { ServerParts } from '../server-parts.js'

export function documentRoutes(server: FastifyInstance, { metrics, version }: ServerParts): void {
  const document = openApiDocument(api, version)
  // The plugin's types know OpenAPI 3.0 at most; it hands the document to the page unread.
  const specification = { document } as unknown as StaticDocumentSpec

  mount(server, openApi, async () => ({ ...document }))

  mount(server, metricsRoute, async (_input, _request, reply) => {
    reply.type(metrics.contentType)
    return metrics.text()
  })

  server.register(async (page) => {
    await page.register(fastifySwagger, { mode: 'static', specification })
    await page.register(fastifySwaggerUi, { routePrefix: docs.path, staticCSP: pagePolicy, ...pageLook })
  })
}

/** Everything the page needs comes from here: no other host is asked, and none may show it in a frame. */
const pagePolicy = {
  'default-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'style-src': ["'self'", "'unsafe-inline'"],
  'base-uri': ["'self'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
  'object-src': ["'none'"],
}

const pageLook: Pick<FastifySwaggerUiOptions, 'theme' | 'uiConfig'> = {
  theme: { title: 'Sona API' },
  uiConfig: {
    layout: 'BaseLayout',
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    requestInterceptor: asLines,
  },
}

/** Sent to the browser as text. The page lays out JSON over several lines; what goes into an NDJSON body must be on one. */
function asLines<T>(request: T): T {
  const sent = request as { headers: Record<string, string>; body: string }
  if (sent.headers['Content-Type'] === 'application/x-ndjson') {
    try {
      sent.body = JSON.stringify(JSON.parse(sent.body))
    } catch {
      // Not one object, so it is lines already.
    }
  }
  return request
}
