import type { FastifyInstance } from 'fastify'
import { live, ready } from '../../contract/health.js'
import { SonaError } from '../../domain/errors.js'
import { mount } from '../mount.js'
import type { ServerParts } from '../server-parts.js'

export function healthRoutes(server: FastifyInstance, { sona }: ServerParts): void {
  mount(server, live, async () => ({ status: 'live' as const }))

  mount(server, ready, async () => {
    const { ready, modelVersion, items, degraded } = sona.health()
    if (!ready) throw new SonaError('NOT_READY', 'No models are loaded yet.', { details: { degraded } })
    return { status: 'ready' as const, modelVersion, items, degraded: [...degraded] }
  })
}
